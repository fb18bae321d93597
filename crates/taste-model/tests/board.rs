//! The board against choix, evalica and statsmodels (`data/make_fixtures.py`), and where there is little to rank.

#![allow(clippy::unwrap_used)] // clippy.toml allows it in tests, but not in the functions that tests share

use serde_json::Value;
use taste_model::{
    Alone, Board, BoardOptions, BoardRow, BoardWarning, Crew, IndexedComparison, Job, NO_PERSON, Pairs,
};

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
        winner_left: None,
    });
    rows.filter(|row| ties || !row.tie).collect()
}

fn win(winner: u32, loser: u32) -> IndexedComparison {
    IndexedComparison { winner, loser, weight: 1.0, person: NO_PERSON, tie: false, winner_left: None }
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
        let board = Board::fit(6, &votes, &BoardOptions { ridge, ..BoardOptions::default() }).unwrap();
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
            let board = Board::fit(
                2 * groups as usize,
                &votes,
                &BoardOptions { ridge: 1e-9, ..BoardOptions::default() },
            )
            .unwrap();
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
        assert_eq!(
            Board::fit(3, &[], &BoardOptions { ridge, ..BoardOptions::default() }).unwrap_err().code(),
            "ModelError::Range"
        );
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

/// Uniform numbers below `n`, the same in every run.
fn random(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed;
    move |n| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) % n
    }
}

/// Random pairs; the left one wins as Bradley–Terry has it, with `favour` for the left place.
fn duels(strengths: &[f64], votes: usize, favour: f64, seed: u64) -> Vec<IndexedComparison> {
    let mut below = random(seed);
    let n = strengths.len() as u64;
    (0..votes)
        .map(|_| {
            let left = below(n);
            let right = (left + 1 + below(n - 1)) % n;
            let gap = strengths[left as usize] - strengths[right as usize] + favour;
            let left_won = (below(1 << 30) as f64) < f64::from(1 << 30) / (1.0 + (-gap).exp());
            let (winner, loser) = if left_won { (left, right) } else { (right, left) };
            let person = below(200) as u32;
            IndexedComparison { person, winner_left: Some(left_won), ..win(winner as u32, loser as u32) }
        })
        .collect()
}

#[test]
fn a_round_of_thousands_has_sound_rows_and_ranges_that_hold() {
    let n = 2500;
    let strengths: Vec<f64> = (0..n).map(|i| 2.5 - 5.0 * i as f64 / n as f64).collect();
    let board = Board::fit(n, &duels(&strengths, 100_000, 0.0, 3), &BoardOptions::default()).unwrap();
    assert_sound(&board);
    assert_eq!(board.warnings, []);
    assert!((board.rows.iter().map(|row| row.share).sum::<f64>() / n as f64 - 0.5).abs() < 1e-7);
    // Candidate i is the i-th best.
    let held = |row: &&BoardRow| (row.rank_low..=row.rank_high).contains(&(row.candidate + 1));
    assert!(board.rows.iter().filter(held).count() > 95 * n / 100);
    let (best, worst) = (&board.rows[0], &board.rows[n - 1]);
    assert!(best.rank_high < 2 * n as u32 / 3 && worst.rank_low > n as u32 / 3, "{best:?} {worst:?}");
}

#[test]
fn the_position_term_agrees_with_statsmodels() {
    let fixture: Value = serde_json::from_str(include_str!("data/position.json")).unwrap();
    let n = fixture["candidates"].as_u64().unwrap() as usize;
    let votes: Vec<_> = fixture["duels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|duel| {
            let (left, right) = (duel[0].as_u64().unwrap() as u32, duel[1].as_u64().unwrap() as u32);
            let left_won = duel[2].as_bool().unwrap();
            let (winner, loser) = if left_won { (left, right) } else { (right, left) };
            IndexedComparison { winner_left: Some(left_won), ..win(winner, loser) }
        })
        .collect();
    let options = BoardOptions { ridge: 1e-6, position: Some(1e-6), ..BoardOptions::default() };
    let board = Board::fit(n, &votes, &options).unwrap();
    for (row, expected) in rows(&board).iter().zip(numbers(&fixture["ratings"])) {
        assert!((row.rating - expected).abs() < 1e-5, "{} for {expected}", row.rating);
    }
    assert!((board.position.unwrap() - fixture["position"].as_f64().unwrap()).abs() < 1e-5);
}

#[test]
fn swapped_sides_turn_the_position_term_round_and_move_nothing_else() {
    let options = BoardOptions::full();
    for (n, votes) in [(5, 300), (9, 40), (700, 4000)] {
        let strengths: Vec<f64> = (0..n).map(|i| (i % 7) as f64 / 4.0).collect();
        let mut votes = duels(&strengths, votes, 0.4, n as u64);
        votes.iter_mut().step_by(6).for_each(|vote| vote.tie = true);
        votes.iter_mut().step_by(5).for_each(|vote| vote.winner_left = None);
        let board = Board::fit(n, &votes, &options).unwrap();
        // The same duels with the other candidate on the left.
        for vote in &mut votes {
            vote.winner_left = vote.winner_left.map(|left| !left);
        }
        let swapped = Board::fit(n, &votes, &options).unwrap();
        assert!((board.position.unwrap() + swapped.position.unwrap()).abs() < 1e-8);
        assert!(board.position.unwrap().abs() > 1e-3);
        assert_eq!(board.fragility, swapped.fragility);
        for (before, after) in rows(&board).iter().zip(rows(&swapped)) {
            assert!((before.rating - after.rating).abs() < 1e-8, "{before:?} {after:?}");
            // Drawn intervals take other draws where pairs come in another order.
            let slack = if n > 600 { 0.5 } else { 1e-8 };
            assert!(((after.high - after.low) / (before.high - before.low) - 1.0).abs() < slack);
        }
    }
}

#[test]
fn a_candidate_that_is_always_shown_left_gains_nothing_by_it() {
    // All are as good; the left place is favoured.
    let mut votes = duels(&[0.0; 6], 6000, 0.8, 5);
    for vote in &mut votes {
        // Candidate 0 is moved to the left where it was not, and wins as often as anyone there.
        if vote.winner == 0 && vote.winner_left == Some(false)
            || vote.loser == 0 && vote.winner_left == Some(true)
        {
            core::mem::swap(&mut vote.winner, &mut vote.loser);
        }
    }
    let lead = |options: &BoardOptions| {
        let rows = rows(&Board::fit(6, &votes, options).unwrap());
        (rows[0].rating - rows[1..].iter().map(|row| row.rating).sum::<f64>() / 5.0, rows[0])
    };
    let (biased, row) = lead(&BoardOptions::default());
    assert!(biased > 0.6 && row.rank_high == 1, "{biased}");
    let (fair, row) = lead(&BoardOptions::full());
    assert!(fair.abs() < 0.15 && row.rank_high > 1, "{fair}");
}

#[test]
fn where_no_side_is_known_the_position_term_changes_nothing() {
    let votes = comparisons(&fixture(), true);
    let without = Board::fit(12, &votes, &BoardOptions::default()).unwrap();
    let with =
        Board::fit(12, &votes, &BoardOptions { position: Some(4.0), ..BoardOptions::default() }).unwrap();
    assert_eq!((without.position, with.position), (None, Some(0.0)));
    for (without, with) in without.rows.iter().zip(&with.rows) {
        assert!((without.rating - with.rating).abs() < 1e-9 && (without.low - with.low).abs() < 1e-9);
        assert_eq!((without.rank_low, without.rank_high), (with.rank_low, with.rank_high));
    }
    let code = |position| {
        let options = BoardOptions { position: Some(position), ..BoardOptions::default() };
        Board::fit(2, &[], &options).unwrap_err().code()
    };
    assert_eq!([code(0.0), code(f64::NAN)], ["ModelError::Range"; 2]);
}

/// By plain gradient ascent on what is kept: whether somebody reaches the one that was first.
fn first_is_reached(n: usize, votes: &[IndexedComparison], kept: u32, first: usize) -> bool {
    let mut ratings = vec![0.0f64; n];
    for _ in 0..400 {
        let mut slope: Vec<f64> = ratings.iter().map(|rating| -rating).collect();
        for vote in votes.iter().enumerate().filter(|(i, _)| kept >> i & 1 == 1).map(|(_, vote)| vote) {
            let (winner, loser) = (vote.winner as usize, vote.loser as usize);
            let chance = 1.0 / (1.0 + (ratings[loser] - ratings[winner]).exp());
            let pull = if vote.tie { 0.5 } else { 1.0 } - chance;
            slope[winner] += pull;
            slope[loser] -= pull;
        }
        for (rating, slope) in ratings.iter_mut().zip(slope) {
            *rating += slope / (1.0 + votes.len() as f64 / 2.0);
        }
    }
    (0..n).any(|i| i != first && ratings[first] - ratings[i] < 1e-7)
}

#[test]
fn the_fragility_of_a_small_round_is_what_trying_every_removal_gives() {
    let mut seen = [0; 12];
    for case in 0..12 {
        let mut below = random(100 + case);
        let (n, size) = (3 + case as usize % 2, 10);
        let votes: Vec<_> = (0..size)
            .map(|_| {
                let winner = below(n as u64) / (1 + below(2));
                let loser = (winner + 1 + below(n as u64 - 1)) % n as u64;
                let vote = win(winner as u32, loser as u32);
                IndexedComparison { person: below(5) as u32, tie: below(5) == 0, ..vote }
            })
            .collect();
        let options = BoardOptions { fragility: true, ..BoardOptions::default() };
        let board = Board::fit(n, &votes, &options).unwrap();
        let first = board.rows[0].candidate as usize;
        let all = (1u32 << size) - 1;
        let reached: Vec<u32> = (0..=all).filter(|&kept| first_is_reached(n, &votes, kept, first)).collect();
        let votes_needed = reached.iter().map(|kept| (all & !kept).count_ones()).min().unwrap();
        let of_persons = |persons: u32| {
            let kept =
                |(i, vote): (usize, &IndexedComparison)| u32::from(persons >> vote.person & 1 == 0) << i;
            votes.iter().enumerate().map(kept).sum::<u32>()
        };
        let voters_needed = (0..32u32)
            .filter(|&gone| reached.contains(&of_persons(gone)))
            .map(u32::count_ones)
            .min()
            .unwrap();
        let fragility = board.fragility.unwrap();
        assert_eq!((fragility.votes.low, fragility.votes.high), (votes_needed, votes_needed), "case {case}");
        assert_eq!(
            (fragility.voters.low, fragility.voters.high),
            (voters_needed, voters_needed),
            "case {case}"
        );
        seen[votes_needed as usize] += 1;
    }
    assert!(seen.iter().filter(|&&cases| cases > 0).count() > 2, "rounds that hold more and less: {seen:?}");
}

#[test]
fn a_first_place_that_is_shared_needs_no_removal_and_one_that_nobody_contests_all() {
    let options = BoardOptions::full();
    let fragility = |n, votes: &[IndexedComparison]| Board::fit(n, votes, &options).unwrap().fragility;
    assert_eq!(fragility(1, &[]), None);
    let ends = |fewest: taste_model::Fewest| (fewest.low, fewest.high);
    for votes in [vec![], vec![win(0, 1), win(1, 0)]] {
        let fragility = fragility(3, &votes).unwrap();
        assert_eq!((ends(fragility.votes), ends(fragility.voters)), ((0, 0), (0, 0)));
    }
    // Seven wins by two persons; six against one: the lead is gone when both have one.
    let by = |person| move |_| IndexedComparison { person, ..win(0, 1) };
    let unanimous: Vec<_> = (0..4).map(by(1)).chain((0..3).map(by(2))).collect();
    let found = fragility(2, &unanimous).unwrap();
    assert_eq!((ends(found.votes), ends(found.voters)), ((7, 7), (2, 2)));
    let contested: Vec<_> = unanimous.iter().copied().chain([win(1, 0)]).collect();
    let found = fragility(2, &contested).unwrap();
    assert_eq!((ends(found.votes), ends(found.voters)), ((6, 6), (2, 2)));
}

#[test]
fn one_loud_person_holds_the_first_place_alone() {
    let strengths = [0.6, 0.5, 0.0, 0.0, 0.0];
    let mut votes = duels(&strengths, 4000, 0.0, 8);
    let loud =
        (0..3000).map(|i| IndexedComparison { person: 777, winner_left: Some(i % 2 == 0), ..win(4, i % 4) });
    votes.extend(loud);
    let board = Board::fit(5, &votes, &BoardOptions::full()).unwrap();
    assert_eq!(board.rows[0].candidate, 4);
    let fragility = board.fragility.unwrap();
    assert_eq!((fragility.voters.low, fragility.voters.high), (1, 1));
    assert!(fragility.votes.high > 100 && fragility.votes.low <= fragility.votes.high, "{fragility:?}");
    let json = serde_json::to_value(&board).unwrap();
    assert_eq!(json["fragility"]["voters"], serde_json::json!({"low": 1, "high": 1}));
}

#[test]
fn groups_that_never_met_are_named_and_candidates_without_votes_are_no_group() {
    let warnings =
        |votes: &[IndexedComparison]| Board::fit(7, votes, &BoardOptions::full()).unwrap().warnings;
    assert_eq!(warnings(&[]), []);
    assert_eq!(warnings(&[win(0, 1), win(3, 1), win(6, 3)]), []);
    assert_eq!(warnings(&[win(0, 1), win(3, 6)]), [BoardWarning::Disconnected]);
    let weightless = IndexedComparison { weight: 0.0, ..win(1, 3) };
    assert_eq!(warnings(&[win(0, 1), win(3, 6), weightless]), [BoardWarning::Disconnected]);
    assert_eq!(serde_json::to_value(BoardWarning::Disconnected).unwrap(), "disconnected");
}

#[test]
fn a_fit_that_stops_short_is_named() {
    // One that never won beside weights that differ by 10¹², and hardly a prior.
    let (light, middle, heavy) = (1e-6, 777_777.0, 1e6);
    let votes: Vec<_> = [
        (0, 2, light),
        (3, 1, middle),
        (0, 3, heavy),
        (3, 0, middle),
        (2, 1, middle),
        (0, 1, light),
        (2, 0, heavy),
        (3, 2, middle),
    ]
    .map(|(winner, loser, weight)| IndexedComparison { weight, ..win(winner, loser) })
    .to_vec();
    let options = BoardOptions { ridge: 1e-6, fragility: true, ..BoardOptions::default() };
    let board = Board::fit(4, &votes, &options).unwrap();
    assert_sound(&board);
    assert_eq!((&board.warnings[..], board.fragility), (&[BoardWarning::NotConverged][..], None));
    assert_eq!(serde_json::to_value(BoardWarning::NotConverged).unwrap(), "not-converged");
    assert_eq!(Board::fit(4, &votes, &BoardOptions::full()).unwrap().warnings, []);
}

/// As many threads as it is asked for, and the jobs in reverse.
struct Backwards(usize);

impl Crew for Backwards {
    fn size(&self) -> usize {
        self.0
    }

    fn run(&self, jobs: Vec<Job<'_>>) {
        std::thread::scope(|scope| {
            for job in jobs.into_iter().rev() {
                scope.spawn(job);
            }
        });
    }
}

#[test]
fn the_board_has_the_same_bits_whoever_helps() {
    let strengths: Vec<f64> = (0..700).map(|i| (i % 50) as f64 / 25.0).collect();
    let mut votes = duels(&strengths, 90_000, 0.3, 21);
    votes.iter_mut().step_by(7).for_each(|vote| vote.tie = true);
    votes.iter_mut().step_by(11).for_each(|vote| vote.person = NO_PERSON);
    votes.iter_mut().step_by(13).for_each(|vote| vote.weight = 0.0);
    let bits = |crew: &dyn Crew| {
        let board = Board::fit_with(700, &votes, &BoardOptions::full(), crew).unwrap();
        let numbers = |row: &BoardRow| [row.rating, row.low, row.high, row.share].map(f64::to_bits);
        let rows: Vec<_> = board.rows.iter().map(|row| (row.candidate, numbers(row), row.votes)).collect();
        (rows, board.position.map(f64::to_bits), board.fragility)
    };
    let alone = bits(&Alone);
    for size in [1, 2, 3, 8] {
        assert!(bits(&Backwards(size)) == alone, "{size}");
    }
}
