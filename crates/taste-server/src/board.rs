//! The board of a round: kept up with the log, fitted when somebody asks.
//!
//! A person's later vote on a question replaces the earlier one; a skip or "neither" takes it back. Which side a candidate
//! was shown on counts in a person's own duels alone: an importer's sources may name the winner first. What votes of other
//! kinds say of two candidates, `taste-model` knows ([`Compared`]), as well as how a board is fitted.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::body::Bytes;
use serde::{Deserialize, Serialize};
use taste_ballot::{Address, LogEntry};
use taste_core::{ApprovalOutcome, CandidateId, DuelOutcome, Judgement, RoundId, Vote, VoteKind};
use taste_model::{
    Answered, Board, BoardOptions, BoardRow, BoardWarning, Bridging, Compared, Consistency, Crew, DriftRow,
    Fragility, IndexedComparison, Job, Reliability, drift,
};

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
    moved: Option<Moved>,
}

/// A board with what moved since a time, as last fitted. It reads the whole log and draws persons many times, and a page asks for
/// it as often as for a plain one: while votes come in, one serves for some multiple of the time that it took.
struct Moved {
    since: u64,
    json: Bytes,
    /// Of the log: ballots and claims that it counts.
    counted: (u64, u64),
    fitted: Instant,
    took: Duration,
}

/// A server works at most one part in so many on what moved in a round.
const MOVED_REST: u32 = 10;

impl Moved {
    fn serves(&self, since: u64, counted: (u64, u64)) -> bool {
        self.since == since
            && (self.counted == counted || self.fitted.elapsed() < self.took.saturating_mul(MOVED_REST))
    }
}

/// The latest vote of each person on each question.
#[derive(Default)]
struct Tally {
    persons: HashMap<(Address, String), u32>,
    /// A person's answer on a pair: how it was shown, and where it is among `duels`, if it speaks.
    latest: HashMap<(u32, u32, u32), (Answered, Option<usize>)>,
    /// What persons said of pairs that they were asked twice.
    consistency: BTreeMap<u32, Consistency>,
    /// How often duels were answered left, right, tie and neither.
    answers: [u64; 4],
    /// Duels in log order, so that the same log is added up in the same order.
    duels: Vec<Option<IndexedComparison>>,
    /// How likely the question of each of them was; 0 where that is not known.
    propensities: Vec<f64>,
    latest_set: HashMap<(u32, VoteKind, Box<[u32]>), usize>,
    /// Rankings and points votes, likewise.
    sets: Vec<Option<Vec<IndexedComparison>>>,
    /// Approvals and stars: each person's levels by candidate, and when they were given, each kind for itself.
    ratings: BTreeMap<(u32, VoteKind), BTreeMap<u32, (u32, u64)>>,
    /// When each of the duels and each of the sets was accepted, and the last ballot.
    duel_times: Vec<u64>,
    set_times: Vec<u64>,
    last: u64,
}

/// Most and fewest draws of persons for the intervals of what moved: a standard deviation of so few is right to a tenth.
const DRAWS: [u32; 2] = [200, 50];
/// Comparisons that all draws go through together, where the fewest are not more.
const DRAWN: usize = 20_000_000;
/// The most that one duel counts where duels count by their propensities; half of the questions are drawn from all pairs alike
/// unless a page says otherwise, so that few are as unlikely as this.
const HEAVIEST: f64 = 20.0;
/// Half of a 95 % interval, in standard deviations.
const Z95: f64 = 1.959_963_984_540_054;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BoardView {
    round: RoundId,
    /// Unix seconds, decimal: what moved is counted from the log as it was then.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    /// Seconds after which a vote weighs half, where the board was asked for so; null where the model knows of none.
    #[serde(skip_serializing_if = "Option::is_none")]
    half_life: Option<Option<f64>>,
    /// Where persons weigh as much as they mean what they say.
    #[serde(skip_serializing_if = "Option::is_none")]
    reliability: Option<ReliabilityView>,
    votes: u32,
    voters: u32,
    ties: u32,
    position: Option<f64>,
    fragility: Option<Fragility>,
    warnings: Vec<BoardWarning>,
    /// Persons in each group of like-minded ones.
    groups: Vec<u32>,
    rows: Vec<RowView>,
}

/// What persons' weights come from.
#[derive(Clone, Copy, Serialize)]
struct ReliabilityView {
    /// Pairs that persons were asked twice, and in how many they said the same.
    probes: u32,
    agreed: u32,
    /// How often two answers agree that are both meant, and by chance; null where there were too few, and all weigh the same.
    meant: Option<f64>,
    chance: Option<f64>,
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
    /// The product of its expected shares in the groups, and the least of them.
    consensus: f64,
    bridging: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    drift: Option<DriftView>,
}

/// How far a row moved.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DriftView {
    rating: f64,
    low: f64,
    high: f64,
    rank_then: u32,
}

impl DriftView {
    fn of(row: &DriftRow) -> Self {
        let &DriftRow { rating, deviation, rank_then, .. } = row;
        Self { rating, low: rating - Z95 * deviation, high: rating + Z95 * deviation, rank_then }
    }
}

/// Two threads: a board is fitted in the background, and ballots are checked meanwhile.
struct Pair;

impl Crew for Pair {
    fn size(&self) -> usize {
        2
    }

    fn run(&self, jobs: Vec<Job<'_>>) {
        let jobs = Mutex::new(jobs.into_iter());
        // Nothing panics while it holds the lock, which is let go before a job begins.
        let next = || jobs.lock().unwrap_or_else(PoisonError::into_inner).next();
        let work = || std::iter::from_fn(next).for_each(|job| job());
        std::thread::scope(|scope| {
            scope.spawn(work);
            work();
        });
    }
}

/// The board that there would be without a voter's votes, whatever their source. It is fitted for this request alone, one at a
/// time in each round.
pub(crate) async fn without(
    service: &Service,
    round: Arc<LiveRound>,
    voter: Address,
) -> Result<Bytes, ServerError> {
    of(service, round.clone()).await?;
    let kept = round.board.lock().await;
    let numbers: Vec<u32> =
        kept.tally.persons.iter().filter(|((own, _), _)| *own == voter).map(|(_, &number)| number).collect();
    let compared =
        numbers.into_iter().fold(kept.tally.compared(), |compared, person| compared.without(person));
    let fitted = round.clone();
    let fit = tokio::task::spawn_blocking(move || json(&fitted, &compared, Beside::Nothing));
    fit.await.map_err(|error| ServerError::internal("fitting a board panicked", error))?
}

/// The board with what moved since a time: beside the one that there would have been, had the log ended with the last ballot that
/// was accepted by then. Whose votes are whose is as it is known now, so that a claim moves nobody. Fitted one at a time in each
/// round; who asks since the same time soon after gets the same ([`Moved`]).
pub(crate) async fn since(
    service: &Service,
    round: Arc<LiveRound>,
    since: u64,
) -> Result<Bytes, ServerError> {
    of(service, round.clone()).await?;
    let mut kept = round.board.lock().await;
    let state = (kept.next, kept.claims);
    if let Some(moved) = kept.moved.as_ref().filter(|moved| moved.serves(since, state)) {
        return Ok(moved.json.clone());
    }
    let began = Instant::now();
    let counted = round.clone();
    // The persons of now, so that both boards number them alike.
    let mut then = Tally { persons: kept.tally.persons.clone(), ..Tally::default() };
    let count = service.store.read(move |reader| {
        reader.each_accepted(counted.key, &counted.id, 0, |line, voter| {
            let entry: LogEntry = serde_json::from_slice(line)
                .map_err(|error| ServerError::internal("a line of the log cannot be read", error))?;
            if entry.accepted_at <= since {
                then.take(voter, entry, &counted.places);
            }
            Ok(())
        })?;
        Ok(then)
    });
    let then = count.await?;
    let (now, then) = (kept.tally.compared(), then.compared());
    let fitted = round.clone();
    let fit = tokio::task::spawn_blocking(move || json(&fitted, &now, Beside::Then(since, &then)));
    let json = fit.await.map_err(|error| ServerError::internal("fitting a board panicked", error))??;
    let (fitted, took) = (Instant::now(), began.elapsed());
    kept.moved = Some(Moved { since, json: json.clone(), counted: state, fitted, took });
    Ok(json)
}

/// After how long a vote is to weigh half.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum HalfLife {
    /// As the round's model has it, estimated from the log.
    Model,
    /// After so many seconds.
    Seconds(f64),
}

/// The board as of the last ballot, to which earlier votes count the less the older they are. Where the model knows of no
/// half-life, every vote counts the same. Fitted for this request alone, one at a time in each round.
pub(crate) async fn aged(
    service: &Service,
    round: Arc<LiveRound>,
    half_life: HalfLife,
) -> Result<Bytes, ServerError> {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct Metrics {
        half_life: Option<f64>,
    }
    let half_life = match half_life {
        HalfLife::Seconds(seconds) => Some(seconds),
        HalfLife::Model => {
            let model = round.live.borrow().model.clone();
            let read = |metrics: &str| serde_json::from_str::<Metrics>(metrics).unwrap_or_default().half_life;
            model.and_then(|model| read(model.metrics.get()))
        }
    };
    of(service, round.clone()).await?;
    let kept = round.board.lock().await;
    let (compared, times, last) = (kept.tally.compared(), kept.tally.times(), kept.tally.last);
    let fitted = round.clone();
    let fit = tokio::task::spawn_blocking(move || {
        let unfit = |error| ServerError::internal("votes cannot be made older", error);
        let compared = match half_life {
            Some(half_life) => compared.decayed(&times, last, half_life).map_err(unfit)?,
            None => compared,
        };
        json(&fitted, &compared, Beside::HalfLife(half_life))
    });
    fit.await.map_err(|error| ServerError::internal("fitting a board panicked", error))?
}

/// The board on which a person's votes weigh as much as they mean what they say, by the pairs that they were asked twice. Where
/// too few were, everybody's weigh the same. Fitted for this request alone, one at a time in each round.
pub(crate) async fn weighed(service: &Service, round: Arc<LiveRound>) -> Result<Bytes, ServerError> {
    of(service, round.clone()).await?;
    let kept = round.board.lock().await;
    let (compared, reliability) = (kept.tally.compared(), kept.tally.reliability());
    let consistency = kept.tally.consistency.clone();
    let fitted = round.clone();
    let fit = tokio::task::spawn_blocking(move || {
        let unfit = |error| ServerError::internal("votes cannot be weighed", error);
        let own = |person| consistency.get(&person).copied().unwrap_or_default();
        let compared = match &reliability {
            Some(found) => compared.weighed(|person| found.of(own(person))).map_err(unfit)?,
            None => compared,
        };
        let probes = consistency.values().map(|said| said.probes).sum();
        let agreed = consistency.values().map(|said| said.agreed).sum();
        let seen = ReliabilityView {
            probes,
            agreed,
            meant: reliability.as_ref().map(|found| found.meant),
            chance: reliability.as_ref().map(|found| found.chance),
        };
        json(&fitted, &compared, Beside::Reliability(seen))
    });
    fit.await.map_err(|error| ServerError::internal("fitting a board panicked", error))?
}

/// The board as if every pair had been asked as often: what questions chosen for persons bend is straight again, at the price of
/// wider intervals. Fitted for this request alone, one at a time in each round.
pub(crate) async fn evened(service: &Service, round: Arc<LiveRound>) -> Result<Bytes, ServerError> {
    of(service, round.clone()).await?;
    let kept = round.board.lock().await;
    let compared = kept.tally.compared_evenly(round.places.len());
    let fitted = round.clone();
    let fit = tokio::task::spawn_blocking(move || json(&fitted, &compared, Beside::Nothing));
    fit.await.map_err(|error| ServerError::internal("fitting a board panicked", error))?
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
            cache = BoardCache { claims, moved: cache.moved, ..BoardCache::default() };
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
            *next = entry.index + 1;
            tally.take(voter, entry, &round.places);
            Ok(())
        })
    }

    fn fit(&self, round: &LiveRound) -> Result<Bytes, ServerError> {
        json(round, &self.tally.compared(), Beside::Nothing)
    }
}

/// What a board says besides.
enum Beside<'a> {
    Nothing,
    /// What spoke at an earlier time, and when.
    Then(u64, &'a Compared),
    /// After how long its votes weigh half.
    HalfLife(Option<f64>),
    /// What its persons' weights come from.
    Reliability(ReliabilityView),
}

fn json(round: &LiveRound, compared: &Compared, beside: Beside<'_>) -> Result<Bytes, ServerError> {
    let (candidates, options) = (round.places.len(), BoardOptions::full());
    let fitted = compared
        .board_with(candidates, &options, &Pair)
        .and_then(|board| Ok((board, Bridging::of(candidates, compared.comparisons(), &options, &Pair)?)));
    let unfit = |error| ServerError::internal("the board cannot be fitted", error);
    let (board, bridging) = fitted.map_err(unfit)?;
    let mut view = view(round, board, bridging);
    match &beside {
        Beside::HalfLife(half_life) => view.half_life = Some(*half_life),
        Beside::Reliability(seen) => view.reliability = Some(*seen),
        _ => {}
    }
    if let Beside::Then(since, then) = beside {
        let (then, now) = (then.comparisons(), compared.comparisons());
        let [most, fewest] = DRAWS;
        let draws = ((DRAWN / now.len().max(1)) as u32).clamp(fewest, most);
        let moved = drift(candidates, then, now, &options, draws, 0, &Pair).map_err(unfit)?;
        view.since = Some(since.to_string());
        for row in &mut view.rows {
            let place = round.places[&row.candidate] as usize;
            row.drift = Some(DriftView::of(&moved[place]));
        }
    }
    let json =
        serde_json::to_vec(&view).map_err(|error| ServerError::internal("the board has no JSON", error))?;
    Ok(json.into())
}

impl Tally {
    fn person(&mut self, voter: Address, source: String) -> u32 {
        let next = self.persons.len() as u32;
        *self.persons.entry((voter, source)).or_insert(next)
    }

    /// Counts a ballot of the log.
    fn take(&mut self, voter: Address, entry: LogEntry, places: &HashMap<CandidateId, u32>) {
        let imported = !entry.signed.ballot.source.is_empty();
        let person = self.person(voter, entry.signed.ballot.source);
        self.last = entry.accepted_at;
        for vote in &entry.signed.ballot.votes {
            self.count(person, vote, imported, places);
        }
    }

    fn count(&mut self, person: u32, vote: &Vote, imported: bool, places: &HashMap<CandidateId, u32>) {
        let place = |id: &CandidateId| places.get(id).copied();
        match &vote.judgement {
            Judgement::Duel { left, right, outcome } => {
                if let (Some(left), Some(right)) = (place(left), place(right)) {
                    let propensity = f64::from(vote.propensity.billionths()) * 1e-9;
                    self.duel(person, Answered { left, right, outcome: *outcome }, propensity, imported);
                }
            }
            Judgement::Approval { candidate, outcome } => {
                let level = match outcome {
                    ApprovalOutcome::For => Some(1),
                    ApprovalOutcome::Against => Some(0),
                    ApprovalOutcome::Skip => None,
                };
                self.rate(person, VoteKind::Approval, place(candidate), level);
            }
            Judgement::Stars { candidate, stars } => {
                let level = stars.map(|stars| stars.half_steps().into());
                self.rate(person, VoteKind::Stars, place(candidate), level);
            }
            Judgement::Ranking(_) | Judgement::Points(_) => self.set(person, vote, place),
            // What this server does not know, it does not accept either.
            _ => {}
        }
    }

    fn duel(&mut self, person: u32, answered: Answered, propensity: f64, imported: bool) {
        let Answered { left, right, outcome } = answered;
        let speaks = match outcome {
            DuelOutcome::Left => Some((left, right, false)),
            DuelOutcome::Right => Some((right, left, false)),
            DuelOutcome::Tie => Some((left, right, true)),
            DuelOutcome::Neither | DuelOutcome::Skip => None,
        };
        let place = speaks.is_some().then_some(self.duels.len());
        let question = (person, left.min(right), left.max(right));
        if let Some((before, earlier)) = self.latest.insert(question, (answered, place)) {
            if let Some(earlier) = earlier {
                self.duels[earlier] = None;
            }
            if let Some(agreed) = before.probe(answered, propensity > 0.0) {
                self.consistency.entry(person).or_default().add(agreed);
            }
        }
        if let Some(at) = Reliability::place(outcome) {
            self.answers[at] += 1;
        }
        let Some((winner, loser, tie)) = speaks else { return };
        let winner_left = (!imported).then_some(winner == left);
        self.duel_times.push(self.last);
        self.propensities.push(propensity);
        self.duels.push(Some(IndexedComparison { winner, loser, weight: 1.0, person, tie, winner_left }));
    }

    fn rate(&mut self, person: u32, kind: VoteKind, candidate: Option<u32>, level: Option<u32>) {
        let Some(candidate) = candidate else { return };
        let rated = self.ratings.entry((person, kind)).or_default();
        match level {
            Some(level) => rated.insert(candidate, (level, self.last)),
            None => rated.remove(&candidate),
        };
    }

    fn set(&mut self, person: u32, vote: &Vote, place: impl Fn(&CandidateId) -> Option<u32>) {
        let shown: Option<Box<[u32]>> = vote.candidates().iter().map(&place).collect();
        let Some(mut shown) = shown else { return };
        shown.sort_unstable();
        if let Some(earlier) = self.latest_set.insert((person, vote.kind(), shown), self.sets.len()) {
            self.sets[earlier] = None;
        }
        let compared = vote.comparisons().into_iter().filter_map(|comparison| {
            let (winner, loser) = (place(&comparison.winner)?, place(&comparison.loser)?);
            let weight = comparison.weight as f32;
            Some(IndexedComparison { winner, loser, weight, person, tie: false, winner_left: None })
        });
        self.set_times.push(self.last);
        self.sets.push(Some(compared.collect()));
    }

    /// How far persons mean what they say, where they were asked often enough a second time.
    fn reliability(&self) -> Option<Reliability> {
        let said: Vec<Consistency> = self.consistency.values().copied().collect();
        Reliability::estimate(&said, Reliability::chance_of(self.answers))
    }

    /// Everything that speaks now, always in the same order.
    fn compared(&self) -> Compared {
        self.compared_by(|_| 1.0)
    }

    /// The same with duels as heavy as if every pair had been asked as often: one that was likely counts less. Of those without
    /// a known propensity each counts as ever.
    fn compared_evenly(&self, candidates: usize) -> Compared {
        let pairs = (candidates * candidates.saturating_sub(1)) as f64 / 2.0;
        self.compared_by(|duel| match self.propensities[duel] {
            propensity if propensity > 0.0 => (1.0 / (propensity * pairs)).min(HEAVIEST),
            _ => 1.0,
        })
    }

    /// Everything that speaks now, each duel as heavy as its place among `duels` says.
    fn compared_by(&self, weight: impl Fn(usize) -> f64) -> Compared {
        let mut compared = Compared::new();
        for (place, duel) in self.duels.iter().enumerate() {
            if let Some(duel) = duel {
                compared.vote([IndexedComparison { weight: weight(place) as f32, ..*duel }]);
            }
        }
        self.sets.iter().flatten().for_each(|set| compared.vote(set.iter().copied()));
        for ((person, _), rated) in &self.ratings {
            let rated: Vec<(u32, u32)> =
                rated.iter().map(|(&candidate, &(level, _))| (candidate, level)).collect();
            compared.ratings(*person, &rated);
        }
        compared
    }

    /// When each vote of [`compared`](Self::compared) was accepted.
    fn times(&self) -> Vec<u64> {
        fn spoken<'a, T>(votes: &'a [Option<T>], times: &'a [u64]) -> impl Iterator<Item = u64> + 'a {
            votes.iter().zip(times).filter(|(vote, _)| vote.is_some()).map(|(_, &time)| time)
        }
        let rated = self.ratings.values().flat_map(BTreeMap::values).map(|&(_, time)| time);
        spoken(&self.duels, &self.duel_times)
            .chain(spoken(&self.sets, &self.set_times))
            .chain(rated)
            .collect()
    }
}

fn view(round: &LiveRound, board: Board, bridging: Bridging) -> BoardView {
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
        consensus: bridging.rows[row.candidate as usize].consensus,
        bridging: bridging.rows[row.candidate as usize].bridging,
        drift: None,
    };
    BoardView {
        round: round.id,
        since: None,
        half_life: None,
        reliability: None,
        votes: board.votes,
        voters: board.voters,
        ties: board.ties,
        position: board.position,
        fragility: board.fragility,
        warnings: board.warnings,
        groups: bridging.groups,
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
            tally.duels.iter().flatten().map(|c| (c.person, c.winner, c.loser, c.tie)).collect::<Vec<_>>()
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
        let sides: Vec<_> = tally.duels.iter().flatten().map(|c| (c.winner, c.winner_left)).collect();
        assert_eq!(sides, [(1, Some(true)), (0, Some(false)), (1, Some(true)), (1, None)]);
    }

    #[test]
    fn what_moved_is_served_again_until_more_came_and_ten_times_its_work_has_passed() {
        let now = Instant::now();
        let moved = |ago: u64| Moved {
            since: 7,
            json: Bytes::new(),
            counted: (20, 1),
            fitted: now - Duration::from_secs(ago),
            took: Duration::from_secs(2),
        };
        assert!(moved(500).serves(7, (20, 1)), "nothing came: as long as one likes");
        assert!(
            moved(10).serves(7, (21, 1)) && moved(10).serves(7, (20, 2)),
            "votes and claims came just now"
        );
        assert!(!moved(30).serves(7, (21, 1)), "and a good while ago");
        assert!(!moved(0).serves(8, (20, 1)), "another time is another board");
    }

    #[test]
    fn evened_a_question_that_was_chosen_counts_less_and_one_nobody_knows_the_chance_of_as_ever() {
        let mut tally = Tally::default();
        // Six pairs of four candidates.
        for (person, (left, right, billionths)) in
            [(1, 2, 500_000_000), (1, 3, 166_666_667), (1, 4, 1_000), (2, 3, 0)].into_iter().enumerate()
        {
            let propensity = taste_core::Propensity::from_billionths(billionths).unwrap();
            let vote = Vote::duel(id(left), id(right), DuelOutcome::Left).unwrap();
            tally.count(person as u32, &Vote { propensity, ..vote }, false, &places());
        }
        let weights = |compared: Compared| -> Vec<f32> {
            compared.comparisons().iter().map(|comparison| comparison.weight).collect()
        };
        let evened = weights(tally.compared_evenly(4));
        assert!((evened[0] - 1.0 / 3.0).abs() < 1e-6 && (evened[1] - 1.0).abs() < 1e-6, "{evened:?}");
        assert_eq!((evened[2], evened[3]), (HEAVIEST as f32, 1.0));
        assert_eq!(weights(tally.compared()), [1.0; 4]);
    }

    #[test]
    fn every_vote_that_speaks_has_its_time() {
        let mut tally = Tally::default();
        let ids = |numbers: &[u8]| numbers.iter().map(|&n| id(n)).collect::<Vec<_>>();
        let ranking = Vote::ranking(ids(&[1, 2, 3]), Some(vec![0, 1, 2])).unwrap();
        let duel = |outcome| Vote::duel(id(1), id(2), outcome).unwrap();
        let approve = |n| Vote::approval(id(n), ApprovalOutcome::For);
        let votes =
            [ranking, duel(DuelOutcome::Left), approve(3), duel(DuelOutcome::Right), approve(1), approve(3)];
        for (at, vote) in votes.iter().enumerate() {
            tally.last = 100 + at as u64;
            tally.count(0, vote, false, &places());
        }
        // The later duel, the ranking, and the approvals of 1 and 3 (the later one).
        assert_eq!(tally.times(), [103, 100, 104, 105]);
        assert!(tally.compared().decayed(&tally.times(), 105, 1.0).is_ok());
    }

    fn id(n: u8) -> CandidateId {
        Digest([n; 32])
    }

    fn places() -> HashMap<CandidateId, u32> {
        (1..=4).map(|n| (id(n), u32::from(n) - 1)).collect()
    }

    /// Winners and losers of what speaks after these votes of one person.
    fn said(votes: &[Vote]) -> Vec<(u32, u32)> {
        let mut tally = Tally::default();
        votes.iter().for_each(|vote| tally.count(0, vote, false, &places()));
        tally.compared().comparisons().iter().map(|c| (c.winner, c.loser)).collect()
    }

    #[test]
    fn a_later_vote_on_the_same_question_replaces_the_earlier_of_every_kind() {
        let ids = |numbers: &[u8]| numbers.iter().map(|&n| id(n)).collect::<Vec<_>>();
        let ranking = |shown: &[u8], order: Option<Vec<u8>>| Vote::ranking(ids(shown), order).unwrap();
        let first = ranking(&[1, 2, 3], Some(vec![0, 1, 2]));
        assert_eq!(said(std::slice::from_ref(&first)), [(0, 1), (0, 2), (1, 2)]);
        let turned = ranking(&[3, 1, 2], Some(vec![0, 2, 1]));
        assert_eq!(
            said(&[first.clone(), turned]),
            [(2, 1), (2, 0), (1, 0)],
            "the same three, shown otherwise"
        );
        let others = ranking(&[1, 2, 4], Some(vec![0, 1, 2]));
        assert_eq!(said(&[first.clone(), others]).len(), 6, "another question");
        assert_eq!(said(&[first.clone(), ranking(&[1, 2, 3], None)]), [], "a skip takes it back");

        let points = |given: Option<Vec<u16>>| Vote::points(ids(&[1, 2, 3]), given).unwrap();
        assert_eq!(said(&[points(Some(vec![5, 0, 3])), points(Some(vec![0, 9, 0]))]), [(1, 0), (1, 2)]);
        assert_eq!(said(&[first, points(Some(vec![1, 1, 1]))]).len(), 3, "kinds do not replace each other");

        let stars = |n, half_steps: u8| {
            Vote::stars(id(n), (half_steps > 0).then(|| taste_core::Stars::new(half_steps, 5).unwrap()))
        };
        assert_eq!(said(&[stars(1, 10), stars(2, 3)]), [(0, 1)]);
        assert_eq!(said(&[stars(1, 10), stars(2, 3), stars(1, 1)]), [(1, 0)]);
        assert_eq!(said(&[stars(1, 10), stars(2, 3), stars(1, 0)]), []);
        let approve = |n, outcome| Vote::approval(id(n), outcome);
        use ApprovalOutcome::{Against, For, Skip};
        assert_eq!(said(&[approve(1, For), approve(2, Against), approve(3, For)]), [(0, 1), (2, 1)]);
        assert_eq!(said(&[approve(1, For), approve(2, Against), approve(2, Skip)]), []);
        assert_eq!(said(&[approve(1, For), stars(2, 3)]), [], "stars and approvals are not one scale");
    }
}
