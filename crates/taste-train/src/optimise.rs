//! Walking down the loss: batches in, parameters out, every step by ONNX Runtime.

use taste_core::DuelOutcome;
use taste_model::CutPoints;
use taste_population::Random;

use crate::{
    dataset::{Answer, Opinion},
    error::TrainError,
    layout::{Layout, Parameter},
    progress::{Progress, Stage},
    session::StepSession,
    step::{BETA_1, BETA_2},
};

/// What is minimised.
pub(crate) struct Problem<'a> {
    pub(crate) layout: &'a Layout,
    /// Standardised, row-major `[n, d]`.
    pub(crate) embeddings: &'a [f32],
    pub(crate) opinions: &'a [Opinion],
    /// Prior precision of every parameter (1 / variance), as the layout orders them.
    pub(crate) precision: Vec<f64>,
    /// Which parameters move.
    pub(crate) moves: fn(Parameter) -> bool,
    pub(crate) neither_weight: f64,
    /// Where one level of stars ends and the next begins.
    pub(crate) cuts: CutPoints,
}

/// How it is minimised.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schedule {
    pub(crate) steps: usize,
    /// Judgements a step; all of them where there are no more.
    pub(crate) batch: usize,
    /// Learning rate at the start; it falls to zero along half a cosine.
    pub(crate) rate: f32,
    /// AdamW's decoupled decay.
    pub(crate) decay: f32,
    pub(crate) seed: u64,
}

/// One row of a batch.
#[derive(Clone, Copy, Debug)]
enum Row {
    Duel { person: i64, left: i64, right: i64, weights: [f32; 4] },
    Approval { person: i64, candidate: i64, weights: [f32; 2], cuts: [f32; 2] },
}

/// The arrays of one step, as the graph's inputs name them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Batch {
    pub(crate) duel_person: Vec<i64>,
    pub(crate) duel_left: Vec<i64>,
    pub(crate) duel_right: Vec<i64>,
    pub(crate) duel_weight: Vec<f32>,
    pub(crate) approval_person: Vec<i64>,
    pub(crate) approval_candidate: Vec<i64>,
    pub(crate) approval_weight: Vec<f32>,
    pub(crate) approval_cut: Vec<f32>,
}

/// Where the steps have led.
pub(crate) struct Minimum {
    pub(crate) parameters: Vec<f32>,
    /// Of the last step's judgements, before it: nats a judgement, priors included.
    pub(crate) loss: f32,
}

/// The best parameters found from `start`.
pub(crate) fn minimise(
    problem: &Problem<'_>,
    start: Vec<f32>,
    schedule: &Schedule,
    progress: &mut dyn Progress,
) -> Result<Minimum, TrainError> {
    let mut rows = rows(problem.opinions, problem.neither_weight, problem.cuts);
    let total: f64 = rows.iter().map(Row::weight).sum();
    let precision: Vec<f32> = problem.precision.iter().map(|p| (p / total) as f32).collect();
    let mut pace = vec![0.0; precision.len()];
    for parameter in Parameter::ALL.into_iter().filter(|parameter| (problem.moves)(*parameter)) {
        pace[problem.layout.range(parameter)].fill(1.0);
    }
    let mut session = StepSession::new(problem.layout, problem.embeddings, precision, pace, start)?;
    let mut random = Random::new(schedule.seed, "batches");
    let batch_size = schedule.batch.max(1);
    let whole = (rows.len() <= batch_size).then(|| Batch::of(&rows));
    let mut position = rows.len();
    let mut last = 0.0;
    for step in 0..schedule.steps {
        if progress.cancelled() {
            return Err(TrainError::Cancelled);
        }
        let part;
        let batch = match &whole {
            Some(batch) => batch,
            None => {
                if position + batch_size > rows.len() {
                    random.shuffle(&mut rows);
                    position = 0;
                }
                part = Batch::of(&rows[position..position + batch_size]);
                position += batch_size;
                &part
            }
        };
        let turn = step as f64 / schedule.steps as f64;
        let rate = schedule.rate * (0.5 * (1.0 + libm::cos(std::f64::consts::PI * turn))) as f32;
        let count = step as i32 + 1;
        let loss = session
            .step([rate, schedule.decay, 1.0 - power(BETA_1, count), 1.0 - power(BETA_2, count)], batch)?;
        if !loss.is_finite() {
            return Err(TrainError::Diverged { step, loss });
        }
        last = loss;
        progress.advance(Stage::Steps, step + 1, schedule.steps);
    }
    Ok(Minimum { parameters: session.into_parameters(), loss: last })
}

fn power(base: f32, exponent: i32) -> f32 {
    libm::pow(f64::from(base), f64::from(exponent)) as f32
}

/// Whether a vote counts at all: a *neither* of weight zero says nothing.
pub(crate) fn weighs(opinion: &Opinion, neither_weight: f64) -> bool {
    let is_neither = matches!(opinion.answer, Answer::Duel { outcome: DuelOutcome::Neither, .. });
    let weight = if is_neither { opinion.neither_weight(neither_weight) } else { opinion.weight };
    weight as f32 > 0.0
}

/// Judgements that weigh, as rows, each as heavy as it was meant. *Neither* is an approval against each of the two, at its weight.
fn rows(opinions: &[Opinion], neither_weight: f64, cuts: CutPoints) -> Vec<Row> {
    let mut rows = Vec::with_capacity(opinions.len());
    for opinion in opinions.iter().filter(|opinion| weighs(opinion, neither_weight)) {
        let (person, weight) = (opinion.person as i64, opinion.weight as f32);
        match opinion.answer {
            Answer::Duel { left, right, outcome } => {
                let weights = match outcome {
                    DuelOutcome::Left => [weight, 0.0, 0.0, 0.0],
                    DuelOutcome::Right => [0.0, weight, 0.0, 0.0],
                    DuelOutcome::Tie => [0.0, 0.0, weight, 0.0],
                    DuelOutcome::Neither => {
                        let weights = [0.0, opinion.neither_weight(neither_weight) as f32];
                        rows.extend([left, right].map(|candidate| Row::Approval {
                            person,
                            candidate: candidate as i64,
                            weights,
                            cuts: [0.0; 2],
                        }));
                        continue;
                    }
                    DuelOutcome::Skip => continue,
                };
                rows.push(Row::Duel { person, left: left as i64, right: right as i64, weights });
            }
            Answer::Approval { candidate, liked } => {
                let weights = if liked { [weight, 0.0] } else { [0.0, weight] };
                rows.push(Row::Approval { person, candidate: candidate as i64, weights, cuts: [0.0; 2] });
            }
            Answer::Stars { candidate, response } => {
                let (weights, cuts) = match cuts.level(response).map(|level| cuts.around(level)) {
                    Some((below, above)) => {
                        let said = |cut: Option<f64>| if cut.is_some() { weight } else { 0.0 };
                        ([below, above].map(said), [below, above].map(|cut| cut.unwrap_or(0.0) as f32))
                    }
                    None => ([weight * response as f32, weight * (1.0 - response) as f32], [0.0; 2]),
                };
                rows.push(Row::Approval { person, candidate: candidate as i64, weights, cuts });
            }
            Answer::Preference { winner, loser } => {
                let (left, right) = (winner as i64, loser as i64);
                rows.push(Row::Duel { person, left, right, weights: [0.0, 0.0, 0.0, weight] });
            }
        }
    }
    rows
}

impl Row {
    fn weight(&self) -> f64 {
        match self {
            Self::Duel { weights, .. } => weights.iter().copied().map(f64::from).sum(),
            Self::Approval { weights, .. } => weights.iter().copied().map(f64::from).sum(),
        }
    }
}

impl Batch {
    fn of(rows: &[Row]) -> Self {
        let total: f64 = rows.iter().map(Row::weight).sum();
        let scaled = |weight: f32| (f64::from(weight) / total) as f32;
        let mut batch = Self::default();
        for row in rows {
            match *row {
                Row::Duel { person, left, right, weights } => {
                    batch.push_duel(person, left, right, weights.map(scaled))
                }
                Row::Approval { person, candidate, weights, cuts } => {
                    batch.push_approval(person, candidate, weights.map(scaled), cuts);
                }
            }
        }
        // ONNX Runtime is happier with a row of weight zero than with none.
        if batch.duel_person.is_empty() {
            batch.push_duel(0, 0, 0, [0.0; 4]);
        }
        if batch.approval_person.is_empty() {
            batch.push_approval(0, 0, [0.0; 2], [0.0; 2]);
        }
        batch
    }

    fn push_duel(&mut self, person: i64, left: i64, right: i64, weights: [f32; 4]) {
        self.duel_person.push(person);
        self.duel_left.push(left);
        self.duel_right.push(right);
        self.duel_weight.extend(weights);
    }

    fn push_approval(&mut self, person: i64, candidate: i64, weights: [f32; 2], cuts: [f32; 2]) {
        self.approval_person.push(person);
        self.approval_candidate.push(candidate);
        self.approval_weight.extend(weights);
        self.approval_cut.extend(cuts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_as_heavy_as_its_vote_was_meant() {
        let duel = |outcome| Answer::Duel { left: 1, right: 2, outcome };
        let opinion = |answer, weight| Opinion { person: 3, vote: 0, answer, weight };
        let batch = Batch::of(&rows(
            &[
                opinion(duel(DuelOutcome::Left), 1.0),
                opinion(duel(DuelOutcome::Right), 2.0),
                opinion(duel(DuelOutcome::Tie), 0.5),
                opinion(duel(DuelOutcome::Neither), 1.5),
                opinion(Answer::Approval { candidate: 4, liked: true }, 1.0),
                opinion(Answer::Approval { candidate: 5, liked: false }, 2.0),
                opinion(Answer::Preference { winner: 6, loser: 7 }, 6.0),
                opinion(Answer::Stars { candidate: 8, response: 0.75 }, 2.0),
            ],
            0.5,
            CutPoints::NONE,
        ));
        // 1 + 2 + 0.5, twice 0.75, 1 + 2, 6, 2: sixteen in all.
        let duels = [[1.0, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0], [0.0, 0.0, 0.5, 0.0], [0.0, 0.0, 0.0, 6.0]];
        assert_eq!(
            batch.duel_weight,
            duels.concat().iter().map(|weight| weight / 16.0).collect::<Vec<f32>>()
        );
        let approvals = [[0.0, 0.75], [0.0, 0.75], [1.0, 0.0], [0.0, 2.0], [1.5, 0.5]];
        assert_eq!(
            batch.approval_weight,
            approvals.concat().iter().map(|weight| weight / 16.0).collect::<Vec<f32>>()
        );
        assert_eq!(batch.approval_candidate, [1, 2, 4, 5, 8]);
        assert_eq!((&batch.duel_left, &batch.duel_right), (&vec![1, 1, 1, 6], &vec![2, 2, 2, 7]));
        assert_eq!((batch.duel_person, batch.approval_person), (vec![3; 4], vec![3; 5]));
    }

    #[test]
    fn a_neither_of_no_weight_makes_no_row() {
        let answer = Answer::Duel { left: 1, right: 2, outcome: DuelOutcome::Neither };
        let neither = Opinion { person: 0, vote: 0, answer, weight: 2.0 };
        assert!(weighs(&neither, 0.5) && rows(&[neither], 0.5, CutPoints::NONE).len() == 2);
        assert!(!weighs(&neither, 0.0) && rows(&[neither], 0.0, CutPoints::NONE).is_empty());
    }

    #[test]
    fn stars_are_above_one_cut_point_and_below_the_next() {
        let cuts = CutPoints::new(&[-1.0, 0.25, 2.0]).unwrap();
        let stars = |response: f64| {
            let answer = Answer::Stars { candidate: 1, response };
            Opinion { person: 0, vote: 0, answer, weight: 1.0 }
        };
        let third = 1.0 / 3.0;
        let said = [0.0, third, 1.0, 0.5].map(stars);
        let batch = Batch::of(&rows(&said, 0.5, cuts));
        // Half of the scale is no level of four: an approval in part. One, two, one, and twice a half: five in all.
        let weights = [0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.5, 0.5].map(|weight: f32| weight / 5.0);
        assert_eq!(batch.approval_weight, weights);
        assert_eq!(batch.approval_cut, [0.0, -1.0, -1.0, 0.25, 2.0, 0.0, 0.0, 0.0]);
    }
}
