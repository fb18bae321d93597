//! Votes of every kind on one board, against choix and scipy (`data/make_kinds.py`), and against the tastes that made them.

#![allow(clippy::unwrap_used)] // clippy.toml allows it in tests, but not in the functions that tests share

use serde_json::Value;
use taste_core::{Digest, DuelOutcome, Vote};
use taste_model::{
    Board, BoardOptions, Compared, IndexedComparison, Likelihood, Observation, Prior, Scored, Taste,
};

fn fixture(kind: &str) -> (Value, usize) {
    let kinds: Value = serde_json::from_str(include_str!("data/kinds.json")).unwrap();
    let candidates = kinds[kind]["candidates"].as_u64().unwrap() as usize;
    (kinds[kind].clone(), candidates)
}

fn ratings(board: &Board) -> Vec<f64> {
    let mut rows = board.rows.clone();
    rows.sort_by_key(|row| row.candidate);
    rows.iter().map(|row| row.rating).collect()
}

fn near(found: &[f64], expected: &Value, tolerance: f64) {
    for (found, expected) in found.iter().zip(expected.as_array().unwrap()) {
        let expected = expected.as_f64().unwrap();
        assert!((found - expected).abs() < tolerance, "{found} for {expected}");
    }
}

/// What a vote says, as a server counts it.
fn said(vote: &Vote, person: u32) -> impl Iterator<Item = IndexedComparison> {
    vote.comparisons().into_iter().map(move |comparison| IndexedComparison {
        winner: comparison.winner.0[0].into(),
        loser: comparison.loser.0[0].into(),
        weight: comparison.weight as f32,
        person,
        tie: false,
        winner_left: None,
    })
}

#[test]
fn rankings_give_the_strengths_of_rank_breaking_which_are_those_of_plackett_luce() {
    let (fixture, n) = fixture("rankings");
    let mut compared = Compared::new();
    for (person, ranking) in fixture["said"].as_array().unwrap().iter().enumerate() {
        let best_first = ranking.as_array().unwrap().iter();
        let shown: Vec<Digest> = best_first.map(|id| Digest([id.as_u64().unwrap() as u8; 32])).collect();
        compared.vote(said(&Vote::ranking(shown, Some(vec![0, 1, 2, 3])).unwrap(), person as u32));
    }
    let board = compared.board(n, &BoardOptions::full()).unwrap();
    near(&ratings(&board), &fixture["pairs"], 2e-5);
    // The maximum likelihood of the model itself, which no pairs are: as near as 400 rankings tell.
    near(&ratings(&board), &fixture["full"], 0.1);
    assert_eq!((board.votes, board.voters), (400, 400));
    assert_eq!(board.rows.iter().map(|row| row.votes).sum::<u32>(), 4 * 400);
    let first = board.rows[0];
    assert!(first.low < 1.2 && first.high > 1.0 && first.high - first.low < 0.8, "{first:?}");
}

#[test]
fn approvals_give_the_strengths_of_the_conditional_likelihood_however_severe_a_person_is() {
    let (fixture, n) = fixture("approvals");
    let mut compared = Compared::new();
    let mut telling = 0;
    for (person, answers) in fixture["said"].as_array().unwrap().iter().enumerate() {
        let number = |value: &Value| value.as_u64().unwrap() as u32;
        let rated: Vec<(u32, u32)> = answers
            .as_array()
            .unwrap()
            .iter()
            .map(|answer| (number(&answer[0]), number(&answer[1])))
            .collect();
        compared.ratings(person as u32, &rated);
        // Whoever likes some and not others compares each of them with some.
        if rated.iter().any(|one| one.1 != rated[0].1) {
            telling += rated.len() as u32;
        }
    }
    let board = compared.board(n, &BoardOptions::full()).unwrap();
    near(&ratings(&board), &fixture["pairs"], 2e-5);
    near(&ratings(&board), &fixture["truth"], 0.35);
    assert_eq!(board.votes, telling);
}

/// A generator that is not the library's own.
struct Random(u64);

impl Random {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[test]
fn duels_and_approvals_of_one_round_agree_about_it() {
    let truth = [-1.0, -0.6, -0.2, 0.2, 0.6, 1.0f64];
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    let mut random = Random(7);
    let (mut duels, mut approvals, mut both) = (Compared::new(), Compared::new(), Compared::new());
    for person in 0..1_500 {
        for _ in 0..5 {
            let left = (random.unit() * 6.0) as usize;
            let right = (left + 1 + (random.unit() * 5.0) as usize) % 6;
            let left_won = random.unit() < sigmoid(truth[left] - truth[right]);
            let (winner, loser) =
                if left_won { (left as u32, right as u32) } else { (right as u32, left as u32) };
            let one = IndexedComparison {
                winner,
                loser,
                weight: 1.0,
                person,
                tie: false,
                winner_left: Some(left_won),
            };
            duels.vote([one]);
            both.vote([one]);
        }
        let threshold = [-1.5, 0.0, 1.5][person as usize % 3];
        let rated: Vec<(u32, u32)> =
            (0..6).map(|i| (i as u32, u32::from(random.unit() < sigmoid(truth[i] - threshold)))).collect();
        approvals.ratings(person, &rated);
        both.ratings(person, &rated);
    }
    for compared in [duels, approvals, both] {
        let board =
            compared.board(6, &BoardOptions { position: Some(4.0), ..BoardOptions::default() }).unwrap();
        for (row, truth) in ratings(&board).iter().zip(truth) {
            assert!((row - truth).abs() < 0.17, "{row} for {truth}");
        }
        for row in &board.rows {
            assert!(
                row.low < truth[row.candidate as usize] + 0.1
                    && row.high > truth[row.candidate as usize] - 0.1
            );
        }
    }
}

#[test]
fn a_person_who_rates_everything_does_not_outweigh_a_hundred_who_duel() {
    let n = 200;
    let mut compared = Compared::new();
    // One person holds the last one dear and everything else in order below; a hundred prefer the first to the last.
    let rated: Vec<(u32, u32)> = (0..n).map(|i| (i, i)).collect();
    compared.ratings(0, &rated);
    let weight = |i: u32, compared: &Compared| -> f64 {
        let touching = compared.comparisons().iter().filter(|c| c.winner == i || c.loser == i);
        touching.map(|c| f64::from(c.weight)).sum()
    };
    for i in 0..n {
        assert!((weight(i, &compared) - 2.0).abs() < 0.02, "about two duels each: {}", weight(i, &compared));
    }
    for person in 1..=100 {
        compared.vote([IndexedComparison {
            winner: 0,
            loser: n - 1,
            weight: 1.0,
            person,
            tie: false,
            winner_left: None,
        }]);
    }
    let board = compared.board(n as usize, &BoardOptions::default()).unwrap();
    let ratings = ratings(&board);
    assert!(ratings[0] > ratings[n as usize - 1]);
    assert_eq!((board.votes, board.voters), (n + 100, 101));
}

#[test]
fn all_stars_are_an_approval_and_the_middle_is_no_news_about_liking() {
    let likelihood = Likelihood { tie: 0.3, position: 0.2, ..Likelihood::default() };
    let prior = Prior::isotropic(2, 1.0, 0.5, 0.0).unwrap();
    let (a, b) = (Scored::new(0.3, &[0.5, -1.0]).unwrap(), Scored::new(-0.2, &[1.0, 0.4]).unwrap());
    let after = |observation: Observation<'_>, likelihood: &Likelihood| {
        let mut taste = Taste::crowd(&prior);
        taste.update(likelihood, &observation).unwrap();
        taste
    };
    let close = |one: &Taste, other: &Taste| {
        let pairs =
            one.mean().iter().zip(other.mean()).chain(one.covariance().iter().zip(other.covariance()));
        pairs.map(|(one, other)| (one - other).abs()).fold(0.0, f64::max)
    };
    use taste_core::ApprovalOutcome::{Against, For};
    for (response, outcome) in [(1.0, For), (0.0, Against)] {
        let stars = after(Observation::stars(a, response), &likelihood);
        assert!(close(&stars, &after(Observation::approval(a, outcome), &likelihood)) < 1e-12);
    }
    // A candidate of the average utility, half way up: nothing to be surprised of, only surer.
    let plain = Scored::new(0.0, &[0.5, -1.0]).unwrap();
    let middle = after(Observation::stars(plain, 0.5), &likelihood);
    assert!(middle.mean().iter().all(|mean| mean.abs() < 1e-12), "{:?}", middle.mean());
    assert!(middle.covariance()[0] < prior.covariance()[0]);
    // Part of an order is a duel of somebody who has no favourite side and to whom nothing ties.
    let order = after(Observation::preference(a, b, 1.0), &likelihood);
    assert!(close(&order, &after(Observation::duel(a, b, DuelOutcome::Left), &likelihood.plain())) < 1e-12);
    assert!(close(&order, &after(Observation::duel(a, b, DuelOutcome::Left), &likelihood)) > 1e-3);
    let mut taste = Taste::crowd(&prior);
    for wrong in [f64::NAN, -0.1, 1.1] {
        let refused = taste.update(&likelihood, &Observation::stars(a, wrong)).unwrap_err();
        assert_eq!(refused.code(), "ModelError::Range");
    }
}
