//! The board of a round: kept up with the log, fitted when somebody asks.
//!
//! A person's later vote on a question replaces the earlier one; a skip or "neither" takes it back. Only duels rank. Which
//! side a candidate was shown on counts in a person's own votes alone: an importer's sources may name the winner first.
//! The fit itself is `taste-model`'s.

use std::{collections::HashMap, sync::Arc};

use axum::body::Bytes;
use serde::Serialize;
use taste_ballot::{Address, LogEntry};
use taste_core::{CandidateId, DuelOutcome, Judgement, RoundId, Vote};
use taste_model::{Board, BoardOptions, BoardRow, BoardWarning, Fragility, IndexedComparison};

use crate::{error::ServerError, round::LiveRound, service::Service, storage::Reader};

/// Votes counted so far, and the board as last fitted.
#[derive(Default)]
pub(crate) struct BoardCache {
    tally: Tally,
    /// The next ballot to count.
    next: u64,
    /// The round's number of claims when counting began; after another one it begins anew.
    claims: u64,
    json: Option<Bytes>,
}

/// The latest vote of each person on each pair.
#[derive(Default)]
struct Tally {
    persons: HashMap<(Address, String), u32>,
    latest: HashMap<(u32, u32, u32), usize>,
    /// In log order, so that the same log is added up in the same order.
    comparisons: Vec<Option<IndexedComparison>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BoardView {
    round: RoundId,
    votes: u32,
    voters: u32,
    ties: u32,
    position: Option<f64>,
    fragility: Option<Fragility>,
    warnings: Vec<BoardWarning>,
    rows: Vec<RowView>,
}

/// A row as it is served: the candidate's digest in place of its number.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RowView {
    candidate: CandidateId,
    rank: u32,
    rank_low: u32,
    rank_high: u32,
    rating: f64,
    low: f64,
    high: f64,
    share: f64,
    share_low: f64,
    share_high: f64,
    votes: u32,
    fragile: bool,
}

/// The board's JSON. It has every ballot that was accepted before this call; requests that come while one is being
/// fitted wait for it and share it.
///
/// To be run to its end: given up half-way, what was counted is lost, and the next request begins anew.
pub(crate) async fn of(service: &Service, round: Arc<LiveRound>) -> Result<Bytes, ServerError> {
    let (ballots, claims) = {
        let live = round.live.borrow();
        (live.totals.ballots, live.claims)
    };
    let mut kept = round.board.lock().await;
    if let Some(json) = &kept.json
        && kept.next >= ballots
        && kept.claims >= claims
    {
        return Ok(json.clone());
    }
    // Taken out while it is worked on: should that fail, the next request begins with an empty one.
    let mut cache = std::mem::take(&mut *kept);
    let counted = round.clone();
    let count = service.store.read(move |reader| {
        if cache.claims != claims {
            cache = BoardCache { claims, ..BoardCache::default() };
        }
        cache.count(reader, &counted)?;
        Ok(cache)
    });
    let cache = count.await?;
    // Without a connection: a long fit must not stand in the way of ballots that are to be checked.
    let fitted = round.clone();
    let fit = tokio::task::spawn_blocking(move || {
        let json = cache.fit(&fitted)?;
        Ok::<_, ServerError>((cache, json))
    });
    let (mut cache, json) =
        fit.await.map_err(|error| ServerError::internal("fitting a board panicked", error))??;
    cache.json = Some(json.clone());
    *kept = cache;
    Ok(json)
}

impl BoardCache {
    /// Counts the ballots that came since the last time.
    fn count(&mut self, reader: &Reader<'_>, round: &LiveRound) -> Result<(), ServerError> {
        let Self { tally, next, .. } = self;
        reader.each_accepted(round.key, &round.id, *next, |line, voter| {
            let entry: LogEntry = serde_json::from_slice(line)
                .map_err(|error| ServerError::internal("a line of the log cannot be read", error))?;
            let imported = !entry.signed.ballot.source.is_empty();
            let person = tally.person(voter, entry.signed.ballot.source);
            for vote in &entry.signed.ballot.votes {
                tally.count(person, vote, imported, &round.places);
            }
            *next = entry.index + 1;
            Ok(())
        })
    }

    fn fit(&self, round: &LiveRound) -> Result<Bytes, ServerError> {
        let comparisons: Vec<IndexedComparison> = self.tally.comparisons.iter().flatten().copied().collect();
        let board = Board::fit(round.places.len(), &comparisons, &BoardOptions::full())
            .map_err(|error| ServerError::internal("the board cannot be fitted", error))?;
        let json = serde_json::to_vec(&view(round, board))
            .map_err(|error| ServerError::internal("the board has no JSON", error))?;
        Ok(json.into())
    }
}

impl Tally {
    fn person(&mut self, voter: Address, source: String) -> u32 {
        let next = self.persons.len() as u32;
        *self.persons.entry((voter, source)).or_insert(next)
    }

    fn count(&mut self, person: u32, vote: &Vote, imported: bool, places: &HashMap<CandidateId, u32>) {
        let Judgement::Duel { left, right, outcome } = vote.judgement else { return };
        let (Some(&left), Some(&right)) = (places.get(&left), places.get(&right)) else { return };
        let (winner, loser, tie) = match outcome {
            DuelOutcome::Left => (left, right, false),
            DuelOutcome::Right => (right, left, false),
            DuelOutcome::Tie => (left, right, true),
            DuelOutcome::Neither | DuelOutcome::Skip => {
                if let Some(earlier) = self.latest.remove(&(person, left.min(right), left.max(right))) {
                    self.comparisons[earlier] = None;
                }
                return;
            }
        };
        let question = (person, left.min(right), left.max(right));
        if let Some(earlier) = self.latest.insert(question, self.comparisons.len()) {
            self.comparisons[earlier] = None;
        }
        let winner_left = (!imported).then_some(winner == left);
        self.comparisons.push(Some(IndexedComparison {
            winner,
            loser,
            weight: 1.0,
            person,
            tie,
            winner_left,
        }));
    }
}

fn view(round: &LiveRound, board: Board) -> BoardView {
    let row = |row: BoardRow| RowView {
        candidate: round.signed.round.candidates[row.candidate as usize].id,
        rank: row.rank,
        rank_low: row.rank_low,
        rank_high: row.rank_high,
        rating: row.rating,
        low: row.low,
        high: row.high,
        share: row.share,
        share_low: row.share_low,
        share_high: row.share_high,
        votes: row.votes,
        fragile: row.fragile,
    };
    BoardView {
        round: round.id,
        votes: board.votes,
        voters: board.voters,
        ties: board.ties,
        position: board.position,
        fragility: board.fragility,
        warnings: board.warnings,
        rows: board.rows.into_iter().map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use taste_core::Digest;

    #[test]
    fn the_latest_answer_of_a_person_on_a_pair_is_the_one_that_ranks() {
        let id = |n: u8| Digest([n; 32]);
        let places: HashMap<_, _> = [(id(1), 0), (id(2), 1), (id(3), 2)].into();
        let mut tally = Tally::default();
        let (ann, bob) =
            (tally.person(Address::ZERO, String::new()), tally.person(Address::ZERO, "csv:a".into()));
        assert_eq!(tally.person(Address::ZERO, String::new()), ann);
        let mut vote = |person, left, right, outcome| {
            tally.count(person, &Vote::duel(id(left), id(right), outcome).unwrap(), false, &places);
            tally
                .comparisons
                .iter()
                .flatten()
                .map(|c| (c.person, c.winner, c.loser, c.tie))
                .collect::<Vec<_>>()
        };
        assert_eq!(vote(ann, 1, 2, DuelOutcome::Left), [(ann, 0, 1, false)]);
        assert_eq!(vote(ann, 2, 1, DuelOutcome::Left), [(ann, 1, 0, false)]);
        assert_eq!(vote(bob, 1, 2, DuelOutcome::Tie), [(ann, 1, 0, false), (bob, 0, 1, true)]);
        assert_eq!(vote(ann, 1, 2, DuelOutcome::Neither), [(bob, 0, 1, true)]);
        assert_eq!(vote(bob, 3, 1, DuelOutcome::Skip), [(bob, 0, 1, true)]);
        assert_eq!(vote(bob, 1, 2, DuelOutcome::Skip), []);
    }

    #[test]
    fn the_side_is_known_of_what_was_shown_here_and_not_of_what_was_imported() {
        let id = |n: u8| Digest([n; 32]);
        let places: HashMap<_, _> = [(id(1), 0), (id(2), 1)].into();
        let mut tally = Tally::default();
        let own = [(DuelOutcome::Left, true), (DuelOutcome::Right, false), (DuelOutcome::Tie, true)];
        for (person, (outcome, _)) in own.into_iter().enumerate() {
            tally.count(person as u32, &Vote::duel(id(2), id(1), outcome).unwrap(), false, &places);
        }
        tally.count(9, &Vote::duel(id(2), id(1), DuelOutcome::Left).unwrap(), true, &places);
        let sides: Vec<_> = tally.comparisons.iter().flatten().map(|c| (c.winner, c.winner_left)).collect();
        assert_eq!(sides, [(1, Some(true)), (0, Some(false)), (1, Some(true)), (1, None)]);
    }
}
