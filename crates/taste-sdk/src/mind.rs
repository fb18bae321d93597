//! Taste: the round's features under a model, and this person's posterior. It learns, chooses questions and guesses.
//!
//! The one file of this crate that speaks to `taste-model`. Everything here can be thrown away and rebuilt from the model's
//! files and the person's own votes, so none of it is saved.

use alloc::vec::Vec;
use taste_core::{CandidateId, Digest, Question, RoundId, Vote, VoteKind};
use taste_model::{
    Before, FeatureTable, Likelihood, ModelError, Observation, Passport, QuestionOptions, Retraced, Scored,
    Taste, choose_approval, choose_pair,
};

use crate::{
    advice::{Advisor, Plan, Planned, Wish},
    choose::{derive, propensity},
    error::SdkError,
    guess::Forecast,
};

/// So many votes are asked for before "enough is known" is said: a model that believes to know everybody would
/// otherwise ask nobody.
const ENOUGH_AFTER: usize = 24;
/// So many questions are drawn from all alike: a round's votes are to say who is ahead, and questions chosen for persons
/// alone do not.
const FOR_BOARD: f64 = 0.5;
/// A pair is asked once more after so many other votes at the earliest.
const PROBED_AFTER: usize = 12;

/// What a prediction is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// A candidate of the round.
    Candidate(CandidateId),
    /// Content that the page brings, as the model evaluates its embedding
    /// ([`TasteModel::evaluate`](taste_model::TasteModel::evaluate)). That is done elsewhere, because voting and predicting
    /// the round's own candidates need neither the model's file nor an encoder.
    Content {
        /// Crowd utility.
        utility: f32,
        /// The r features.
        features: Vec<f32>,
    },
}

/// A candidate on one scale for a person and the crowd: expected shares of duels won against the round's average candidate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Liking {
    /// This person's, in [0, 1].
    pub mine: f64,
    /// Lower end of its 95 % range.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// The crowd's.
    pub crowd: f64,
}

/// How many candidates explain a prediction.
const NEAREST: usize = 6;
/// From which likeness on a candidate is called near another: half of what people differ in about the one, they differ in about
/// the other.
const NEAR: f64 = 0.5;

/// Why a duel is predicted as it is, in log-odds of the left one.
#[derive(Clone, Debug, PartialEq)]
pub struct Reasons {
    /// What the crowd says; where a passport was carried over, what it says.
    pub before: f64,
    /// What this person's votes made of it.
    pub after: f64,
    /// How far each vote moved it, in the order learned; they sum to `after − before`.
    pub votes: Vec<f64>,
    /// The candidates voted on that are most like one of the two, the nearest first.
    pub nearest: Vec<Near>,
}

/// A candidate voted on that is like one of those predicted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near {
    /// Which.
    pub candidate: CandidateId,
    /// Whether it is more like the left one than like the right one.
    pub left: bool,
    /// How like, up to 1 ([`Prior::likeness`](taste_model::Prior::likeness)).
    pub likeness: f64,
    /// How far the votes on it moved the prediction.
    pub moved: f64,
}

/// One person's taste in one round. See [`Advisor`] for what a session asks of it.
#[derive(Debug)]
pub struct Mind {
    features: FeatureTable,
    /// Where each candidate is in the manifest, by id.
    index: Vec<(CandidateId, usize)>,
    ids: Vec<CandidateId>,
    /// Whether the round has half stars: where its scale begins.
    halves: bool,
    /// Before the votes of this round: the crowd, or what a passport brought.
    start: Taste,
    taste: Taste,
    votes: Vec<Vote>,
    /// How many questions are for the board, 0 to 1, rather than for this taste.
    board: f64,
}

impl Mind {
    /// From the features of a round under a model, which its digest names. `candidates` are the manifest's, in its order;
    /// `halves` as its rules say.
    ///
    /// # Errors
    /// [`SdkError::Features`] where the features are another model's or round's; [`SdkError::Model`] for a damaged file.
    pub fn new(
        features: &[u8],
        model: Digest,
        candidates: Vec<CandidateId>,
        halves: bool,
    ) -> Result<Self, SdkError> {
        let features = FeatureTable::from_bytes(features)?;
        if features.model() != model || features.len() != candidates.len() {
            return Err(SdkError::Features { expected: candidates.len(), found: features.len() });
        }
        let mut index: Vec<_> = candidates.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        index.sort_unstable();
        let start = Taste::crowd(features.prior());
        let taste = start.clone();
        Ok(Self {
            features,
            index,
            ids: candidates,
            halves,
            start,
            taste,
            votes: Vec::new(),
            board: FOR_BOARD,
        })
    }

    /// From now on so many questions, 0 to 1 (else as near as can be), are drawn from all alike, which teaches most of how the
    /// candidates rank; of the others, most are what teaches most of this person's taste. Half of them, where nothing is said.
    pub fn aim(&mut self, board: f64) {
        self.board = if board.is_nan() { FOR_BOARD } else { board.clamp(0.0, 1.0) };
    }

    /// What was learned so far, to take along; `at` is the time in seconds.
    ///
    /// # Errors
    /// [`SdkError::Model`] where the posterior is none.
    pub fn passport(&self, round: RoundId, at: u64) -> Result<Passport, SdkError> {
        Ok(Passport::new(&self.taste, self.features.prior(), self.features.model(), round, at)?)
    }

    /// Starts from what a passport brings instead of from the crowd; this round's votes come on top. A passport of an older
    /// model needs what that model made of the same candidates: `before`, its features file. `round` is this one.
    ///
    /// # Errors
    /// [`SdkError::PassportRound`], [`SdkError::Features`] for a features file of other candidates, and of [`SdkError::Model`]
    /// `PassportModel` where the model is another and `before` is not its. Nothing changed then.
    pub fn carry(
        &mut self,
        passport: &Passport,
        round: RoundId,
        before: Option<&[u8]>,
    ) -> Result<(), SdkError> {
        if passport.round() == round && !self.votes.is_empty() {
            return Err(SdkError::PassportRound);
        }
        let (prior, model) = (self.features.prior(), self.features.model());
        let start = match before {
            Some(bytes) if passport.model() != model => {
                let old = FeatureTable::from_bytes(bytes)?;
                if old.len() != self.features.len() {
                    return Err(SdkError::Features { expected: self.features.len(), found: old.len() });
                }
                let taste = passport.taste(old.prior(), old.model())?;
                let anchors = old.all().into_iter().zip(self.features.all());
                taste.carry((old.prior(), old.likelihood()), (prior, self.likelihood()), anchors)?
            }
            _ => passport.taste(prior, model)?,
        };
        self.begin_at(start);
        Ok(())
    }

    /// Starts from the crowd again: what a passport brought is gone, this round's votes stay.
    pub fn uncarry(&mut self) {
        self.begin_at(Taste::crowd(self.features.prior()));
    }

    fn begin_at(&mut self, start: Taste) {
        self.taste = start.clone();
        self.start = start;
        let votes = core::mem::take(&mut self.votes);
        votes.iter().for_each(|vote| self.take(vote));
        self.votes = votes;
    }

    /// Why the duel of these two is predicted as it is, as if neither were shown first.
    ///
    /// # Errors
    /// As [`Mind::predict`].
    pub fn explain(&self, left: &Subject, right: &Subject) -> Result<Reasons, SdkError> {
        let (left, right) = (self.measure(left)?, self.measure(right)?);
        let (left, right) = (left.scored()?, right.scored()?);
        let mut retraced = Retraced::new(self.start.clone());
        for vote in &self.votes {
            // As in `take`: what the model refuses teaches nothing.
            let said = Observation::of_vote(vote, self.halves, |id| self.scored(id));
            let _ = retraced.vote(self.likelihood(), &said);
        }
        let why = retraced.duel(self.likelihood(), left, right)?;
        let mut nearest = Vec::new();
        for (candidate, moved) in self.voted_on(&why.votes) {
            let Some(scored) = self.scored(candidate) else { continue };
            let prior = self.features.prior();
            let (to_left, to_right) = (prior.likeness(scored, left)?, prior.likeness(scored, right)?);
            let likeness = to_left.max(to_right);
            nearest.push(Near { candidate, left: to_left >= to_right, likeness, moved });
        }
        nearest.sort_by(|a, b| b.likeness.total_cmp(&a.likeness).then(a.candidate.cmp(&b.candidate)));
        nearest.truncate(NEAREST);
        Ok(Reasons { before: why.crowd, after: why.person, votes: why.votes, nearest })
    }

    /// Candidates not voted on that are like one that this person likes, each with that one; the nearest first, at most
    /// `most`. Only what is itself thought to be liked.
    ///
    /// # Errors
    /// As [`Mind::likings`].
    pub fn nearest(&self, most: usize) -> Result<Vec<(CandidateId, CandidateId)>, SdkError> {
        let (likings, prior) = (self.likings()?, self.features.prior());
        let voted: Vec<usize> = self.voted_on(&[]).into_keys().filter_map(|id| self.find(id)).collect();
        let liked = |at: &usize| likings.get(*at).is_some_and(|liking| liking.mine > 0.5);
        let mut found = Vec::new();
        for at in (0..self.ids.len()).filter(|at| !voted.contains(at)).filter(liked) {
            let Some(scored) = self.features.scored(at) else { continue };
            let mut best = (NEAR, None);
            for other in voted.iter().copied().filter(liked) {
                let Some(near) = self.features.scored(other) else { continue };
                let likeness = prior.likeness(scored, near)?;
                if likeness > best.0 {
                    best = (likeness, Some(other));
                }
            }
            if let (likeness, Some(near)) = best {
                found.push((likeness, at, near));
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        Ok(found.into_iter().take(most).map(|(_, at, near)| (self.ids[at], self.ids[near])).collect())
    }

    /// The candidates voted on, by id, each with the sum of what its votes have in `moved`. A skip is no vote on anything.
    fn voted_on(&self, moved: &[f64]) -> alloc::collections::BTreeMap<CandidateId, f64> {
        let mut voted = alloc::collections::BTreeMap::new();
        let answered = |(_, vote): &(usize, &Vote)| vote.judgement != vote.judgement.skipped();
        for (at, vote) in self.votes.iter().enumerate().filter(answered) {
            for id in vote.question().candidates() {
                *voted.entry(id).or_insert(0.0) += moved.get(at).copied().unwrap_or(0.0);
            }
        }
        voted
    }

    /// This person's posterior.
    pub fn taste(&self) -> &Taste {
        &self.taste
    }

    /// The preference between two subjects, as if neither were shown first: what is liked, not what is clicked.
    ///
    /// # Errors
    /// [`SdkError::ForeignCandidate`], [`SdkError::Model`] for content evaluated by a model with other features.
    pub fn predict(&self, left: &Subject, right: &Subject) -> Result<Forecast, SdkError> {
        let (left, right) = (self.measure(left)?, self.measure(right)?);
        let likelihood = self.likelihood().unbiased();
        let prediction = self.taste.predict_duel(&likelihood, left.scored()?, right.scored()?)?;
        Ok(Forecast::new(prediction.probability, prediction.low, prediction.high))
    }

    /// This person's expected utility, crowd utility + E[z] · features; only differences mean something.
    ///
    /// # Errors
    /// As [`Mind::predict`].
    pub fn utility(&self, subject: &Subject) -> Result<f64, SdkError> {
        let measured = self.measure(subject)?;
        let mut utility = f64::from(measured.utility);
        for (z, feature) in self.taste.mean().iter().zip(&measured.features) {
            utility += z * f64::from(*feature);
        }
        Ok(utility)
    }

    /// Every candidate in the manifest's order, as this person and as the crowd likes it.
    ///
    /// # Errors
    /// [`SdkError::Model`] where the features are not finite.
    pub fn likings(&self) -> Result<Vec<Liking>, SdkError> {
        let (n, r) = (self.features.len(), self.features.features());
        let (mut utility, mut features) = (0.0, alloc::vec![0.0; r]);
        for at in 0..n {
            let (its_utility, its_features) = self.features.row(at);
            utility += f64::from(its_utility) / n as f64;
            features.iter_mut().zip(its_features).for_each(|(sum, its)| *sum += f64::from(*its) / n as f64);
        }
        // Utility is linear in the features, so the average candidate has the average features.
        let features: Vec<f32> = features.into_iter().map(|sum| sum as f32).collect();
        let average = Scored::new(utility as f32, &features)?;
        let (crowd, likelihood) = (Taste::crowd(self.features.prior()), self.likelihood().unbiased());
        let mut likings = Vec::with_capacity(n);
        for at in 0..n {
            let Some(scored) = self.features.scored(at) else { continue };
            let mine = self.taste.predict_duel(&likelihood, scored, average)?;
            let theirs = crowd.predict_duel(&likelihood, scored, average)?;
            likings.push(Liking {
                mine: mine.probability,
                low: mine.low,
                high: mine.high,
                crowd: theirs.probability,
            });
        }
        Ok(likings)
    }

    fn likelihood(&self) -> &Likelihood {
        self.features.likelihood()
    }

    fn find(&self, id: CandidateId) -> Option<usize> {
        let at = self.index.binary_search_by(|(known, _)| known.cmp(&id)).ok()?;
        Some(self.index[at].1)
    }

    fn scored(&self, id: CandidateId) -> Option<Scored<'_>> {
        self.features.scored(self.find(id)?)
    }

    /// Learns from one more vote. One on a candidate that is not here, or one the model cannot take, teaches nothing.
    fn take(&mut self, vote: &Vote) {
        let mut taste = self.taste.clone();
        for observation in Observation::of_vote(vote, self.halves, |id| self.scored(id)) {
            // A refused update leaves the posterior as it was.
            let _ = taste.update(self.likelihood(), &observation);
        }
        self.taste = taste;
    }

    fn measure(&self, subject: &Subject) -> Result<Measured, SdkError> {
        match subject {
            Subject::Candidate(id) => {
                let at = self.find(*id).ok_or(SdkError::ForeignCandidate { id: *id })?;
                let (utility, features) = self.features.row(at);
                let unseen = self.features.scored(at).map_or(0.0, |scored| scored.offset_variance());
                Ok(Measured { utility, features: features.to_vec(), unseen })
            }
            Subject::Content { utility, features } => {
                let (found, expected) = (features.len(), self.features.features());
                if found != expected {
                    return Err(ModelError::FeatureCount { found, expected }.into());
                }
                let unseen = self.likelihood().offset_variance;
                Ok(Measured { utility: *utility, features: features.clone(), unseen })
            }
        }
    }

    /// The duel that teaches most. None where every pair was asked.
    fn plan_duel(&self, wish: &Wish<'_>, seed: &[u8; 32]) -> Option<(Planned, bool)> {
        let (mut seen, mut asked) = (alloc::vec![0u32; self.ids.len()], Vec::new());
        for question in self.asked(wish) {
            if let Question::Duel { left, right } = question
                && let (Some(left), Some(right)) = (self.find(left), self.find(right))
            {
                seen[left] += 1;
                seen[right] += 1;
                asked.push((left.min(right), left.max(right)));
            }
        }
        let usable = self.usable(wish);
        let Among { places, candidates } = self.among(&usable);
        let place = |at: usize| places.binary_search(&at).ok();
        let seen: Vec<u32> = places.iter().map(|at| seen[*at]).collect();
        let asked: Vec<_> = asked.iter().filter_map(|(a, b)| Some((place(*a)?, place(*b)?))).collect();
        let due = self.due(wish);
        let due: Vec<_> = due.iter().filter_map(|(a, b)| Some((place(*a)?, place(*b)?))).collect();
        let before = Before { seen: &seen, asked: &asked, due: &due };
        let options = self.options();
        let choice = choose_pair(&self.taste, self.likelihood(), &candidates, &before, &options, word(seed))
            .ok()??;
        let (left, right) = (self.ids[places[choice.left]], self.ids[places[choice.right]]);
        let question = Question::Duel { left, right };
        Some((Planned { question, propensity: propensity(choice.propensity) }, choice.enough))
    }

    /// Pairs that may be asked once more: answered, and so long ago that nobody recalls which side was which. Where the first
    /// answer is not signed by then, the second takes its place and nobody learns whether they agree; no harm is done.
    fn due(&self, wish: &Wish<'_>) -> Vec<(usize, usize)> {
        let early = self.votes.len().saturating_sub(PROBED_AFTER);
        let answered = self.votes[..early].iter().filter(|vote| !vote.is_skip()).map(Vote::question);
        let up = wish.also.map(Question::key);
        let due = answered.filter(|question| up.as_ref() != Some(&question.key()));
        due.filter_map(|question| match question {
            Question::Duel { left, right } => Some((self.find(left)?, self.find(right)?)),
            _ => None,
        })
        .collect()
    }

    fn options(&self) -> QuestionOptions {
        QuestionOptions::default().for_board(self.board)
    }

    /// The approval, or the stars, that teach most. None where every candidate was asked about.
    fn plan_one(&self, wish: &Wish<'_>, seed: &[u8; 32]) -> Option<(Planned, bool)> {
        let mut usable = self.usable(wish);
        for at in self.asked(wish).iter().flat_map(Question::candidates).filter_map(|id| self.find(id)) {
            usable[at] = false;
        }
        let Among { places, candidates } = self.among(&usable);
        let options = self.options();
        let choice =
            choose_approval(&self.taste, self.likelihood(), &candidates, &[], &[], &options, word(seed))
                .ok()??;
        let candidate = self.ids[places[choice.candidate]];
        let question = match wish.kind {
            VoteKind::Stars => Question::Stars { candidate },
            _ => Question::Approval { candidate },
        };
        Some((Planned { question, propensity: propensity(choice.propensity) }, choice.enough))
    }

    /// What was asked of this kind and still speaks, and what is up.
    fn asked(&self, wish: &Wish<'_>) -> Vec<Question> {
        let learned = self.votes.iter().map(Vote::question);
        learned.chain(wish.also.cloned()).filter(|question| question.kind() == wish.kind).collect()
    }

    fn usable(&self, wish: &Wish<'_>) -> Vec<bool> {
        let mut usable = alloc::vec![true; self.ids.len()];
        wish.broken.iter().filter_map(|id| self.find(*id)).for_each(|at| usable[at] = false);
        usable
    }

    fn among(&self, usable: &[bool]) -> Among<'_> {
        let places: Vec<usize> = (0..usable.len()).filter(|at| usable[*at]).collect();
        let candidates = places.iter().filter_map(|at| self.features.scored(*at)).collect();
        Among { places, candidates }
    }
}

impl Advisor for Mind {
    fn model(&self) -> Digest {
        self.features.model()
    }

    /// The posterior is the same however the votes arrived: where the ones known come first it goes on from there, else it
    /// is made anew.
    fn learn(&mut self, votes: &[&Vote]) {
        let known = self.votes.len();
        if known > votes.len() || self.votes.iter().zip(votes).any(|(ours, theirs)| ours != *theirs) {
            self.taste = self.start.clone();
            self.votes.clear();
        }
        for vote in &votes[self.votes.len()..] {
            self.take(vote);
            self.votes.push((*vote).clone());
        }
    }

    fn plan(&self, wish: &Wish<'_>, seed: &[u8; 32]) -> Plan {
        let best = match wish.kind {
            VoteKind::Duel => self.plan_duel(wish, seed),
            VoteKind::Approval | VoteKind::Stars => self.plan_one(wish, seed),
            _ => None,
        };
        let Some((planned, little)) = best else { return Plan::default() };
        let enough = little && self.votes.len() >= ENOUGH_AFTER;
        Plan { next: Some(planned).filter(|_| !enough || wish.keep_going), enough }
    }

    fn forecast(&self, question: &Question) -> Forecast {
        let (taste, likelihood) = (&self.taste, self.likelihood());
        match question {
            Question::Duel { left, right } => match (self.scored(*left), self.scored(*right)) {
                (Some(left), Some(right)) => {
                    let guess = taste.predict_duel(likelihood, left, right);
                    guess.map_or(Forecast::COIN, |p| Forecast::new(p.probability, p.low, p.high))
                }
                _ => Forecast::COIN,
            },
            Question::Approval { candidate } | Question::Stars { candidate } => {
                let guess =
                    self.scored(*candidate).and_then(|its| taste.predict_approval(likelihood, its).ok());
                guess.map_or(Forecast::COIN, |p| Forecast::new(p.probability, p.low, p.high))
            }
            _ => Forecast::COIN,
        }
    }
}

/// The candidates that may be asked about, and where they are in the manifest.
struct Among<'a> {
    places: Vec<usize>,
    candidates: Vec<Scored<'a>>,
}

/// What the model makes of a subject.
struct Measured {
    utility: f32,
    features: Vec<f32>,
    unseen: f64,
}

impl Measured {
    fn scored(&self) -> Result<Scored<'_>, SdkError> {
        Ok(Scored::new(self.utility, &self.features)?.unseen(self.unseen))
    }
}

/// A 64-bit seed out of ours.
fn word(seed: &[u8; 32]) -> u64 {
    let bytes = derive(seed, b"question");
    u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes"))
}
