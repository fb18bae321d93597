//! Empirical Bayes after the steps: what people are like (the prior), how far to trust it, and in which coordinates.
//!
//! The steps give a point for everybody; here everybody gets a posterior, and the population's covariance S becomes
//! what those posteriors say together (expectation–maximisation: S = mean over persons of m mᵀ + V). How much S and the
//! temperature should be trusted is decided on people whom the steps never saw.

use std::collections::{BTreeMap, BTreeSet};

use taste_core::{ApprovalOutcome, DuelOutcome};
use taste_model::{CutPoints, Likelihood, ModelError, Observation, Prior, Scored, Taste, TasteModel};
use taste_population::matrix::eigen;

use crate::dataset::{Answer, EmbeddedCandidates, Opinion};

/// Weight of the prior's start, in persons, when the population's covariance is estimated.
const START_WEIGHT: f64 = 8.0;

/// How many imagined ratings, spread evenly over the levels, stand beside those given when cut points are estimated.
const USUAL_STARS: f64 = 4.0;
/// The most ratings that cut points are estimated from; more move them by less than a hundredth.
const MOST_STARS: usize = 20_000;

/// What the crowd's model says of every candidate.
#[derive(Clone, Debug)]
pub(crate) struct Scores {
    pub(crate) utility: Vec<f32>,
    /// Row-major `[n, r]`.
    pub(crate) features: Vec<f32>,
    /// What is not known of a candidate's utility, a variance.
    pub(crate) unseen: Vec<f64>,
    pub(crate) rank: usize,
}

impl Scores {
    /// Evaluates a model on every candidate; those without an offset are as uncertain as the model says.
    pub(crate) fn of(model: &TasteModel, candidates: &EmbeddedCandidates) -> Result<Self, ModelError> {
        let (n, rank) = (candidates.len(), model.features());
        let mut scores =
            Self { utility: Vec::with_capacity(n), features: vec![], unseen: Vec::with_capacity(n), rank };
        for (index, id) in candidates.ids().iter().enumerate() {
            let (utility, mut features) = model.evaluate(candidates.embedding(index))?;
            let offset = model.offset(id);
            for (value, offset) in features.iter_mut().zip(model.feature_offset(id).unwrap_or(&[])) {
                *value += offset;
            }
            scores.utility.push(utility + offset.unwrap_or(0.0));
            scores.features.extend(features);
            scores.unseen.push(model.unknown(id));
        }
        Ok(scores)
    }

    pub(crate) fn scored(&self, candidate: usize) -> Result<Scored<'_>, ModelError> {
        let features = &self.features[candidate * self.rank..(candidate + 1) * self.rank];
        Ok(Scored::new(self.utility[candidate], features)?.unseen(self.unseen[candidate]))
    }

    /// An opinion as the person's own device learns from it, as heavy as it was meant.
    pub(crate) fn observation(&self, opinion: &Opinion) -> Result<Observation<'_>, ModelError> {
        let weight = opinion.weight;
        Ok(match opinion.answer {
            Answer::Duel { left, right, outcome } => {
                Observation::Duel { left: self.scored(left)?, right: self.scored(right)?, outcome, weight }
            }
            Answer::Approval { candidate, liked } => {
                let outcome = if liked { ApprovalOutcome::For } else { ApprovalOutcome::Against };
                Observation::Approval { candidate: self.scored(candidate)?, outcome, weight }
            }
            Answer::Stars { candidate, response } => {
                Observation::Stars { candidate: self.scored(candidate)?, response, weight }
            }
            Answer::Preference { winner, loser } => {
                Observation::Preference { winner: self.scored(winner)?, loser: self.scored(loser)?, weight }
            }
        })
    }
}

/// Everybody's opinions, in order.
pub(crate) fn by_person(opinions: &[Opinion]) -> BTreeMap<usize, Vec<Opinion>> {
    let mut persons: BTreeMap<usize, Vec<Opinion>> = BTreeMap::new();
    for opinion in opinions {
        persons.entry(opinion.person).or_default().push(*opinion);
    }
    persons
}

/// The population's prior, and the stars' cut points, after some rounds of expectation–maximisation from `start`.
pub(crate) fn population(
    persons: &[&[Opinion]],
    scores: &Scores,
    likelihood: &Likelihood,
    start: &Prior,
    rounds: usize,
) -> Result<(Prior, CutPoints), ModelError> {
    let q = start.dimension();
    let mut prior = start.clone();
    let mut likelihood = *likelihood;
    for _ in 0..rounds {
        let mut second = start.covariance().iter().map(|value| START_WEIGHT * value).collect::<Vec<_>>();
        let mut threshold = START_WEIGHT * start.threshold_mean();
        let count = START_WEIGHT + persons.len() as f64;
        let mut tastes = Vec::with_capacity(persons.len());
        for opinions in persons {
            let mut taste = Taste::crowd(&prior);
            for opinion in *opinions {
                taste.update(&likelihood, &scores.observation(opinion)?)?;
            }
            threshold += taste.mean()[q - 1];
            tastes.push(taste);
        }
        let threshold = threshold / count;
        for taste in &tastes {
            let mut mean = taste.mean().to_vec();
            mean[q - 1] -= threshold;
            for i in 0..q {
                for j in 0..q {
                    second[i * q + j] += mean[i] * mean[j] + taste.covariance()[i * q + j];
                }
            }
        }
        second.iter_mut().for_each(|value| *value /= count);
        prior = Prior::new(second, threshold)?;
        likelihood.cuts = crowds_cuts(persons, &tastes, scores, &likelihood)?;
    }
    Ok((prior, likelihood.cuts))
}

/// The cut points with which these persons, as their posteriors have them, would use the levels as often as they did.
fn crowds_cuts(
    persons: &[&[Opinion]],
    tastes: &[Taste],
    scores: &Scores,
    likelihood: &Likelihood,
) -> Result<CutPoints, ModelError> {
    let mut said = vec![];
    for (opinions, taste) in persons.iter().zip(tastes) {
        for opinion in *opinions {
            let Answer::Stars { candidate, response } = opinion.answer else { continue };
            let Some(level) = likelihood.cuts.level(response) else { continue };
            let (mean, variance) = taste.liking(scores.scored(candidate)?)?;
            said.push((mean, variance, level, opinion.weight));
        }
    }
    if said.is_empty() {
        return Ok(likelihood.cuts);
    }
    cut_points(said, likelihood.cuts.levels())
}

/// Cut points from what was said: u − a, its variance, the level, its weight. Of too many every k-th.
pub(crate) fn cut_points(
    mut said: Vec<(f64, f64, usize, f64)>,
    levels: usize,
) -> Result<CutPoints, ModelError> {
    let stride = said.len().div_ceil(MOST_STARS).max(1);
    let mut at = 0;
    said.retain(|_| {
        at += 1;
        (at - 1) % stride == 0
    });
    CutPoints::of_use(&said, levels, USUAL_STARS, 1.0)
}

/// The same prior with every taste covariance scaled (0 = nobody differs from the crowd); thresholds stay.
pub(crate) fn scaled(prior: &Prior, scale: f64) -> Result<Prior, ModelError> {
    let q = prior.dimension();
    let root = libm::sqrt(scale);
    let factor = |i: usize| if i + 1 == q { 1.0 } else { root };
    let covariance = prior
        .covariance()
        .iter()
        .enumerate()
        .map(|(at, value)| value * factor(at / q) * factor(at % q))
        .collect();
    Prior::new(covariance, prior.threshold_mean())
}

/// How far to trust personal taste, and how flat to make the logistic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Calibration {
    /// Times the population's taste covariance.
    pub(crate) scale: f64,
    /// T.
    pub(crate) temperature: f64,
}

/// Personal scales that are tried. Not zero: a person who votes a thousand times should still be heard.
const PERSONAL_SCALES: [f64; 9] = [0.003, 0.01, 0.03, 0.1, 0.25, 0.5, 1.0, 1.6, 2.5];
const TEMPERATURES: [f64; 9] = [0.6, 0.75, 0.87, 1.0, 1.15, 1.33, 1.6, 2.0, 2.7];
/// What holds until people show otherwise: a personal scale that is careful.
pub(crate) const UNTESTED: Calibration = Calibration { scale: 0.3, temperature: 1.0 };
/// Standard deviations of ln scale and ln T around [`UNTESTED`]. Three people and a few votes move either by little; twenty
/// people's hundreds of votes outweigh both.
const SCALE_SPREAD: f64 = 1.5;
const TEMPERATURE_SPREAD: f64 = 0.3;

/// The pair under which persons kept aside are predicted best, vote after vote (prequential log loss), given what is
/// believed of it before: log-normal around [`UNTESTED`].
pub(crate) fn calibrate(
    persons: &[&[Opinion]],
    scores: &Scores,
    likelihood: &Likelihood,
    prior: &Prior,
) -> Result<Calibration, ModelError> {
    let loss = |calibration: Calibration| -> Result<f64, ModelError> {
        let likelihood = Likelihood { temperature: calibration.temperature, ..*likelihood };
        let prior = scaled(prior, calibration.scale)?;
        let off = |value: f64, usual: f64, spread: f64| libm::log(value / usual) / spread;
        let scale = off(calibration.scale, UNTESTED.scale, SCALE_SPREAD);
        let temperature = off(calibration.temperature, UNTESTED.temperature, TEMPERATURE_SPREAD);
        let mut sum = 0.5 * (scale * scale + temperature * temperature);
        for opinions in persons {
            sum += prequential_loss(opinions, scores, &likelihood, &prior)?;
        }
        Ok(sum)
    };
    let mut best = UNTESTED;
    let mut best_loss = loss(best)?;
    for _ in 0..2 {
        for scale in PERSONAL_SCALES {
            let trial = Calibration { scale, ..best };
            let found = loss(trial)?;
            if found < best_loss {
                (best, best_loss) = (trial, found);
            }
        }
        for temperature in TEMPERATURES {
            let trial = Calibration { temperature, ..best };
            let found = loss(trial)?;
            if found < best_loss {
                (best, best_loss) = (trial, found);
            }
        }
    }
    Ok(best)
}

/// −Σ weight · ln P(answer), each vote predicted from those before it. Only votes on candidates that the person had not judged
/// before count: how a taste carries over is what decides whether to trust it. That somebody prefers again what they
/// preferred would speak for any taste, also one that says nothing of other candidates.
fn prequential_loss(
    opinions: &[Opinion],
    scores: &Scores,
    likelihood: &Likelihood,
    prior: &Prior,
) -> Result<f64, ModelError> {
    let mut taste = Taste::crowd(prior);
    let mut sum = 0.0;
    let mut judged = BTreeSet::new();
    let log = |probability: f64| libm::log(probability.max(1e-9));
    for vote in opinions.chunk_by(|one, next| one.vote == next.vote) {
        let about: BTreeSet<usize> = vote.iter().flat_map(|opinion| opinion.answer.candidates()).collect();
        let is_new = about.is_disjoint(&judged);
        judged.extend(about);
        for opinion in vote.iter().filter(|_| is_new) {
            let said = match opinion.answer {
                Answer::Duel { left, right, outcome } => {
                    let prediction =
                        taste.predict_duel(likelihood, scores.scored(left)?, scores.scored(right)?)?;
                    match outcome {
                        DuelOutcome::Left => log(prediction.left),
                        DuelOutcome::Right => log(prediction.right),
                        DuelOutcome::Tie => log(prediction.tie),
                        DuelOutcome::Neither | DuelOutcome::Skip => 0.0,
                    }
                }
                Answer::Preference { winner, loser } => {
                    let plain = likelihood.plain();
                    let (winner, loser) = (scores.scored(winner)?, scores.scored(loser)?);
                    log(taste.predict_duel(&plain, winner, loser)?.left)
                }
                Answer::Approval { candidate, liked } => {
                    let p = taste.predict_approval(likelihood, scores.scored(candidate)?)?.probability;
                    log(if liked { p } else { 1.0 - p })
                }
                Answer::Stars { candidate, response } => {
                    let candidate = scores.scored(candidate)?;
                    match likelihood.cuts.level(response) {
                        Some(level) => log(taste.predict_stars(likelihood, candidate)?[level]),
                        None => {
                            let p = taste.predict_approval(likelihood, candidate)?.probability;
                            response * log(p) + (1.0 - response) * log(1.0 - p)
                        }
                    }
                }
            };
            sum -= opinion.weight * said;
        }
        for opinion in vote {
            taste.update(likelihood, &scores.observation(opinion)?)?;
        }
    }
    Ok(sum)
}

/// Turns and stretches the features so that the population's taste is N(0, I), most varied feature first.
///
/// `feature_weights` is row-major `[k, r]`. Utilities stay what they were: z·f is the same number in either coordinates.
pub(crate) fn whiten(feature_weights: &[f32], prior: &Prior) -> Result<(Vec<f32>, Prior), ModelError> {
    let q = prior.dimension();
    let r = q - 1;
    let covariance = prior.covariance();
    let taste: Vec<f64> = (0..r * r).map(|at| covariance[at / r * q + at % r]).collect();
    let (values, vectors) = eigen(taste, r);
    let largest = values.first().copied().unwrap_or(0.0);
    // A direction in which nobody differs keeps no length; its features become zeros.
    let lengths: Vec<f64> =
        values.iter().map(|&v| if v > 1e-9 * largest { libm::sqrt(v) } else { 0.0 }).collect();
    let mut turned = Vec::with_capacity(feature_weights.len());
    for row in feature_weights.chunks_exact(r) {
        for column in 0..r {
            let sum: f64 = (0..r).map(|i| f64::from(row[i]) * vectors[i * r + column]).sum();
            turned.push((sum * lengths[column]) as f32);
        }
    }
    let mut whitened = vec![0.0; q * q];
    for i in 0..r {
        whitened[i * q + i] = 1.0;
        let along: f64 = (0..r).map(|j| covariance[j * q + r] * vectors[j * r + i]).sum();
        let along = if lengths[i] > 0.0 { along / lengths[i] } else { 0.0 };
        whitened[i * q + r] = along;
        whitened[r * q + i] = along;
    }
    whitened[q * q - 1] = covariance[q * q - 1];
    Ok((turned, Prior::new(whitened, prior.threshold_mean())?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{Dataset, Person};
    use taste_core::{CandidateId, Digest, Stars, Strength, Vote};
    use taste_population::Random;

    fn plain(vote: usize, answer: Answer) -> Opinion {
        Opinion { person: 0, vote, answer, weight: 1.0 }
    }

    /// 30 candidates of two features, 200 persons whose taste has variances 2 and 0.1, 60 duels each.
    fn world() -> (Scores, Vec<Vec<Opinion>>) {
        let mut random = Random::new(5, "population");
        let scores = Scores {
            utility: vec![0.0; 30],
            features: (0..60).map(|_| random.normal() as f32).collect(),
            unseen: vec![0.0; 30],
            rank: 2,
        };
        let persons = (0..200)
            .map(|_| {
                let z = [random.normal() * 2f64.sqrt(), random.normal() * 0.1f64.sqrt()];
                let like =
                    |i: usize| (0..2).map(|k| z[k] * f64::from(scores.features[i * 2 + k])).sum::<f64>();
                (0..60)
                    .map(|vote| {
                        let left = random.below(30);
                        let right = (left + 1 + random.below(29)) % 30;
                        let p = 1.0 / (1.0 + (like(right) - like(left)).exp());
                        let wins = random.uniform() < p;
                        let outcome = if wins { DuelOutcome::Left } else { DuelOutcome::Right };
                        plain(vote, Answer::Duel { left, right, outcome })
                    })
                    .collect()
            })
            .collect();
        (scores, persons)
    }

    #[test]
    fn the_population_that_made_the_votes_is_found_again_and_trusted() {
        let (scores, persons) = world();
        let persons: Vec<&[Opinion]> = persons.iter().map(Vec::as_slice).collect();
        let likelihood = Likelihood::default();
        let start = Prior::isotropic(2, 1.0, 1.0, 0.0).unwrap();
        let (found, _) = population(&persons[..150], &scores, &likelihood, &start, 30).unwrap();
        let c = found.covariance();
        // 150 draws of variance 2 spread by 0.23, and the prior's start counts for eight persons more.
        assert!((c[0] - 2.0).abs() < 0.6 && c[4] < 0.25 && c[1].abs() < 0.15, "{c:?}");
        let trust = calibrate(&persons[150..], &scores, &likelihood, &found).unwrap();
        assert!(
            (0.5..=1.6).contains(&trust.scale) && (0.75..=1.33).contains(&trust.temperature),
            "{trust:?}"
        );
    }

    /// Everybody has their own liking of each candidate, which has nothing to do with its features; with as many features as
    /// these, a posterior can still say again what was said.
    #[test]
    fn preferring_again_what_was_preferred_is_no_reason_to_trust_a_taste() {
        let mut random = Random::new(9, "again");
        let (n, rank) = (40, 20);
        let scores = Scores {
            utility: vec![0.0; n],
            features: (0..n * rank).map(|_| (0.5 * random.normal()) as f32).collect(),
            unseen: vec![0.0; n],
            rank,
        };
        let persons: Vec<Vec<Opinion>> = (0..60)
            .map(|_| {
                let own: Vec<f64> = (0..n).map(|_| 3.0 * random.normal()).collect();
                let duel = |vote| {
                    let left = random.below(n);
                    let right = (left + 1 + random.below(n - 1)) % n;
                    let outcome = if own[left] > own[right] { DuelOutcome::Left } else { DuelOutcome::Right };
                    plain(vote, Answer::Duel { left, right, outcome })
                };
                (0..60).map(duel).collect()
            })
            .collect();
        let persons: Vec<&[Opinion]> = persons.iter().map(Vec::as_slice).collect();
        let prior = Prior::isotropic(rank, 1.0, 1.0, 0.0).unwrap();
        let trust = calibrate(&persons, &scores, &Likelihood::default(), &prior).unwrap();
        assert!(trust.scale < 0.2, "{trust:?}");
    }

    #[test]
    fn people_without_a_taste_of_their_own_are_not_given_one() {
        let (scores, persons) = world();
        // The same duels answered by coin.
        let mut random = Random::new(6, "coin");
        let coin: Vec<Vec<Opinion>> = persons
            .iter()
            .map(|opinions| {
                let flip = |opinion: &Opinion| match opinion.answer {
                    Answer::Duel { left, right, .. } if random.below(2) == 0 => {
                        plain(opinion.vote, Answer::Duel { left, right, outcome: DuelOutcome::Left })
                    }
                    Answer::Duel { left, right, .. } => {
                        plain(opinion.vote, Answer::Duel { left, right, outcome: DuelOutcome::Right })
                    }
                    _ => *opinion,
                };
                opinions.iter().map(flip).collect()
            })
            .collect();
        let coin: Vec<&[Opinion]> = coin.iter().map(Vec::as_slice).collect();
        let start = Prior::isotropic(2, 1.0, 1.0, 0.0).unwrap();
        let trust = calibrate(&coin, &scores, &Likelihood::default(), &start).unwrap();
        assert!(trust.scale <= 0.03, "{trust:?}");
    }

    #[test]
    fn three_people_with_a_few_votes_decide_little() {
        let (scores, _) = world();
        let prior = Prior::isotropic(2, 1.0, 1.0, 0.0).unwrap();
        for seed in 0..12 {
            let mut random = Random::new(seed, "few");
            let mut duel = |vote| {
                let left = random.below(30);
                let right = (left + 1 + random.below(29)) % 30;
                let outcome = if random.below(2) == 0 { DuelOutcome::Left } else { DuelOutcome::Right };
                plain(vote, Answer::Duel { left, right, outcome })
            };
            let persons: Vec<Vec<Opinion>> = (0..3).map(|_| (0..5).map(&mut duel).collect()).collect();
            let persons: Vec<&[Opinion]> = persons.iter().map(Vec::as_slice).collect();
            let trust = calibrate(&persons, &scores, &Likelihood::default(), &prior).unwrap();
            let near = (0.1..=1.0).contains(&trust.scale) && (0.75..=1.6).contains(&trust.temperature);
            assert!(near, "seed {seed}: {trust:?}");
        }
    }

    #[test]
    fn a_posterior_is_the_one_that_the_persons_device_has() {
        let (scores, _) = world();
        let likelihood = Likelihood { tie: 0.2, position: 0.1, ..Likelihood::default() };
        let prior = Prior::isotropic(2, 1.0, 1.0, 0.0).unwrap();
        let ids: Vec<CandidateId> = (0..30).map(|n| Digest([n; 32])).collect();
        let some = |from: usize, count: usize| ids[from..from + count].to_vec();
        let strong = |strength, vote| Vote { strength: Strength::new(strength).ok(), ..vote };
        let duel = |left: usize, outcome| Vote::duel(ids[left], ids[left + 1], outcome).unwrap();
        let votes = [
            duel(0, DuelOutcome::Left),
            strong(7, duel(2, DuelOutcome::Tie)),
            strong(90, duel(4, DuelOutcome::Neither)),
            strong(50, duel(6, DuelOutcome::Right)),
            Vote::approval(ids[8], ApprovalOutcome::Against),
            strong(80, Vote::stars(ids[9], Some(Stars::new(7, 5).unwrap()))),
            Vote::stars(ids[10], None),
            strong(20, Vote::ranking(some(11, 4), Some(vec![3, 0, 2, 1])).unwrap()),
            Vote::ranking(some(15, 4), None).unwrap(),
            Vote::points(some(19, 3), Some(vec![2, 5, 2])).unwrap(),
        ];
        let mut there = Taste::crowd(&prior);
        for vote in &votes {
            let place = |id| ids.iter().position(|known| *known == id);
            for observation in Observation::of_vote(vote, true, |id| scores.scored(place(id)?).ok()) {
                there.update(&likelihood, &observation).unwrap();
            }
        }
        let candidates = EmbeddedCandidates::new(ids.clone(), "test@1".into(), vec![1.0; 30]).unwrap();
        let person = Person { voter: taste_ballot::Address::ZERO, source: String::new() };
        let said = votes.iter().map(|vote| (person.clone(), vote.clone()));
        let dataset = Dataset::from_votes(Digest::default(), candidates.with_half_stars(true), said).unwrap();
        let mut here = Taste::crowd(&prior);
        for opinion in &dataset.opinions {
            here.update(&likelihood, &scores.observation(opinion).unwrap()).unwrap();
        }
        assert_eq!(here, there);
        assert_eq!((dataset.votes(), dataset.opinions.len()), (8, 6 + 6 + 2));
    }

    #[test]
    fn what_one_vote_says_is_predicted_before_any_of_it_is_learned() {
        let (scores, _) = world();
        let prior = Prior::isotropic(2, 1.0, 1.0, 0.0).unwrap();
        let prefer = |vote, winner, loser| plain(vote, Answer::Preference { winner, loser });
        let loss = |opinions: &[Opinion]| {
            prequential_loss(opinions, &scores, &Likelihood::default(), &prior).unwrap()
        };
        let alone = loss(&[prefer(0, 1, 2)]) + loss(&[prefer(0, 1, 3)]);
        assert!((loss(&[prefer(0, 1, 2), prefer(0, 1, 3)]) - alone).abs() < 1e-12);
        assert!((loss(&[prefer(0, 1, 2), prefer(1, 1, 3)]) - alone).abs() > 1e-3);
    }

    #[test]
    fn what_is_meant_twice_as_much_is_lost_twice() {
        let (scores, persons) = world();
        let prior = Prior::isotropic(2, 1.0, 1.0, 0.0).unwrap();
        let loss = |weight: f64| {
            let first = Opinion { weight, ..persons[0][0] };
            prequential_loss(&[first], &scores, &Likelihood::default(), &prior).unwrap()
        };
        assert!(loss(1.0) > 0.0 && loss(2.0) == 2.0 * loss(1.0));
    }

    #[test]
    fn whitening_changes_no_utility_and_leaves_a_unit_population() {
        let prior = Prior::new(vec![2.0, 0.6, 0.2, 0.6, 0.5, -0.1, 0.2, -0.1, 0.9], 0.3).unwrap();
        let weights = [0.5f32, -1.0, 2.0, 0.25];
        let (turned, white) = whiten(&weights, &prior).unwrap();
        assert!((white.covariance()[0] - 1.0).abs() < 1e-12 && white.covariance()[1].abs() < 1e-12);
        // Covariance of (features · z, a) for the two inputs, in both coordinates.
        let spread = |weights: &[f32], prior: &Prior, a: usize, b: usize| -> f64 {
            let along = |row: usize| [f64::from(weights[row * 2]), f64::from(weights[row * 2 + 1]), 0.0];
            let ends = [along(0), along(1), [0.0, 0.0, 1.0]];
            (0..9).map(|at| ends[a][at / 3] * prior.covariance()[at] * ends[b][at % 3]).sum()
        };
        for a in 0..3 {
            for b in 0..3 {
                assert!((spread(&weights, &prior, a, b) - spread(&turned, &white, a, b)).abs() < 1e-6);
            }
        }
    }
}
