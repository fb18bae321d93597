//! From the log of a round to what is learned from: persons, candidates, and one vote a question.

use std::collections::{BTreeMap, HashMap};

use taste_ballot::{Address, LogEntry};
use taste_core::{
    ApprovalOutcome, CandidateId, Comparison, Digest, DuelOutcome, EncoderId, Judgement, RoundId, Vote,
};
use taste_model::{Answered, Consistency, Reliability, strength_weight};

use crate::{
    claims::{KnownClaims, Owners},
    error::TrainError,
};

/// Candidates with their embeddings, in the order of the round's manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct EmbeddedCandidates {
    ids: Vec<CandidateId>,
    encoder: EncoderId,
    embeddings: Vec<f32>,
    dimension: usize,
    halves: bool,
}

impl EmbeddedCandidates {
    /// From row-major embeddings `[n, d]`, all made by one encoder.
    ///
    /// # Errors
    /// [`TrainError::Candidates`] when the numbers are not n rows of one length, [`TrainError::Core`] when one is not
    /// finite.
    pub fn new(ids: Vec<CandidateId>, encoder: EncoderId, embeddings: Vec<f32>) -> Result<Self, TrainError> {
        if ids.len() < 2 {
            return Err(TrainError::Candidates { what: "candidates", found: ids.len(), expected: 2 });
        }
        let dimension = embeddings.len() / ids.len();
        if dimension == 0 || dimension * ids.len() != embeddings.len() {
            let expected = dimension.max(1) * ids.len();
            return Err(TrainError::Candidates {
                what: "numbers of embeddings",
                found: embeddings.len(),
                expected,
            });
        }
        if let Some(at) = embeddings.iter().position(|value| !value.is_finite()) {
            return Err(taste_core::CoreError::EmbeddingNotFinite { index: at % dimension }.into());
        }
        Ok(Self { ids, encoder, embeddings, dimension, halves: false })
    }

    /// The same in a round that gives half stars, or not: the least that can be given is then a half, or one.
    pub fn with_half_stars(self, halves: bool) -> Self {
        Self { halves, ..self }
    }

    /// From one embedding a candidate, where some could not be made. Such a candidate gets the mean of the others: its
    /// content then says nothing for or against it, and only its own votes move it. Embeddings of another length than
    /// `dimension` count as not made.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_gaps(
        ids: Vec<CandidateId>,
        encoder: EncoderId,
        dimension: usize,
        rows: &[Option<Vec<f32>>],
    ) -> Result<Self, TrainError> {
        let known: Vec<&Vec<f32>> = rows.iter().flatten().filter(|row| row.len() == dimension).collect();
        let mut mean = vec![0.0f64; dimension];
        for row in &known {
            mean.iter_mut().zip(row.iter()).for_each(|(sum, value)| *sum += f64::from(*value));
        }
        let mean: Vec<f32> = mean.iter().map(|sum| (sum / known.len().max(1) as f64) as f32).collect();
        let mut embeddings = Vec::with_capacity(rows.len() * dimension);
        for row in rows {
            embeddings.extend(row.as_ref().filter(|row| row.len() == dimension).unwrap_or(&mean));
        }
        Self::new(ids, encoder, embeddings)
    }

    /// The candidates' ids.
    pub fn ids(&self) -> &[CandidateId] {
        &self.ids
    }

    /// n, how many candidates.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Never: two candidates are the fewest.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// d, how many numbers an embedding has.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Which encoder made the embeddings.
    pub fn encoder(&self) -> &EncoderId {
        &self.encoder
    }

    /// Row-major `[n, d]`.
    pub fn embeddings(&self) -> &[f32] {
        &self.embeddings
    }

    /// One candidate's embedding.
    pub fn embedding(&self, candidate: usize) -> &[f32] {
        &self.embeddings[candidate * self.dimension..(candidate + 1) * self.dimension]
    }
}

/// Whose taste a vote tells of: the effective voter, and where an importer took the judgement from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Person {
    /// The wallet where the session key was granted or claimed, else the guest's own key.
    pub voter: Address,
    /// Empty for a person's own votes.
    pub source: String,
}

/// Something that a vote says, with persons and candidates by number. A ranking and a points vote say several such things.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Opinion {
    /// Index into [`Dataset::persons`].
    pub person: usize,
    /// Which vote says it, numbered in log order: what one vote says is learned, told and held out together.
    pub vote: usize,
    /// What was said.
    pub answer: Answer,
    /// How much it counts, above 0 to 2, as its voter's strength says ([`strength_weight`]); 1 where none was stated. What a
    /// ranking or a points vote says is lighter, as [`Vote::comparisons`] has it. The person's own device weighs it by the same
    /// number.
    pub weight: f64,
}

impl Opinion {
    /// What each half of a *neither* weighs, as [`taste_model::Taste::update`] has it.
    pub(crate) fn neither_weight(&self, neither_weight: f64) -> f64 {
        (self.weight * neither_weight).min(MAX_WEIGHT)
    }
}

/// The most that one vote weighs, as [`taste_model::Observation`] has it.
const MAX_WEIGHT: f64 = 100.0;

/// What was said of which candidates (indices into [`EmbeddedCandidates::candidates`]). Never a skip.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Answer {
    /// This or that, in the order shown.
    Duel {
        /// Shown left.
        left: usize,
        /// Shown right.
        right: usize,
        /// Left, right, tie or neither.
        outcome: DuelOutcome,
    },
    /// For or against.
    Approval {
        /// The candidate.
        candidate: usize,
        /// Whether it is liked.
        liked: bool,
    },
    /// Stars.
    Stars {
        /// The candidate.
        candidate: usize,
        /// Where on the round's scale, 0 to 1 ([`taste_core::Stars::response`]): one of the ordered levels between the crowd's cut
        /// points.
        response: f64,
    },
    /// Part of a ranking or of a points vote: no side was shown, and there was no tie to say.
    Preference {
        /// The preferred one.
        winner: usize,
        /// The other.
        loser: usize,
    },
}

impl Answer {
    /// Whether one of two won.
    pub fn is_decisive(&self) -> bool {
        matches!(
            self,
            Self::Duel { outcome: DuelOutcome::Left | DuelOutcome::Right, .. } | Self::Preference { .. }
        )
    }

    /// The candidates it is about.
    pub fn candidates(&self) -> impl Iterator<Item = usize> {
        let (first, second) = match *self {
            Self::Duel { left, right, .. } => (left, Some(right)),
            Self::Approval { candidate, .. } | Self::Stars { candidate, .. } => (candidate, None),
            Self::Preference { winner, loser } => (winner, Some(loser)),
        };
        std::iter::once(first).chain(second)
    }
}

/// Everything that training and evaluation read.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// Which round.
    pub round: RoundId,
    /// What is judged.
    pub candidates: EmbeddedCandidates,
    /// Who judged.
    pub persons: Vec<Person>,
    /// What was said, in log order, by one vote a question and person.
    pub opinions: Vec<Opinion>,
    /// When each vote was accepted, in Unix seconds, by the votes' numbers; empty where it was not made from a log.
    pub times: Vec<u64>,
    /// How many log entries it was made from; 0 where it was not made from a log.
    pub log_size: u64,
    /// The RFC 6962 root of that log.
    pub log_root: Digest,
    /// Which of its voters were known to be claimed session keys.
    pub claims: KnownClaims,
    /// How many levels the scale of its stars has; 0 where nobody gave any.
    pub star_levels: usize,
    /// What each person said of pairs that they were asked twice, by number.
    pub consistency: Vec<Consistency>,
    /// How often duels were answered left, right, tie and neither; replaced ones, too.
    pub duel_answers: [u64; 4],
}

impl Dataset {
    /// Reads the log of a round: one NDJSON line an entry (without the line end), in order, from index 0.
    ///
    /// `claims` names the wallet of every session key that was claimed: votes that the key gave as a guest belong to the
    /// wallet. A later vote on the same question by the same person replaces the earlier one. Signatures are not verified
    /// again: the server did before it wrote the log, and anyone else can (`taste_ballot::SignedBallot::verify`, with the
    /// second in which the entry was accepted).
    ///
    /// # Errors
    /// [`TrainError::LogLine`], [`TrainError::LogOrder`], [`TrainError::ForeignRound`], [`TrainError::UnknownCandidate`].
    pub fn from_log<'a>(
        round: RoundId,
        candidates: EmbeddedCandidates,
        lines: impl IntoIterator<Item = &'a [u8]>,
        claims: &BTreeMap<Address, Address>,
    ) -> Result<Self, TrainError> {
        Self::read(round, candidates, lines, Owners::new(claims, None))
    }

    /// The same, whoever owns the votes.
    pub(crate) fn read<'a>(
        round: RoundId,
        candidates: EmbeddedCandidates,
        lines: impl IntoIterator<Item = &'a [u8]>,
        mut owners: Owners<'_>,
    ) -> Result<Self, TrainError> {
        let mut tree = taste_ledger::Tree::new();
        let (mut votes, mut times) = (vec![], vec![]);
        for (line, bytes) in lines.into_iter().enumerate() {
            tree.push(bytes);
            let entry: LogEntry =
                serde_json::from_slice(bytes).map_err(|source| TrainError::LogLine { line, source })?;
            if entry.index != line as u64 {
                return Err(TrainError::LogOrder { line, found: entry.index });
            }
            let ballot = entry.signed.ballot;
            if ballot.round != round {
                return Err(TrainError::ForeignRound { line, found: ballot.round });
            }
            let voter = owners.of(ballot.voter)?;
            times.resize(times.len() + ballot.votes.len(), entry.accepted_at);
            votes.extend(
                ballot.votes.into_iter().map(|vote| (Person { voter, source: ballot.source.clone() }, vote)),
            );
        }
        let mut dataset = Self::from_votes(round, candidates, votes)?;
        dataset.times = times;
        dataset.log_size = tree.size();
        dataset.log_root = tree.root();
        dataset.claims = owners.finish()?;
        Ok(dataset)
    }

    /// From votes that are not in a log, in the order in which they were given.
    ///
    /// # Errors
    /// [`TrainError::UnknownCandidate`].
    pub fn from_votes(
        round: RoundId,
        candidates: EmbeddedCandidates,
        votes: impl IntoIterator<Item = (Person, Vote)>,
    ) -> Result<Self, TrainError> {
        let places: HashMap<CandidateId, usize> =
            candidates.ids.iter().enumerate().map(|(index, id)| (*id, index)).collect();
        let mut numbers: HashMap<Person, usize> = HashMap::new();
        let mut persons = vec![];
        let mut latest = HashMap::new();
        let mut opinions: Vec<Option<Opinion>> = vec![];
        let mut star_levels = 0;
        let mut consistency: Vec<Consistency> = vec![];
        let mut duel_answers = [0; 4];
        for (count, (person, vote)) in votes.into_iter().enumerate() {
            let place = |candidate: CandidateId| {
                places
                    .get(&candidate)
                    .copied()
                    .ok_or(TrainError::UnknownCandidate { voter: person.voter, candidate })
            };
            for candidate in vote.candidates() {
                place(candidate)?;
            }
            let answers: Vec<(Answer, f64)> = match vote.judgement {
                Judgement::Duel { outcome: DuelOutcome::Skip, .. }
                | Judgement::Approval { outcome: ApprovalOutcome::Skip, .. } => vec![],
                Judgement::Duel { left, right, outcome } => {
                    vec![(Answer::Duel { left: place(left)?, right: place(right)?, outcome }, 1.0)]
                }
                Judgement::Approval { candidate, outcome } => {
                    let liked = outcome == ApprovalOutcome::For;
                    vec![(Answer::Approval { candidate: place(candidate)?, liked }, 1.0)]
                }
                Judgement::Stars { candidate, stars } => {
                    let candidate = place(candidate)?;
                    if let Some(stars) = stars {
                        let of = usize::from(stars.of());
                        star_levels = star_levels.max(if candidates.halves { 2 * of } else { of });
                    }
                    let response = stars.map(|stars| stars.response(candidates.halves));
                    response
                        .map(|response| (Answer::Stars { candidate, response }, 1.0))
                        .into_iter()
                        .collect()
                }
                _ => {
                    let compared =
                        vote.comparisons().into_iter().map(|Comparison { winner, loser, weight }| {
                            Ok((Answer::Preference { winner: place(winner)?, loser: place(loser)? }, weight))
                        });
                    compared.collect::<Result<_, TrainError>>()?
                }
            };
            let number = *numbers.entry(person.clone()).or_insert_with(|| {
                persons.push(person.clone());
                persons.len() - 1
            });
            consistency.resize(persons.len(), Consistency::default());
            let drawn = vote.propensity.billionths() > 0;
            let answered = match vote.judgement {
                Judgement::Duel { left, right, outcome } => {
                    let (left, right) = (place(left)? as u32, place(right)? as u32);
                    if let Some(at) = Reliability::place(outcome) {
                        duel_answers[at] += 1;
                    }
                    Some(Answered { left, right, outcome })
                }
                _ => None,
            };
            // A skip also takes an earlier answer back.
            let own = opinions.len()..opinions.len() + answers.len();
            if let Some((earlier, before)) = latest.insert((number, vote.question().key()), (own, answered)) {
                opinions[earlier].fill(None);
                let both = before.zip(answered);
                if let Some(agreed) = both.and_then(|(before, now)| before.probe(now, drawn)) {
                    consistency[number].add(agreed);
                }
            }
            let strength = strength_weight(vote.strength);
            opinions.extend(answers.into_iter().map(|(answer, weight)| {
                Some(Opinion { person: number, vote: count, answer, weight: strength * weight })
            }));
        }
        let opinions = opinions.into_iter().flatten().collect();
        let log_root = taste_ledger::root([]);
        let claims = KnownClaims::default();
        let times = vec![];
        Ok(Self {
            round,
            candidates,
            persons,
            opinions,
            times,
            log_size: 0,
            log_root,
            claims,
            star_levels,
            consistency,
            duel_answers,
        })
    }

    /// How many votes say something.
    pub fn votes(&self) -> usize {
        self.opinions.chunk_by(|one, next| one.vote == next.vote).count()
    }

    /// The same candidates, and only what these persons said (numbers stay).
    pub fn of_persons(&self, keep: impl Fn(usize) -> bool) -> Self {
        Self { opinions: self.opinions.iter().copied().filter(|o| keep(o.person)).collect(), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use taste_ballot::{Ballot, SessionKey};
    use taste_core::Strength;

    const ROUND: RoundId = Digest([9; 32]);

    fn id(number: u8) -> CandidateId {
        Digest([number; 32])
    }

    fn content() -> EmbeddedCandidates {
        EmbeddedCandidates::new(
            vec![id(1), id(2), id(3)],
            "test@1".into(),
            vec![1.0, 0.0, 0.0, 1.0, 0.6, 0.8],
        )
        .unwrap()
    }

    fn duel(left: u8, right: u8, outcome: DuelOutcome) -> Vote {
        Vote::duel(id(left), id(right), outcome).unwrap()
    }

    /// Log lines of ballots by these keys, as the server writes them.
    fn log(ballots: &[(u8, &str, Vec<Vote>)]) -> Vec<Vec<u8>> {
        ballots
            .iter()
            .enumerate()
            .map(|(index, (key, source, votes))| {
                let key = SessionKey::from_bytes(&[*key; 32]).unwrap();
                let ballot = Ballot {
                    round: ROUND,
                    voter: key.address(),
                    sequence: index as u64,
                    issued_at: 1,
                    deadline: 2,
                    source: (*source).into(),
                    votes: votes.clone(),
                };
                let signed = serde_json::to_string(&ballot.sign(&key)).unwrap();
                format!(r#"{{"index":"{index}","acceptedAt":"3","signed":{signed}}}"#).into_bytes()
            })
            .collect()
    }

    fn read(lines: &[Vec<u8>], claims: &BTreeMap<Address, Address>) -> Result<Dataset, TrainError> {
        Dataset::from_log(ROUND, content(), lines.iter().map(Vec::as_slice), claims)
    }

    #[test]
    fn a_later_vote_on_the_same_question_replaces_the_earlier_even_with_sides_swapped() {
        let lines = log(&[
            (1, "", vec![duel(1, 2, DuelOutcome::Left), duel(1, 3, DuelOutcome::Tie)]),
            (2, "", vec![duel(1, 2, DuelOutcome::Right)]),
            (1, "", vec![duel(2, 1, DuelOutcome::Left)]),
        ]);
        let dataset = read(&lines, &BTreeMap::new()).unwrap();
        let said: Vec<_> = dataset.opinions.iter().map(|o| (o.person, o.answer)).collect();
        assert_eq!(
            said,
            [
                (0, Answer::Duel { left: 0, right: 2, outcome: DuelOutcome::Tie }),
                (1, Answer::Duel { left: 0, right: 1, outcome: DuelOutcome::Right }),
                (0, Answer::Duel { left: 1, right: 0, outcome: DuelOutcome::Left }),
            ]
        );
        assert_eq!(dataset.log_size, 3);
        assert_eq!(dataset.log_root, taste_ledger::root(lines.iter().map(Vec::as_slice)));
    }

    #[test]
    fn what_a_claimed_guest_said_belongs_to_the_wallet_and_a_skip_takes_an_answer_back() {
        let address = |key: u8| SessionKey::from_bytes(&[key; 32]).unwrap().address();
        let lines = log(&[
            (1, "", vec![duel(1, 2, DuelOutcome::Left)]),
            (2, "", vec![Vote::approval(id(3), ApprovalOutcome::For), duel(1, 2, DuelOutcome::Skip)]),
        ]);
        let dataset = read(&lines, &BTreeMap::from([(address(1), address(2))])).unwrap();
        assert_eq!(dataset.persons, [Person { voter: address(2), source: String::new() }]);
        assert_eq!(
            dataset.opinions,
            [Opinion {
                person: 0,
                vote: 1,
                answer: Answer::Approval { candidate: 2, liked: true },
                weight: 1.0
            }]
        );
        assert_eq!(dataset.claims.len(), 1);
    }

    #[test]
    fn a_vote_weighs_what_it_weighs_on_its_voters_device() {
        let strong = |strength: u8, vote: Vote| Vote { strength: Strength::new(strength).ok(), ..vote };
        let votes = vec![
            duel(1, 2, DuelOutcome::Left),
            strong(100, duel(1, 3, DuelOutcome::Tie)),
            strong(50, Vote::approval(id(1), ApprovalOutcome::Against)),
            strong(1, duel(2, 3, DuelOutcome::Neither)),
            // Of two votes on a question the later one's strength counts, as its answer does.
            strong(9, duel(2, 1, DuelOutcome::Left)),
        ];
        let dataset = read(&log(&[(1, "", votes)]), &BTreeMap::new()).unwrap();
        let weights: Vec<f64> = dataset.opinions.iter().map(|opinion| opinion.weight).collect();
        assert_eq!(weights, [2.0, 1.0, 0.02, 0.18]);
        assert_eq!([0.5, 1e4].map(|half| dataset.opinions[0].neither_weight(half)), [1.0, 100.0]);
    }

    #[test]
    fn a_candidate_without_an_embedding_gets_the_mean_of_the_others() {
        let ids = |n: u8| (0..n).map(id).collect::<Vec<_>>();
        let rows = [Some(vec![1.0, 0.0]), None, Some(vec![0.0, 1.0]), Some(vec![9.0])];
        let filled = EmbeddedCandidates::with_gaps(ids(4), "test@1".into(), 2, &rows).unwrap();
        assert_eq!(filled.embeddings(), [1.0, 0.0, 0.5, 0.5, 0.0, 1.0, 0.5, 0.5]);
        let none = EmbeddedCandidates::with_gaps(ids(2), "test@1".into(), 2, &[None, None]).unwrap();
        assert_eq!(none.embeddings(), [0.0; 4]);
    }

    #[test]
    fn an_importers_sources_are_persons_of_their_own() {
        let vote = || vec![duel(1, 2, DuelOutcome::Left)];
        let dataset =
            read(&log(&[(1, "csv:a#1", vote()), (1, "csv:a#2", vote())]), &BTreeMap::new()).unwrap();
        assert_eq!((dataset.persons.len(), dataset.opinions.len()), (2, 2));
    }

    #[test]
    fn each_broken_log_is_named() {
        let good = log(&[
            (1, "", vec![duel(1, 2, DuelOutcome::Left)]),
            (2, "", vec![duel(1, 3, DuelOutcome::Left)]),
        ]);
        let code = |lines: &[Vec<u8>]| read(lines, &BTreeMap::new()).unwrap_err().code();
        assert_eq!(code(&good[1..]), "TrainError::LogOrder");
        assert_eq!(code(&[good[0][..40].to_vec()]), "TrainError::LogLine");
        assert_eq!(
            code(&log(&[(1, "", vec![duel(1, 7, DuelOutcome::Left)])])),
            "TrainError::UnknownCandidate"
        );
        let lines = good.iter().map(Vec::as_slice);
        let foreign = Dataset::from_log(id(1), content(), lines, &BTreeMap::new());
        assert_eq!(foreign.unwrap_err().code(), "TrainError::ForeignRound");
    }

    #[test]
    fn every_kind_says_what_it_says_once_and_a_later_vote_replaces_it_whole() {
        let (ids, alice) =
            (vec![id(1), id(2), id(3)], Person { voter: Address::ZERO, source: String::new() });
        let said = |votes: &[Vote]| -> Vec<(usize, Answer, f64)> {
            let votes = votes.iter().map(|vote| (alice.clone(), vote.clone()));
            let dataset = Dataset::from_votes(ROUND, content().with_half_stars(true), votes).unwrap();
            dataset.opinions.iter().map(|opinion| (opinion.vote, opinion.answer, opinion.weight)).collect()
        };
        let prefer = |winner, loser| Answer::Preference { winner, loser };
        let ranking = |order: Option<Vec<u8>>| Vote::ranking(ids.clone(), order).unwrap();
        let third = 2.0 / 3.0;
        assert_eq!(
            said(&[ranking(Some(vec![2, 0, 1]))]),
            [(0, prefer(2, 0), third), (0, prefer(2, 1), third), (0, prefer(0, 1), third)]
        );
        let again = said(&[ranking(Some(vec![2, 0, 1])), ranking(Some(vec![0, 1, 2]))]);
        assert_eq!(again.iter().map(|o| o.1).collect::<Vec<_>>(), [prefer(0, 1), prefer(0, 2), prefer(1, 2)]);
        assert_eq!(said(&[ranking(Some(vec![2, 0, 1])), ranking(None)]), []);

        let strong = Vote {
            strength: Strength::new(100).ok(),
            ..Vote::points(ids.clone(), Some(vec![4, 4, 0])).unwrap()
        };
        assert_eq!(said(&[strong]), [(0, prefer(0, 2), 2.0 * third), (0, prefer(1, 2), 2.0 * third)]);

        let stars = |half_steps| Vote::stars(id(2), Some(taste_core::Stars::new(half_steps, 5).unwrap()));
        let response = |votes: &[Vote]| said(votes).iter().map(|o| o.1).collect::<Vec<_>>();
        assert_eq!(response(&[stars(1)]), [Answer::Stars { candidate: 1, response: 0.0 }]);
        assert_eq!(response(&[stars(1), stars(10)]), [Answer::Stars { candidate: 1, response: 1.0 }]);
        assert_eq!(response(&[stars(1), Vote::stars(id(2), None)]), []);
        assert_eq!(response(&[stars(1), Vote::approval(id(2), ApprovalOutcome::For)]).len(), 2);

        let foreign = Vote::ranking(vec![id(1), id(9)], None).unwrap();
        let refused = Dataset::from_votes(ROUND, content(), [(alice.clone(), foreign)]);
        assert_eq!(refused.unwrap_err().code(), "TrainError::UnknownCandidate");
    }
}
