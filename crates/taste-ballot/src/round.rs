//! The round's manifest: one question, its candidates, its window and its rules, signed by the operator.

use alloy_primitives::Address;
use serde::{Deserialize, Serialize};
use taste_core::{
    Candidate, CandidateId, Digest, EncoderId, Judgement, MAX_TITLE, PointsCost, RoundId, Rules, Vote,
    shortened,
};

use crate::{eip712, error::BallotError, json, signature::Signature};
#[cfg(feature = "curve")]
use crate::{key::SessionKey, signature::expect_signer};

/// Longest question, in bytes of UTF-8.
pub const MAX_QUESTION: usize = 300;
/// Longest encoder id, in bytes of UTF-8.
pub const MAX_ENCODER: usize = 100;
/// Most candidates of a round; the fewest are two.
pub const MAX_CANDIDATES: usize = 100_000;
/// Most importers of a round.
pub const MAX_IMPORTERS: usize = 32;

/// What is asked, of what, when and under which rules. Its digest is the round's id, so nothing in it can change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Round {
    /// Who runs the round and signs this manifest.
    #[serde(with = "json::address")]
    pub operator: Address,
    /// The round's name, at most [`MAX_TITLE`] bytes.
    pub title: String,
    /// What voters are asked, at most [`MAX_QUESTION`] bytes.
    pub question: String,
    /// Which encoder embeds the candidates.
    pub encoder: EncoderId,
    /// First second in which ballots are accepted (Unix).
    #[serde(with = "json::decimal")]
    pub opens_at: u64,
    /// When ballots stop being accepted (Unix seconds).
    #[serde(with = "json::decimal")]
    pub closes_at: u64,
    /// Most questions in which one person's answer may stand: a replaced answer counts once, a skip not at all; 0 = no limit.
    pub budget: u32,
    /// Who may submit ballots with a non-empty source.
    #[serde(with = "json::addresses")]
    pub importers: Vec<Address>,
    /// What voters may do, and who sees the board.
    pub rules: Rules,
    /// Makes two otherwise equal rounds different.
    pub salt: Digest,
    /// What there is to judge.
    pub candidates: Vec<Candidate>,
}

impl Round {
    /// The EIP-712 digest: the round's id.
    pub fn digest(&self) -> RoundId {
        eip712::digest(self)
    }

    /// Signs the manifest. [`SignedRound::verify`] wants the operator's key here.
    #[cfg(feature = "curve")]
    pub fn sign(self, operator: &SessionKey) -> SignedRound {
        let signature = operator.sign_digest(&self.digest());
        SignedRound { round: self, signature }
    }

    /// Checks the limits that the types alone do not hold.
    ///
    /// # Errors
    /// [`BallotError::CandidateCount`], [`BallotError::TooManyImporters`], [`BallotError::TooLong`],
    /// [`BallotError::Window`], [`BallotError::DuplicateCandidate`], and what [`Rules::checked`] and
    /// [`Candidate::checked`] say.
    pub fn checked(&self) -> Result<&Self, BallotError> {
        let found = self.candidates.len();
        if !(2..=MAX_CANDIDATES).contains(&found) {
            return Err(BallotError::CandidateCount { found, low: 2, high: MAX_CANDIDATES });
        }
        if self.importers.len() > MAX_IMPORTERS {
            return Err(BallotError::TooManyImporters { found: self.importers.len(), limit: MAX_IMPORTERS });
        }
        for (what, text, limit) in [
            ("title", &self.title, MAX_TITLE),
            ("question", &self.question, MAX_QUESTION),
            ("encoder", &self.encoder.0, MAX_ENCODER),
        ] {
            if text.len() > limit {
                return Err(BallotError::TooLong { what, found: text.len(), limit });
            }
        }
        if self.opens_at >= self.closes_at {
            return Err(BallotError::Window { opens_at: self.opens_at, closes_at: self.closes_at });
        }
        self.rules.checked()?;
        for candidate in &self.candidates {
            candidate.clone().checked()?;
        }
        let mut ids: Vec<CandidateId> = self.candidates.iter().map(|candidate| candidate.id).collect();
        ids.sort_unstable();
        match ids.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(BallotError::DuplicateCandidate { id: pair[0] }),
            None => Ok(self),
        }
    }

    /// How many candidates a ranking of this round puts in order: all of them, where there are fewer than the rules say.
    pub fn ranking_size(&self) -> usize {
        self.candidates.len().min(self.rules.ranking.into())
    }

    /// Holds a vote against the round's rules. Whether its candidates are the round's, the caller knows.
    ///
    /// # Errors
    /// [`BallotError::KindNotAllowed`], [`BallotError::StarsScale`], [`BallotError::RankingSize`],
    /// [`BallotError::PointsBudget`], [`BallotError::ForeignReason`], [`BallotError::ReasonOrder`].
    pub fn allows(&self, vote: &Vote) -> Result<(), BallotError> {
        let rules = &self.rules;
        if !rules.allows(vote.kind()) {
            return Err(BallotError::KindNotAllowed { kind: vote.kind() });
        }
        match &vote.judgement {
            Judgement::Stars { stars: Some(stars), .. } => {
                let whole = stars.half_steps() % 2 == 0;
                if stars.of() != rules.stars || !(whole || rules.halves) {
                    let found = vote.judgement.outcome();
                    return Err(BallotError::StarsScale { found, stars: rules.stars, halves: rules.halves });
                }
            }
            Judgement::Ranking(ranking) if ranking.candidates().len() != self.ranking_size() => {
                let found = ranking.candidates().len();
                return Err(BallotError::RankingSize { found, expected: self.ranking_size() });
            }
            Judgement::Points(points) => {
                let cost = rules.cost.of(points.given().unwrap_or_default());
                if cost > rules.points {
                    let what = match rules.cost {
                        PointsCost::Linear => "points",
                        PointsCost::Quadratic => "squares of points",
                    };
                    return Err(BallotError::PointsBudget { cost, what, budget: rules.points });
                }
            }
            _ => {}
        }
        let mut last = None;
        for reason in &vote.reasons {
            let place = rules.reasons.iter().position(|tag| tag == reason);
            if place.is_none() {
                return Err(BallotError::ForeignReason { reason: shortened(reason) });
            }
            if place <= last {
                return Err(BallotError::ReasonOrder);
            }
            last = place;
        }
        Ok(())
    }
}

/// A manifest with its operator's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedRound {
    /// What is signed.
    pub round: Round,
    /// The operator's.
    pub signature: Signature,
}

#[cfg(feature = "curve")]
impl SignedRound {
    /// Checks that the operator signed, and says who that is. The limits are [`Round::checked`]'s part; whether this
    /// operator may make rounds is the caller's.
    ///
    /// # Errors
    /// What [`recover`](crate::recover) says, and [`BallotError::SignerMismatch`] when somebody else signed.
    pub fn verify(&self) -> Result<Address, BallotError> {
        expect_signer(&self.round.digest(), &self.signature, self.round.operator)?;
        Ok(self.round.operator)
    }
}
