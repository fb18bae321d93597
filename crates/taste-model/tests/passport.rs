//! Explaining, taking along and moving a taste, against what needs none of their formulas: votes learned anew.

#![allow(clippy::unwrap_used)]

use taste_core::{ApprovalOutcome, Digest, DuelOutcome};
use taste_model::{Likelihood, ModelError, Observation, Passport, Prior, Retraced, Scored, Taste};

/// Reproducible numbers in −1..1.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    fn below(&mut self, n: usize) -> usize {
        (((self.next() + 1.0) / 2.0) * n as f64) as usize % n
    }
}

const MODEL: Digest = Digest([7; 32]);
const ROUND: Digest = Digest([8; 32]);
const LIKELIHOOD: Likelihood = Likelihood {
    tie: 0.3,
    position: 0.1,
    temperature: 0.8,
    offset_variance: 0.2,
    neither_weight: 0.5,
    cuts: taste_model::CutPoints::NONE,
};

/// Candidates under a model: utility, then features.
struct World {
    prior: Prior,
    likelihood: Likelihood,
    rows: Vec<(f32, Vec<f32>)>,
}

impl World {
    fn new(r: usize, n: usize, seed: u64) -> Self {
        let mut numbers = Numbers(seed);
        let q = r + 1;
        let factor: Vec<f64> = (0..q * q).map(|_| numbers.next()).collect();
        let mut covariance = vec![0.0; q * q];
        for i in 0..q {
            for j in 0..q {
                covariance[i * q + j] = (0..q).map(|k| factor[i * q + k] * factor[j * q + k]).sum::<f64>()
                    / q as f64
                    + if i == j { 0.2 } else { 0.0 };
            }
        }
        for i in 0..q {
            for j in 0..i {
                covariance[i * q + j] = covariance[j * q + i];
            }
        }
        let rows = (0..n)
            .map(|_| (numbers.next() as f32, (0..r).map(|_| 1.5 * numbers.next() as f32).collect()))
            .collect();
        Self { prior: Prior::new(covariance, 0.2).unwrap(), likelihood: LIKELIHOOD, rows }
    }

    fn scored(&self, i: usize) -> Scored<'_> {
        let (utility, features) = &self.rows[i];
        let scored = Scored::new(*utility, features).unwrap();
        // Some have no votes, and noise of their own.
        if i.is_multiple_of(5) { scored.unseen(self.likelihood.offset_variance) } else { scored }
    }

    fn crowd(&self) -> Taste {
        Taste::crowd(&self.prior).of_model(MODEL)
    }

    fn observation(&self, vote: &Cast) -> Observation<'_> {
        match *vote {
            Cast::Duel(a, b, outcome) => Observation::duel(self.scored(a), self.scored(b), outcome),
            Cast::Approval(a, outcome) => Observation::approval(self.scored(a), outcome),
            Cast::Stars(a, response) => Observation::stars(self.scored(a), response),
        }
    }

    fn learned(&self, votes: &[Cast]) -> Taste {
        let mut taste = self.crowd();
        votes.iter().for_each(|vote| taste.update(&self.likelihood, &self.observation(vote)).unwrap());
        taste
    }

    fn preference(&self, taste: &Taste, a: usize, b: usize) -> (f64, f64) {
        let found = taste.predict_duel(&self.likelihood.unbiased(), self.scored(a), self.scored(b)).unwrap();
        (found.probability, found.sd)
    }

    /// The largest difference of two tastes over all pairs.
    fn apart(&self, one: &Taste, other: &Taste) -> f64 {
        let n = self.rows.len();
        let pairs = (0..n).flat_map(|a| (0..a).map(move |b| (a, b)));
        pairs
            .map(|(a, b)| (self.preference(one, a, b).0 - self.preference(other, a, b).0).abs())
            .fold(0.0, f64::max)
    }
}

#[derive(Clone, Copy, Debug)]
enum Cast {
    Duel(usize, usize, DuelOutcome),
    Approval(usize, ApprovalOutcome),
    Stars(usize, f64),
}

fn votes(n: usize, count: usize, seed: u64) -> Vec<Cast> {
    let mut numbers = Numbers(seed);
    (0..count)
        .map(|at| {
            let (a, b) = (numbers.below(n), numbers.below(n - 1));
            let b = if b >= a { b + 1 } else { b };
            match at % 6 {
                0 | 1 => Cast::Duel(a, b, DuelOutcome::Left),
                2 => Cast::Duel(a, b, if at % 4 == 2 { DuelOutcome::Tie } else { DuelOutcome::Neither }),
                3 => Cast::Approval(a, ApprovalOutcome::For),
                4 => Cast::Approval(a, ApprovalOutcome::Against),
                _ => Cast::Stars(a, (numbers.next() + 1.0) / 2.0),
            }
        })
        .collect()
}

fn retraced(world: &World, votes: &[Cast]) -> Retraced {
    let mut retraced = Retraced::new(world.crowd());
    votes.iter().for_each(|vote| retraced.vote(&world.likelihood, &[world.observation(vote)]).unwrap());
    retraced
}

#[test]
fn what_votes_moved_adds_up_to_the_whole_way_from_the_crowd() {
    let world = World::new(6, 12, 3);
    let votes = votes(12, 30, 4);
    let retraced = retraced(&world, &votes);
    assert_eq!(retraced.taste(), &world.learned(&votes), "the posterior is the same to the last bit");
    for (a, b) in [(0, 1), (3, 9), (11, 5)] {
        let why = retraced.duel(&world.likelihood, world.scored(a), world.scored(b)).unwrap();
        let sum: f64 = why.votes.iter().sum();
        assert!((why.crowd + sum - why.person).abs() < 1e-9, "{} {}", why.crowd + sum, why.person);
        assert!(why.votes.iter().any(|moved| moved.abs() > 0.01), "votes move something");
    }
}

/// Ratings would be exact; of duels, the share that an answer has is its derivative: weigh a vote a little more, and the
/// prediction goes on in the direction in which the vote moved it.
#[test]
fn a_vote_that_weighs_more_moves_further_the_same_way() {
    let world = World::new(4, 10, 9);
    let votes = [
        Cast::Duel(1, 2, DuelOutcome::Left),
        Cast::Duel(3, 4, DuelOutcome::Left),
        Cast::Duel(6, 1, DuelOutcome::Right),
    ];
    let why = retraced(&world, &votes).duel(&world.likelihood, world.scored(7), world.scored(8)).unwrap();
    for (heavier, moved) in why.votes.iter().enumerate() {
        let mut taste = world.crowd();
        for (at, vote) in votes.iter().enumerate() {
            let Cast::Duel(a, b, outcome) = *vote else { unreachable!() };
            let weight = if at == heavier { 1.05 } else { 1.0 };
            let (left, right) = (world.scored(a), world.scored(b));
            taste.update(&world.likelihood, &Observation::Duel { left, right, outcome, weight }).unwrap();
        }
        let after = Retraced::new(taste);
        let further =
            after.duel(&world.likelihood, world.scored(7), world.scored(8)).unwrap().person - why.person;
        assert!(further.signum() == moved.signum() && further.abs() < 0.2 * moved.abs(), "{further} {moved}");
    }
}

#[test]
fn a_skip_moves_nothing_and_likeness_is_a_correlation() {
    let world = World::new(3, 6, 2);
    let skipped =
        retraced(&world, &[Cast::Approval(1, ApprovalOutcome::Skip), Cast::Duel(1, 2, DuelOutcome::Left)]);
    let why = skipped.duel(&world.likelihood, world.scored(1), world.scored(2)).unwrap();
    assert!(why.votes[0] == 0.0 && why.votes[1] > 0.0);
    // The same by hand: Cov(f·z, g·z) / (sd · sd), with z drawn from the prior's features.
    let s = world.prior.covariance();
    let covariance = |a: usize, b: usize| -> f64 {
        (0..3)
            .flat_map(|i| (0..3).map(move |j| (i, j)))
            .map(|(i, j)| f64::from(world.rows[a].1[i]) * s[i * 4 + j] * f64::from(world.rows[b].1[j]))
            .sum()
    };
    let expected = covariance(1, 4) / (covariance(1, 1) * covariance(4, 4)).sqrt();
    assert!((world.prior.likeness(world.scored(1), world.scored(4)).unwrap() - expected).abs() < 1e-12);
    assert!((world.prior.likeness(world.scored(1), world.scored(1)).unwrap() - 1.0).abs() < 1e-12);
    let nothing = Scored::new(0.0, &[0.0; 3]).unwrap();
    assert_eq!(world.prior.likeness(world.scored(1), nothing).unwrap(), 0.0);
}

#[test]
fn a_passport_is_a_few_hundred_bytes_and_predicts_as_the_taste_does() {
    for (r, bytes) in [(8, 165), (16, 297), (32, 753)] {
        let world = World::new(r, 24, 5);
        for count in [1, 20, 200] {
            let taste = world.learned(&votes(24, count, 6));
            let passport = Passport::new(&taste, &world.prior, MODEL, ROUND, 1_800_000_000).unwrap();
            let file = passport.to_bytes();
            assert_eq!(file.len(), bytes);
            let signed = [&file[..], &[1, 2, 3]].concat();
            let (read, rest) = Passport::read(&signed).unwrap();
            assert_eq!((&read, rest), (&passport, &[1, 2, 3][..]));
            assert_eq!(read.to_bytes(), file);
            assert_eq!((read.votes(), read.at(), read.round()), (taste.votes(), 1_800_000_000, ROUND));
            let back = read.taste(&world.prior, MODEL).unwrap();
            assert_eq!((back.votes(), back.model()), (taste.votes(), MODEL));
            let apart = world.apart(&taste, &back);
            assert!(apart < 0.005, "r {r}, {count} votes: {apart}");
            let (_, sure) = world.preference(&taste, 1, 2);
            assert!((world.preference(&back, 1, 2).1 / sure - 1.0).abs() < 0.05);
            // What was rounded once is not rounded away by travelling on.
            let again = Passport::new(&back, &world.prior, MODEL, ROUND, 0).unwrap();
            let twice = again.taste(&world.prior, MODEL).unwrap();
            assert!(world.apart(&back, &twice) < 0.002);
        }
    }
}

#[test]
fn a_passport_without_votes_is_exactly_the_crowd_also_where_nobody_differs() {
    let world = World::new(5, 8, 1);
    let passport = Passport::new(&world.crowd(), &world.prior, MODEL, ROUND, 0).unwrap();
    assert_eq!(passport.taste(&world.prior, MODEL).unwrap(), world.crowd());
    // The second feature has no variance at all.
    let flat = Prior::new(vec![0.7, 0.0, 0.1, 0.0, 0.0, 0.0, 0.1, 0.0, 0.5], 0.0).unwrap();
    let mut taste = Taste::crowd(&flat);
    let (a, b) = (Scored::new(0.1, &[1.0, 0.5]).unwrap(), Scored::new(0.0, &[-0.5, 2.0]).unwrap());
    taste.update(&LIKELIHOOD, &Observation::duel(b, a, DuelOutcome::Left)).unwrap();
    let back = Passport::new(&taste, &flat, MODEL, ROUND, 0).unwrap().taste(&flat, MODEL).unwrap();
    let said = |taste: &Taste| taste.predict_duel(&LIKELIHOOD, a, b).unwrap().probability;
    assert!((said(&taste) - said(&back)).abs() < 1e-3);
}

#[test]
fn what_is_no_passport_or_another_models_is_refused() {
    let world = World::new(4, 6, 1);
    let taste = world.learned(&votes(6, 5, 1));
    let passport = Passport::new(&taste, &world.prior, MODEL, ROUND, 0).unwrap();
    let file = passport.to_bytes();
    let code = |bytes: &[u8]| Passport::read(bytes).unwrap_err().code();
    assert_eq!(code(&file[..file.len() - 1]), "ModelError::Passport");
    assert_eq!(code(b"TASTEPP1"), "ModelError::Passport");
    let changed = |at: usize, byte: u8| {
        let mut file = file.clone();
        file[at] = byte;
        file
    };
    assert_eq!(code(&changed(7, b'2')), "ModelError::Passport");
    assert_eq!(code(&changed(8, 1)), "ModelError::Shape");
    assert_eq!(code(&changed(88, 0x7f)), "ModelError::Range");
    let mut flat = file.clone();
    flat[93 + 10..93 + 12].fill(0);
    assert_eq!(code(&flat), "ModelError::Covariance");
    assert_eq!(passport.taste(&world.prior, ROUND).unwrap_err().code(), "ModelError::PassportModel");
    let other = World::new(5, 6, 1);
    assert_eq!(passport.taste(&other.prior, MODEL).unwrap_err().code(), "ModelError::FeatureCount");
    assert!(matches!(
        Passport::new(&taste, &other.prior, MODEL, ROUND, 0),
        Err(ModelError::FeatureCount { found: 4, expected: 5 })
    ));
    // Whatever bytes come, reading them ends, and a taste made of them predicts numbers.
    let mut numbers = Numbers(9);
    for _ in 0..2_000 {
        let mut file = file.clone();
        for _ in 0..3 {
            let at = numbers.below(file.len());
            file[at] = numbers.below(256) as u8;
        }
        if let Ok((read, _)) = Passport::read(&file)
            && let Ok(taste) = read.taste(&world.prior, MODEL)
        {
            assert!(world.preference(&taste, 0, 1).0.is_finite());
        }
    }
}

/// The same people in other words: features turned and stretched, utilities on another scale and from another level.
fn reworded(world: &World) -> World {
    let r = world.prior.features();
    let mut numbers = Numbers(77);
    // f' = A f; then z' = A⁻ᵀ z, S' = A⁻ᵀ S A⁻¹. A is unit lower triangular, so its inverse is by substitution.
    let mut a = vec![0.0; r * r];
    for i in 0..r {
        (0..i).for_each(|j| a[i * r + j] = 0.4 * numbers.next());
        a[i * r + i] = 1.0;
    }
    let mut back = vec![0.0; r * r];
    for c in 0..r {
        for i in c..r {
            let sum: f64 = (c..i).map(|k| a[i * r + k] * back[k * r + c]).sum();
            back[i * r + c] = if i == c { 1.0 } else { -sum };
        }
    }
    let (scale, level, q) = (2.5, 1.2, r + 1);
    let s = world.prior.covariance();
    // z' = scale · back ᵀ z; a' = scale · a + level.
    let turn = |i: usize, k: usize| match (i < r, k < r) {
        (true, true) => scale * back[k * r + i],
        (false, false) => scale,
        _ => 0.0,
    };
    let mut covariance = vec![0.0; q * q];
    for i in 0..q {
        for j in 0..=i {
            let mut sum = 0.0;
            for k in 0..q {
                for l in 0..q {
                    sum += turn(i, k) * s[k * q + l] * turn(j, l);
                }
            }
            (covariance[i * q + j], covariance[j * q + i]) = (sum, sum);
        }
    }
    let rows = world
        .rows
        .iter()
        .map(|(utility, f)| {
            let turned =
                (0..r).map(|i| (0..r).map(|k| a[i * r + k] * f64::from(f[k])).sum::<f64>() as f32).collect();
            (scale as f32 * utility + level as f32, turned)
        })
        .collect();
    World {
        prior: Prior::new(covariance, scale * world.prior.threshold_mean() + level).unwrap(),
        likelihood: Likelihood {
            temperature: scale * world.likelihood.temperature,
            offset_variance: scale * scale * world.likelihood.offset_variance,
            ..world.likelihood
        },
        rows,
    }
}

fn carried(taste: &Taste, old: &World, new: &World) -> Taste {
    let anchors = (0..old.rows.len()).map(|i| (old.scored(i), new.scored(i)));
    taste.carry((&old.prior, &old.likelihood), (&new.prior, &new.likelihood), anchors).unwrap()
}

#[test]
fn a_model_that_says_the_same_in_other_words_is_given_all_that_was_learned() {
    let old = World::new(5, 20, 5);
    let votes = votes(20, 40, 6);
    let taste = old.learned(&votes);
    assert!(old.apart(&taste, &carried(&taste, &old, &old)) < 1e-6);
    let new = reworded(&old);
    let (moved, anew) = (carried(&taste, &old, &new), new.learned(&votes));
    assert!(new.apart(&moved, &anew) < 1e-5, "{}", new.apart(&moved, &anew));
    assert!(new.apart(&new.crowd(), &anew) > 0.1, "there was something to lose");
    for i in 0..20 {
        let said = |taste: &Taste| taste.predict_approval(&new.likelihood, new.scored(i)).unwrap();
        let (moved, anew) = (said(&moved), said(&anew));
        assert!((moved.probability - anew.probability).abs() < 1e-5 && (moved.sd - anew.sd).abs() < 1e-4);
    }
    assert_eq!(moved.votes(), taste.votes());
}

#[test]
fn a_model_that_changed_its_mind_is_given_most_of_it() {
    let old = World::new(5, 40, 5);
    let votes = votes(40, 60, 6);
    let taste = old.learned(&votes);
    // One feature more, the others a little different, and the crowd thinks otherwise of everything.
    let mut new = World::new(6, 40, 8);
    let mut numbers = Numbers(21);
    for (new, old) in new.rows.iter_mut().zip(&old.rows) {
        new.0 = old.0 + 0.5 * numbers.next() as f32;
        for (value, old) in new.1.iter_mut().zip(&old.1) {
            *value = old + 0.1 * numbers.next() as f32;
        }
    }
    let (moved, anew) = (carried(&taste, &old, &new), new.learned(&votes));
    let rms = |one: &Taste| -> f64 {
        let pairs: Vec<_> = (0..40).flat_map(|a| (0..a).map(move |b| (a, b))).collect();
        let squares: f64 = pairs
            .iter()
            .map(|&(a, b)| (new.preference(one, a, b).0 - new.preference(&anew, a, b).0).powi(2))
            .sum();
        (squares / pairs.len() as f64).sqrt()
    };
    assert!(rms(&moved) < 0.35 * rms(&new.crowd()), "{} of {}", rms(&moved), rms(&new.crowd()));
    assert!(carried(&new.crowd(), &new, &old).mean().iter().all(|value| value.is_finite()));
    let none = taste.carry((&old.prior, &old.likelihood), (&new.prior, &new.likelihood), []);
    assert_eq!(none.unwrap_err().code(), "ModelError::Shape");
}
