//! What stands beside the board: the bootstrap by person, drift, groups and what bridges them, decay, and votes that say little.

#![allow(clippy::unwrap_used)] // clippy.toml allows it in tests, but not in the functions that tests share

use taste_model::{
    Alone, Board, BoardOptions, BoardWarning, Bridging, Decay, IndexedComparison, bootstrap, decayed, drift,
};

fn win(winner: u32, loser: u32, person: u32) -> IndexedComparison {
    IndexedComparison { winner, loser, weight: 1.0, person, tie: false, winner_left: None }
}

/// Uniform numbers below `n`, the same in every run.
fn random(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed;
    move |n| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) % n
    }
}

/// By plain gradient ascent, with the ridge of the default options.
fn climbed(n: usize, votes: &[(IndexedComparison, f64)]) -> Vec<f64> {
    let mut ratings = vec![0.0f64; n];
    for _ in 0..4000 {
        let mut slope: Vec<f64> = ratings.iter().map(|rating| -rating).collect();
        for (vote, times) in votes {
            let (winner, loser) = (vote.winner as usize, vote.loser as usize);
            let pull = times / (1.0 + (ratings[winner] - ratings[loser]).exp());
            slope[winner] += pull;
            slope[loser] -= pull;
        }
        ratings.iter_mut().zip(slope).for_each(|(rating, slope)| *rating += 0.05 * slope);
    }
    ratings
}

#[test]
fn drift_has_the_spread_of_all_persons_that_could_be_drawn_for_both_times_at_once() {
    let then = vec![win(0, 1, 0), win(1, 2, 0), win(2, 0, 1), win(0, 1, 1), win(0, 2, 2)];
    // The third person changed their mind, the first said more, and nobody new came.
    let now = vec![
        win(0, 1, 0),
        win(1, 2, 0),
        win(2, 0, 1),
        win(0, 1, 1),
        win(2, 0, 2),
        win(2, 1, 0),
        win(2, 0, 0),
    ];
    let moved = |times: &dyn Fn(u32) -> f64| -> Vec<f64> {
        let weighed = |votes: &[IndexedComparison]| -> Vec<(IndexedComparison, f64)> {
            votes.iter().map(|vote| (*vote, times(vote.person))).collect()
        };
        let (before, after) = (climbed(3, &weighed(&then)), climbed(3, &weighed(&now)));
        after.iter().zip(before).map(|(after, before)| after - before).collect()
    };
    // Three persons can be drawn in 27 ways, each as likely.
    let all: Vec<Vec<f64>> = (0..27u32)
        .map(|draw| {
            let drawn = [draw % 3, draw / 3 % 3, draw / 9];
            moved(&|person| drawn.iter().filter(|&&one| one == person).count() as f64)
        })
        .collect();
    let as_it_is = moved(&|_| 1.0);
    let options = BoardOptions::default();
    let rows = drift(3, &then, &now, &options, 20_000, 5, &Alone).unwrap();
    for (i, row) in rows.iter().enumerate() {
        let mut own: Vec<f64> = all.iter().map(|moved| moved[i]).collect();
        own.sort_by(f64::total_cmp);
        let mean = own.iter().sum::<f64>() / 27.0;
        let deviation = (own.iter().map(|moved| (moved - mean).powi(2)).sum::<f64>() / 27.0).sqrt();
        assert!((row.rating - as_it_is[i]).abs() < 1e-6, "{row:?} {as_it_is:?}");
        assert!((row.deviation / deviation - 1.0).abs() < 0.03, "{} for {deviation}", row.deviation);
        assert!((row.low - own[0]).abs() < 1e-6 && (row.high - own[26]).abs() < 1e-6, "{row:?} {own:?}");
    }
    let ranks: Vec<u32> = rows.iter().map(|row| row.rank_then).collect();
    assert_eq!(ranks[0], 1);
    assert_eq!(rows, drift(3, &then, &now, &options, 20_000, 5, &Alone).unwrap());

    // Where nothing moved, nothing spreads, however unsure the boards are.
    for row in drift(3, &then, &then, &options, 50, 5, &Alone).unwrap() {
        assert_eq!((row.rating, row.low, row.high), (0.0, 0.0, 0.0));
    }
    // From no votes at all: where it is now.
    let from_nothing = drift(3, &[], &now, &options, 50, 5, &Alone).unwrap();
    let board = Board::fit(3, &now, &options).unwrap();
    for row in &board.rows {
        assert!((from_nothing[row.candidate as usize].rating - row.rating).abs() < 1e-9);
    }
    for draws in [0, 1, 1_000_000] {
        assert!(drift(3, &then, &now, &options, draws, 5, &Alone).is_err());
    }
}

#[test]
fn draws_of_persons_have_the_spread_of_all_that_could_be_drawn() {
    let mut votes = vec![];
    for k in 0..4 {
        votes.extend([win(0, 1, 0), win(1, 2, 0), win(k % 3, (k + 1) % 3, 1), win(2, 0, 2)]);
    }
    // Three persons can be drawn in 27 ways, each as likely.
    let mut all = vec![];
    for draw in 0..27usize {
        let drawn = [draw % 3, draw / 3 % 3, draw / 9];
        let times = |person: u32| drawn.iter().filter(|&&one| one == person as usize).count() as f64;
        let weighed: Vec<_> = votes.iter().map(|vote| (*vote, times(vote.person))).collect();
        all.push(climbed(3, &weighed));
    }
    let rows = bootstrap(3, &votes, &BoardOptions::default(), 20_000, 5, &Alone).unwrap();
    for (i, row) in rows.iter().enumerate() {
        let mut own: Vec<f64> = all.iter().map(|ratings| ratings[i]).collect();
        own.sort_by(f64::total_cmp);
        let mean = own.iter().sum::<f64>() / 27.0;
        let deviation = (own.iter().map(|rating| (rating - mean).powi(2)).sum::<f64>() / 27.0).sqrt();
        assert!((row.deviation / deviation - 1.0).abs() < 0.03, "{} for {deviation}", row.deviation);
        // A single one of 27 is 3.7 %: the outermost.
        assert!((row.low - own[0]).abs() < 1e-6 && (row.high - own[26]).abs() < 1e-6, "{row:?} {own:?}");
        assert!(row.rank_low < row.rank_high);
    }
    assert_eq!(rows, bootstrap(3, &votes, &BoardOptions::default(), 20_000, 5, &Alone).unwrap());
    for draws in [0, 1, 1_000_000] {
        assert!(bootstrap(3, &votes, &BoardOptions::default(), draws, 5, &Alone).is_err());
    }
}

#[test]
fn draws_of_many_persons_agree_with_the_sandwich() {
    let mut below = random(4);
    let votes: Vec<_> = (0..6000)
        .map(|_| {
            let (person, a) = (below(150) as u32, below(8) as u32);
            let b = (a + 1 + below(7) as u32) % 8;
            // Persons are of one mind: half of them like even numbers.
            let liked = |i: u32| f64::from(i) / 6.0 + f64::from(u8::from(i % 2 == person % 2));
            let chance = 1.0 / (1.0 + (liked(b) - liked(a)).exp());
            let a_won = (below(1 << 20) as f64) < chance * f64::from(1 << 20);
            if a_won { win(a, b, person) } else { win(b, a, person) }
        })
        .collect();
    let board = Board::fit(8, &votes, &BoardOptions::default()).unwrap();
    let rows = bootstrap(8, &votes, &BoardOptions::default(), 600, 1, &Alone).unwrap();
    for row in &board.rows {
        let drawn = rows[row.candidate as usize];
        let ratio = (drawn.high - drawn.low) / (row.high - row.low);
        assert!((0.8..1.2).contains(&ratio), "{ratio}");
        assert!(row.rank_low <= drawn.rank_low && drawn.rank_high <= row.rank_high, "{row:?} {drawn:?}");
    }
}

/// Two camps of persons: candidate 0 is loved by the large one and hated by the small one, 1 is liked by both.
fn camps(divided: bool, seed: u64) -> Vec<IndexedComparison> {
    let mut below = random(seed);
    let mut votes = vec![];
    for person in 0..60u32 {
        let small = divided && person < 12;
        let liked = |i: u32| match (i, small) {
            (0, false) => 2.5,
            (0, true) => -2.5,
            (1, _) => 1.2,
            (i, small) => f64::from(i % 2) * if small { 1.0 } else { -1.0 },
        };
        for _ in 0..24 {
            let a = below(6) as u32;
            let b = (a + 1 + below(5) as u32) % 6;
            let chance = 1.0 / (1.0 + (liked(b) - liked(a)).exp());
            let a_won = (below(1 << 20) as f64) < chance * f64::from(1 << 20);
            votes.push(if a_won { win(a, b, person) } else { win(b, a, person) });
        }
    }
    votes
}

#[test]
fn what_both_camps_like_bridges_and_what_one_loves_does_not() {
    let options = BoardOptions::default();
    let votes = camps(true, 2);
    let found = Bridging::of(6, &votes, &options, &Alone).unwrap();
    let mut sizes = found.groups.clone();
    sizes.sort_unstable();
    assert!((10..=14).contains(&sizes[0]) && sizes[0] + sizes[1] == 60, "{sizes:?}");
    assert!(found.surety > 5.0, "{}", found.surety);
    // The large camp's darling is first on the board, and last in what bridges.
    assert_eq!(Board::fit(6, &votes, &options).unwrap().rows[0].candidate, 0);
    let best = |by: fn(&taste_model::BridgingRow) -> f64| {
        found.rows.iter().max_by(|a, b| by(a).total_cmp(&by(b))).unwrap().candidate
    };
    assert_eq!((best(|row| row.bridging), best(|row| row.consensus)), (1, 1));
    for row in &found.rows {
        assert!((row.consensus - row.shares[0] * row.shares[1]).abs() < 1e-15);
        assert_eq!(row.bridging, row.shares[0].min(row.shares[1]));
    }
    assert!(found.rows[0].bridging < 0.25, "{:?}", found.rows[0]);
}

#[test]
fn persons_of_one_mind_are_one_group() {
    let mut apart = 0;
    for seed in 0..20 {
        let votes = camps(false, seed);
        let found = Bridging::of(6, &votes, &BoardOptions::default(), &Alone).unwrap();
        apart += u32::from(found.groups.len() > 1);
        if let [60] = found.groups[..] {
            let board = Board::fit(6, &votes, &BoardOptions::default()).unwrap();
            for row in &board.rows {
                assert!((found.rows[row.candidate as usize].bridging - row.share).abs() < 1e-12);
            }
        }
    }
    assert!(apart <= 1, "{apart}");
    let nobody = Bridging::of(2, &[], &BoardOptions::default(), &Alone).unwrap();
    assert_eq!((nobody.groups, nobody.rows[0].bridging), (vec![0], 0.5));
}

/// A vote an hour; the favourites turn round every `turn` votes, or never.
fn seasons(turn: u32, seed: u64) -> (Vec<IndexedComparison>, Vec<u64>) {
    let mut below = random(seed);
    let votes = 3000u32;
    (0..votes)
        .map(|k| {
            let a = below(5) as u32;
            let b = (a + 1 + below(4) as u32) % 5;
            let sign = if turn > 0 && (k / turn) % 2 == 1 { -1.0 } else { 1.0 };
            let chance = 1.0 / (1.0 + (sign * 0.8 * (f64::from(b) - f64::from(a))).exp());
            let a_won = (below(1 << 20) as f64) < chance * f64::from(1 << 20);
            (if a_won { win(a, b, k) } else { win(b, a, k) }, 3600 * u64::from(k))
        })
        .unzip()
}

#[test]
fn a_half_life_is_found_where_taste_moves_and_none_where_it_stands_still() {
    let options = BoardOptions::default();
    let (votes, times) = seasons(900, 3);
    let found = Decay::estimate(5, &votes, &times, &options, &Alone).unwrap();
    let half_life = found.half_life.unwrap();
    // Shorter than a season, longer than an afternoon.
    assert!((20.0 * 3600.0..900.0 * 3600.0).contains(&half_life), "{found:?}");
    assert!(found.low.unwrap() <= half_life && half_life <= found.high.unwrap());
    assert!(found.gain > 2.0 * found.gain_error && found.gain_error > 0.0);
    let still = (0..12).filter(|&seed| {
        let (votes, times) = seasons(0, seed);
        Decay::estimate(5, &votes, &times, &options, &Alone).unwrap().half_life.is_none()
    });
    assert!(still.count() >= 11);
    // The same seasons within a day are none: a log of hours does not tell who came first from what changed.
    let hurried: Vec<u64> = times.iter().map(|time| time / 200).collect();
    assert!(hurried.iter().max().unwrap() - hurried.iter().min().unwrap() < 86_400);
    assert_eq!(Decay::estimate(5, &votes, &hurried, &options, &Alone).unwrap().half_life, None);
    assert_eq!(Decay::estimate(5, &[], &[], &options, &Alone).unwrap().half_life, None);
    assert!(Decay::estimate(5, &votes, &times[1..], &options, &Alone).is_err());
}

#[test]
fn an_old_vote_weighs_half_after_a_half_life() {
    let votes = [win(0, 1, 0), win(1, 0, 1), win(1, 0, 2)];
    let aged = decayed(&votes, &[0, 50, 100], 100, 50.0).unwrap();
    assert_eq!(aged.iter().map(|vote| vote.weight).collect::<Vec<_>>(), [0.25, 0.5, 1.0]);
    // A vote from the future is new.
    assert_eq!(decayed(&votes[..1], &[900], 100, 50.0).unwrap()[0].weight, 1.0);
    for half_life in [0.0, -1.0, f64::NAN] {
        assert!(decayed(&votes, &[0, 0, 0], 0, half_life).is_err());
    }
}

fn warnings(candidates: usize, votes: &[IndexedComparison]) -> Vec<BoardWarning> {
    let board = Board::fit(candidates, votes, &BoardOptions::full()).unwrap();
    for row in &board.rows {
        assert!([row.rating, row.low, row.high, row.share].iter().all(|number| number.is_finite()));
        assert!(row.low < row.rating && row.rating < row.high);
    }
    board.warnings
}

#[test]
fn votes_that_say_little_are_named() {
    // Against each other, or ties: nobody is told apart, however many there are.
    let against: Vec<_> =
        (0..60).flat_map(|k| [win(0, 1, k), win(1, 0, k), win(1, 2, k), win(2, 1, k)]).collect();
    assert_eq!(warnings(3, &against), [BoardWarning::Undecided]);
    let ties: Vec<_> =
        (0..90).map(|k| IndexedComparison { tie: true, ..win(k % 3, (k + 1) % 3, k) }).collect();
    assert_eq!(warnings(3, &ties), [BoardWarning::Undecided]);
    // A million votes of one person beside forty others'.
    let mut loud: Vec<_> = (0..40).flat_map(|k| [win(0, 1, k), win(1, 2, k), win(0, 2, k)]).collect();
    assert_eq!(warnings(3, &loud), []);
    loud.push(IndexedComparison { weight: 1e6, ..win(2, 0, 99) });
    assert!(warnings(3, &loud).contains(&BoardWarning::OneVoice));
    // The same candidate twice under two numbers is told apart from neither.
    let twins: Vec<_> = (0..200).map(|k| win(k % 2, 2, k)).collect();
    let board = Board::fit(3, &twins, &BoardOptions::full()).unwrap();
    assert_eq!((board.rows[0].rank, board.rows[1].rank, board.warnings.len()), (1, 1, 0));
    assert_eq!(serde_json::to_value(BoardWarning::OneVoice).unwrap(), "one-voice");
    assert_eq!(serde_json::to_value(BoardWarning::Undecided).unwrap(), "undecided");
}
