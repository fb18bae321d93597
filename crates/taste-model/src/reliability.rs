//! How far a person means what they say, by the pairs they were asked twice.
//!
//! A question asked once more with its sides changed is a *probe*. Whoever looks answers it as before, mostly; whoever clicks at
//! random agrees with themselves by chance, and whoever always takes the left one never. So persons are judged by themselves
//! alone: an odd taste is as reliable as a common one, and nobody is heard less for disagreeing with the crowd. What this
//! cannot see is a program that answers by a fixed rule.
//!
//! A person means a share r of what they say, and says the rest by chance. Two answers agree with probability
//! h + r²(c − h): c where both are meant, h where one is not. How r spreads among persons, and c, are found from everybody's
//! probes (the likeliest mixture over a grid; expectation–maximisation after Laird 1978, *Nonparametric maximum likelihood
//! estimation of a mixing distribution*), with a prior for persons who mean all they say. Of one person the mean of r after
//! their own probes is what each of their votes weighs: near evenly matched candidates an answer meant in a share r of cases
//! moves with r times the slope, so that r is how much it should count in a fit (weights in proportion to slope over variance).

use alloc::{collections::BTreeMap, vec, vec::Vec};
use serde::{Deserialize, Serialize};
use taste_core::DuelOutcome;

/// Shares of what is meant that persons may have: 0, 0.1, …, 1.
const SHARES: usize = 11;
/// Imagined persons: so many who mean all they say, and for each other share a two-hundredth as many.
const IMAGINED: f64 = 20.0;
/// Rounds of expectation–maximisation.
const ROUNDS: usize = 100;
/// Fewer probes say nothing of anybody.
const FEWEST: u32 = 20;

/// One person's probes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Consistency {
    /// How many pairs they answered once more with the sides changed.
    pub probes: u32,
    /// In how many of them they said the same.
    pub agreed: u32,
}

impl Consistency {
    /// Counts one more.
    pub fn add(&mut self, agreed: bool) {
        self.probes += 1;
        self.agreed += u32::from(agreed);
    }
}

/// One answer to a duel, as it was shown; candidates are the caller's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Shown left.
    pub left: u32,
    /// Shown right.
    pub right: u32,
    /// What was said.
    pub outcome: DuelOutcome,
}

impl Answered {
    /// Whether `later`, by the same person, was asked to see whether they say the same: the pair with its sides changed, and
    /// `drawn` by the widget (its propensity is known); and then whether they do. None where it was no such probe, or either was
    /// skipped. Whoever changes an answer of their own accord sees it as it was, and the chance of that is not known.
    pub fn probe(self, later: Self, drawn: bool) -> Option<bool> {
        let mirror = self.left == later.right && self.right == later.left;
        let said = self.outcome != DuelOutcome::Skip && later.outcome != DuelOutcome::Skip;
        (drawn && mirror && said).then(|| later.outcome == mirrored(self.outcome))
    }
}

fn mirrored(outcome: DuelOutcome) -> DuelOutcome {
    match outcome {
        DuelOutcome::Left => DuelOutcome::Right,
        DuelOutcome::Right => DuelOutcome::Left,
        same => same,
    }
}

/// How reliable persons are, as all their probes have it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reliability {
    /// Probes of everybody.
    pub probes: u32,
    /// Those in which a person said the same.
    pub agreed: u32,
    /// c, how often two answers agree that are both meant.
    pub meant: f64,
    /// h, how often by chance.
    pub chance: f64,
    /// How many persons mean 0, 0.1, …, 1 of what they say; they sum to one.
    pub shares: Vec<f64>,
}

impl Reliability {
    /// From everybody's probes, where these are enough to say something; `chance` is how often two answers agree that have
    /// nothing to do with each other, above 0 and below 1 ([`Reliability::chance_of`]).
    pub fn estimate(persons: &[Consistency], chance: f64) -> Option<Self> {
        let mut counts: BTreeMap<Consistency, f64> = BTreeMap::new();
        let (mut probes, mut agreed) = (0, 0);
        for person in persons.iter().filter(|person| person.probes > 0) {
            *counts.entry(*person).or_default() += 1.0;
            probes += person.probes;
            agreed += person.agreed;
        }
        if probes < FEWEST || !(chance > 0.0 && chance < 1.0) {
            return None;
        }
        let mut best: Option<(f64, Self)> = None;
        for step in 1..50u32 {
            let meant = chance + (1.0 - chance) * f64::from(step) / 50.0;
            let mut found = Self { probes, agreed, meant, chance, shares: usual() };
            let mut fit = f64::NEG_INFINITY;
            for _ in 0..ROUNDS {
                fit = found.improve(&counts);
            }
            if best.as_ref().is_none_or(|(best, _)| fit > *best) {
                best = Some((fit, found));
            }
        }
        best.map(|(_, found)| found)
    }

    /// Where a duel's answer is counted for [`chance_of`](Self::chance_of); a skip is not.
    pub fn place(outcome: DuelOutcome) -> Option<usize> {
        Some(match outcome {
            DuelOutcome::Left => 0,
            DuelOutcome::Right => 1,
            DuelOutcome::Tie => 2,
            DuelOutcome::Neither => 3,
            DuelOutcome::Skip => return None,
        })
    }

    /// How often two answers agree that have nothing to do with each other, where answers come so often: `[left, right, tie,
    /// neither]`. Sides are fair: whoever always takes the left one agrees with nobody, not with themselves either.
    pub fn chance_of(answers: [u64; 4]) -> f64 {
        let all: u64 = answers.iter().sum();
        if all == 0 {
            return 0.5;
        }
        let share = |count: u64| count as f64 / all as f64;
        let side = share(answers[0] + answers[1]) / 2.0;
        let (tie, neither) = (share(answers[2]), share(answers[3]));
        (2.0 * side * side + tie * tie + neither * neither).clamp(0.01, 0.99)
    }

    /// r: what share of what this person says is thought to be meant, above 0 to 1. Of somebody without probes it is everybody's.
    pub fn of(&self, person: Consistency) -> f64 {
        let (mut sum, mut all) = (0.0, 0.0);
        for (at, prior) in self.shares.iter().enumerate() {
            let weight = prior * libm::exp(self.log(at, person));
            sum += weight * share(at);
            all += weight;
        }
        // Nobody is silenced: a few clicks at random are no proof.
        if all > 0.0 { (sum / all).max(0.01) } else { 1.0 }
    }

    fn log(&self, at: usize, person: Consistency) -> f64 {
        let p = self.chance + share(at) * share(at) * (self.meant - self.chance);
        f64::from(person.agreed) * libm::log(p)
            + f64::from(person.probes - person.agreed.min(person.probes)) * libm::log(1.0 - p)
    }

    /// One round; the log-posterior before it.
    fn improve(&mut self, counts: &BTreeMap<Consistency, f64>) -> f64 {
        let imagined = imagined();
        let mut sums = imagined.clone();
        let mut fit = 0.0;
        for (imagined, share) in imagined.iter().zip(&self.shares) {
            fit += imagined * libm::log(share.max(1e-300));
        }
        for (person, count) in counts {
            let weights: Vec<f64> =
                (0..SHARES).map(|at| self.shares[at] * libm::exp(self.log(at, *person))).collect();
            let all: f64 = weights.iter().sum();
            if all > 0.0 {
                fit += count * libm::log(all);
                sums.iter_mut().zip(&weights).for_each(|(sum, weight)| *sum += count * weight / all);
            }
        }
        let all: f64 = sums.iter().sum();
        self.shares = sums.into_iter().map(|sum| sum / all).collect();
        fit
    }
}

fn share(at: usize) -> f64 {
    at as f64 / (SHARES - 1) as f64
}

fn imagined() -> Vec<f64> {
    let mut imagined = vec![IMAGINED / 200.0; SHARES];
    imagined[SHARES - 1] = IMAGINED;
    imagined
}

fn usual() -> Vec<f64> {
    let imagined = imagined();
    let all: f64 = imagined.iter().sum();
    imagined.into_iter().map(|share| share / all).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SplitMix64;

    #[test]
    fn only_a_drawn_question_with_its_sides_changed_is_a_probe() {
        use DuelOutcome::{Left, Neither, Right, Skip, Tie};
        let said = |left, right, outcome| Answered { left, right, outcome };
        let again = |first, then, drawn| said(1, 2, first).probe(said(2, 1, then), drawn);
        assert_eq!(again(Left, Right, true), Some(true));
        assert_eq!(again(Left, Left, true), Some(false), "always the left one");
        assert_eq!(again(Left, Tie, true), Some(false));
        assert_eq!(again(Tie, Tie, true), Some(true));
        assert_eq!(again(Neither, Neither, true), Some(true));
        assert_eq!(again(Left, Right, false), None, "a question of the page's or the person's choice");
        assert_eq!([again(Left, Skip, true), again(Skip, Left, true)], [None, None]);
        let changed = said(1, 2, Left).probe(said(1, 2, Right), true);
        assert_eq!(changed, None, "an answer taken back and given anew");
        assert_eq!(said(1, 2, Left).probe(said(2, 3, Left), true), None);
    }

    /// Persons of whom a share clicks at random, and who otherwise agree with themselves so often.
    fn crowd(persons: u32, careless: f64, agrees: f64, probes: u32) -> Vec<(bool, Consistency)> {
        let mut random = SplitMix64::new(7);
        (0..persons)
            .map(|_| {
                let is_careless = random.unit() < careless;
                let mut said = Consistency::default();
                (0..probes).for_each(|_| said.add(random.unit() < if is_careless { 0.5 } else { agrees }));
                (is_careless, said)
            })
            .collect()
    }

    #[test]
    fn who_clicks_at_random_weighs_little_and_who_does_not_weighs_nearly_one() {
        let persons = crowd(400, 0.3, 0.85, 12);
        let told: Vec<Consistency> = persons.iter().map(|(_, said)| *said).collect();
        let found = Reliability::estimate(&told, 0.5).unwrap();
        assert!((found.meant - 0.85).abs() < 0.05, "{found:?}");
        let mean = |careless: bool| {
            let of: Vec<f64> =
                persons.iter().filter(|(is, _)| *is == careless).map(|(_, said)| found.of(*said)).collect();
            of.iter().sum::<f64>() / of.len() as f64
        };
        assert!(mean(true) < 0.4, "{}", mean(true));
        assert!(mean(false) > 0.9, "{}", mean(false));
        let all = found.of(Consistency::default());
        assert!(mean(true) < all && all < mean(false));
        assert!(found.of(Consistency { probes: 12, agreed: 0 }) < 0.3, "always the left one");
    }

    #[test]
    fn where_everybody_means_what_they_say_nobody_is_heard_less() {
        // Seven in ten agree: the candidates are close, not the persons careless.
        let persons = crowd(400, 0.0, 0.7, 4);
        let told: Vec<Consistency> = persons.iter().map(|(_, said)| *said).collect();
        let found = Reliability::estimate(&told, 0.5).unwrap();
        let mean = told.iter().map(|said| found.of(*said)).sum::<f64>() / 400.0;
        let least = found.of(Consistency { probes: 4, agreed: 0 });
        assert!(least > 0.6, "{least} {mean} {found:?}");
        assert!(mean > 0.93, "{mean}");
    }

    #[test]
    fn few_probes_and_strange_ones_say_nothing() {
        let twice = [Consistency { probes: 2, agreed: 0 }];
        assert_eq!(Reliability::estimate(&twice, 0.5), None);
        assert_eq!(Reliability::estimate(&[], 0.5), None);
        assert_eq!(Reliability::estimate(&[Consistency { probes: 99, agreed: 99 }], f64::NAN), None);
        let only = Reliability::estimate(&[Consistency { probes: 99, agreed: 99 }], 0.5).unwrap();
        assert!(only.of(Consistency::default()).is_finite());
        assert_eq!(Reliability::chance_of([0; 4]), 0.5);
        assert!((Reliability::chance_of([30, 30, 40, 0]) - 0.34).abs() < 1e-12);
    }
}
