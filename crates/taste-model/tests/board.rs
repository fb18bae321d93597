//! The board against choix, evalica and statsmodels (`data/make_fixtures.py`), and where there is little to rank.

#![allow(clippy::unwrap_used)] // clippy.toml allows it in tests, but not in the functions that tests share

use serde_json::Value;
use taste_model::{Board, BoardOptions, BoardRow, IndexedComparison, NO_PERSON, Pairs};

fn fixture() -> Value {
    serde_json::from_str(include_str!("data/board.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

/// The fixture's comparisons, with or without its ties.
fn comparisons(fixture: &Value, ties: bool) -> Vec<IndexedComparison> {
    let rows = fixture["comparisons"].as_array().unwrap().iter().map(|row| IndexedComparison {
        winner: row[0].as_u64().unwrap() as u32,
        loser: row[1].as_u64().unwrap() as u32,
        weight: 1.0,
        person: row[2].as_u64().unwrap() as u32,
        tie: row[3].as_bool().unwrap(),
    });
    rows.filter(|row| ties || !row.tie).collect()
}

fn win(winner: u32, loser: u32) -> IndexedComparison {
    IndexedComparison { winner, loser, weight: 1.0, person: NO_PERSON, tie: false }
}

/// Rows by candidate.
fn rows(board: &Board) -> Vec<BoardRow> {
    let mut rows = board.rows.clone();
    rows.sort_by_key(|row| row.candidate);
    rows
}

fn assert_sound(board: &Board) {
    for row in &board.rows {
        let numbers = [row.rating, row.low, row.high, row.share, row.share_low, row.share_high];
        assert!(numbers.iter().all(|number| number.is_finite()), "{row:?}");
        assert!(row.low < row.rating && row.rating < row.high, "{row:?}");
        assert!(row.share_low < row.share && row.share < row.share_high, "{row:?}");
        assert!(row.rank_low <= row.rank && row.rank <= row.rank_high, "{row:?}");
        assert_eq!(row.fragile, row.votes < 10);
    }
}

#[test]
fn strengths_agree_with_choix_and_evalica() {
    let fixture = fixture();
    let n = fixture["candidates"].as_u64().unwrap() as usize;
    for (ties, ridge, oracle) in [(false, 0.5, "ridge_half"), (false, 0.0, "plain"), (true, 0.0, "tied")] {
        let fit = Pairs::aggregate(n, &comparisons(&fixture, ties)).unwrap().strengths(ridge);
        assert!(fit.converged && fit.iterations < 20);
        for (found, expected) in fit.ratings.iter().zip(numbers(&fixture[oracle])) {
            assert!((found - expected).abs() < 2e-5, "{oracle}: {found} for {expected}");
        }
    }
}

#[test]
fn the_order_and_sides_of_comparisons_do_not_matter() {
    let fixture = fixture();
    let mut votes = comparisons(&fixture, true);
    let before = Pairs::aggregate(12, &votes).unwrap();
    for vote in votes.iter_mut().filter(|vote| vote.tie) {
        core::mem::swap(&mut vote.winner, &mut vote.loser);
    }
    votes.reverse();
    assert_eq!(Pairs::aggregate(12, &votes).unwrap(), before);
    let doubled: Vec<_> =
        votes.iter().flat_map(|vote| [IndexedComparison { weight: 0.5, ..*vote }; 2]).collect();
    assert_eq!(Pairs::aggregate(12, &doubled).unwrap(), before);
}

#[test]
fn a_round_with_votes_has_sound_rows_and_counts() {
    let fixture = fixture();
    let votes = comparisons(&fixture, true);
    let board = Board::fit(12, &votes, &BoardOptions::default()).unwrap();
    assert_sound(&board);
    assert_eq!(board.votes as usize, votes.len());
    assert_eq!(board.voters, 40);
    assert_eq!(board.ties as usize, votes.iter().filter(|vote| vote.tie).count());
    assert!(board.rows.windows(2).all(|two| two[0].rating >= two[1].rating && two[0].rank < two[1].rank));
    assert!(board.rows.iter().map(|row| row.rating).sum::<f64>().abs() < 1e-9);
    // Shares of wins against everyone average to a half.
    assert!((board.rows.iter().map(|row| row.share).sum::<f64>() / 12.0 - 0.5).abs() < 1e-9);
    assert_eq!(board.rows.iter().map(|row| row.votes).sum::<u32>(), 2 * board.votes);
    assert!(board.rows[0].rank_high < 12 && board.rows[11].rank_low > 1, "the ends are told apart");
    assert_eq!(Board::fit(12, &votes, &BoardOptions::default()).unwrap(), board);
    let json = serde_json::to_value(board.rows[0]).unwrap();
    for key in ["candidate", "rank", "rankLow", "rankHigh", "rating", "shareLow", "votes", "fragile"] {
        assert!(json.get(key).is_some(), "{key}");
    }
}

#[test]
fn one_loud_person_widens_the_interval() {
    let votes = |persons: u32| -> Vec<_> {
        (0..400)
            .map(|i| {
                // Each block of votes agrees with itself.
                let flip = (i % persons).is_multiple_of(4);
                let (winner, loser) = if flip { (1, 0) } else { (0, 1) };
                IndexedComparison { person: i % persons, ..win(winner, loser) }
            })
            .collect()
    };
    let width = |persons| {
        let row = Board::fit(2, &votes(persons), &BoardOptions::default()).unwrap().rows[0];
        row.high - row.low
    };
    assert!(width(8) > 2.0 * width(400), "{} {}", width(8), width(400));
    // One person alone: the sandwich would be zero, the model's own width stands.
    let one: Vec<_> = (0..50).map(|_| IndexedComparison { person: 3, ..win(0, 1) }).collect();
    assert_sound(&Board::fit(2, &one, &BoardOptions::default()).unwrap());
}

#[test]
fn where_nothing_is_known_the_intervals_are_wide() {
    let options = BoardOptions::default();
    assert_eq!(Board::fit(0, &[], &options).unwrap().rows, []);
    let one = Board::fit(1, &[], &options).unwrap();
    assert_eq!((one.rows[0].rank, one.rows[0].rank_low, one.rows[0].rank_high), (1, 1, 1));
    assert_eq!((one.rows[0].share, one.rows[0].share_low, one.rows[0].share_high), (0.5, 0.0, 1.0));

    let silent = Board::fit(5, &[], &options).unwrap();
    assert_sound(&silent);
    for row in &silent.rows {
        assert_eq!((row.rating, row.rank, row.rank_low, row.rank_high, row.votes), (0.0, 1, 1, 5, 0));
        // The prior alone: variance 1, less a fifth for the mean that all share.
        assert!((row.high - 1.959963984540054 * (1.0f64 - 0.2).sqrt()).abs() < 1e-9);
        assert!(row.share_low < 0.2 && row.fragile);
    }
    let nothing: Vec<_> = (0..20).map(|_| IndexedComparison { weight: 0.0, ..win(0, 1) }).collect();
    let weightless = Board::fit(5, &nothing, &options).unwrap();
    assert_eq!((weightless.votes, weightless.voters, &weightless.rows), (0, 0, &silent.rows));

    let ties: Vec<_> = (0..60).map(|i| IndexedComparison { tie: true, ..win(i % 3, (i + 1) % 3) }).collect();
    let board = Board::fit(3, &ties, &options).unwrap();
    assert_sound(&board);
    assert_eq!(board.ties, 60);
    assert!(board.rows.iter().all(|row| row.rank == 1 && row.rank_high == 3 && row.rating.abs() < 1e-9));
}

#[test]
fn groups_that_never_met_and_an_unbeaten_candidate_stay_finite() {
    // 0 beats 1 beats 2; 3 beats 4; 5 never played.
    let mut votes = vec![];
    for _ in 0..30 {
        votes.extend([win(0, 1), win(1, 2), win(3, 4)]);
    }
    for ridge in [1.0, 1e-3, 1e-9] {
        let board = Board::fit(6, &votes, &BoardOptions { ridge }).unwrap();
        assert_sound(&board);
        let rows = rows(&board);
        assert!(rows[0].rating > rows[1].rating && rows[1].rating > rows[2].rating);
        assert!(rows[3].rating > rows[4].rating && rows[5].rating.abs() < 1e-6);
        assert!(rows[5].high - rows[5].low > rows[1].high - rows[1].low);
        assert_eq!((rows[0].rank, rows[0].rank_low), (1, 1));
        // Without a prior, thirty wins out of thirty could mean any lead at all.
        assert!(ridge < 1.0 || rows[0].rank_high < 6);
    }
}

#[test]
fn a_ridge_that_rounding_swallows_still_gives_a_board() {
    for groups in 2..8 {
        for weight in [1.0, 3e3, 777_777.0, 1e6] {
            // Pairs that met only each other, and heavily.
            let votes: Vec<_> = (0..groups)
                .flat_map(|group| [(2 * group, 2 * group + 1), (2 * group + 1, 2 * group)])
                .flat_map(|(winner, loser)| [IndexedComparison { weight, ..win(winner, loser) }; 999])
                .collect();
            let board = Board::fit(2 * groups as usize, &votes, &BoardOptions { ridge: 1e-9 }).unwrap();
            assert_sound(&board);
            assert!(board.rows.iter().all(|row| row.high - row.low > 100.0), "{groups} {weight}");
        }
    }
}

#[test]
fn a_ladder_of_neighbours_converges() {
    let n = 300;
    let votes: Vec<_> = (0..n - 1)
        .flat_map(|i| (0..10).map(move |k| if k < 6 { win(i, i + 1) } else { win(i + 1, i) }))
        .collect();
    let fit = Pairs::aggregate(n as usize, &votes).unwrap().strengths(1e-6);
    assert!(fit.converged);
    // Each step of the ladder is ln(6/4).
    for two in fit.ratings.windows(2) {
        assert!((two[0] - two[1] - 1.5f64.ln()).abs() < 1e-2);
    }
}

#[test]
fn comparisons_that_make_no_sense_are_refused() {
    let code = |vote| Board::fit(3, &[win(0, 1), vote], &BoardOptions::default()).unwrap_err().code();
    assert_eq!(code(win(0, 3)), "ModelError::Comparison");
    assert_eq!(code(win(u32::MAX, 0)), "ModelError::Comparison");
    assert_eq!(code(win(1, 1)), "ModelError::Comparison");
    for weight in [f32::NAN, -1.0, f32::INFINITY, 1e7] {
        assert_eq!(code(IndexedComparison { weight, ..win(0, 1) }), "ModelError::Range");
    }
    for ridge in [0.0, -1.0, f64::NAN] {
        assert_eq!(Board::fit(3, &[], &BoardOptions { ridge }).unwrap_err().code(), "ModelError::Range");
    }
}

#[test]
fn one_sided_rounds_with_unequal_weights_converge() {
    let mut state = 1u64;
    let mut below = |n: u64| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) % n
    };
    for case in 0..500 {
        let n = 2 + below(6);
        let votes: Vec<_> = (0..2 + below(12))
            .map(|_| {
                let winner = below(n);
                let loser = (winner + 1 + below(n - 1)) % n;
                let weight = [0.01, 0.1, 1.0, 10.0, 100.0][below(5) as usize];
                IndexedComparison { weight, ..win(winner as u32, loser as u32) }
            })
            .collect();
        let pairs = Pairs::aggregate(n as usize, &votes).unwrap();
        for ridge in [1.0, 1e-3] {
            let fit = pairs.strengths(ridge);
            assert!(fit.converged, "case {case}, ridge {ridge}: {votes:?}");
            // At the top, each rating's pull equals its ridge.
            for (i, rating) in fit.ratings.iter().enumerate() {
                let pull: f64 = votes
                    .iter()
                    .map(|vote| {
                        let (winner, loser) = (vote.winner as usize, vote.loser as usize);
                        let missing = 1.0 / (1.0 + (fit.ratings[winner] - fit.ratings[loser]).exp());
                        let sign = f64::from(u8::from(winner == i)) - f64::from(u8::from(loser == i));
                        sign * f64::from(vote.weight) * missing
                    })
                    .sum();
                assert!((pull - ridge * rating).abs() < 1e-6, "case {case}, ridge {ridge}, {i}");
            }
        }
    }
}
