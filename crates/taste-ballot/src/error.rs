//! The one error of this crate.

use taste_core::CoreError;
use thiserror::Error;

/// Why a message was refused.
///
/// Every variant has a stable [`code`](BallotError::code). Messages say what was expected and what was found, and
/// never contain a key or a signature.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BallotError {
    /// 32 bytes that are not a secp256k1 secret key (zero, or not below the group order). Remedy: draw new bytes.
    #[error("these 32 bytes are not a secret key: expected a number from 1 to the group order − 1")]
    Key,
    /// Not an address. Remedy: `0x` and 40 hex digits, all lowercase or with the right EIP-55 capitals.
    #[error("expected an address (0x and 40 hex digits, lowercase or EIP-55), found {found:?}")]
    Address {
        /// The start of what was found, shortened.
        found: String,
    },
    /// Not a 64-bit unsigned integer as the protocol writes it. Remedy: a string of decimal digits, no sign, no leading zero.
    #[error("expected a decimal uint64 in a string, found {found:?}")]
    Number {
        /// The start of what was found, shortened.
        found: String,
    },
    /// A grant's scope is neither `*` nor a round id. Remedy: one of the two, the id in lowercase.
    #[error("expected the scope `*` or a round id in lowercase hex, found {found:?}")]
    Scope {
        /// The start of what was found, shortened.
        found: String,
    },
    /// A text is longer than the protocol allows. Remedy: shorten it.
    #[error("{what} has {found} bytes; at most {limit} are allowed")]
    TooLong {
        /// Which field.
        what: &'static str,
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// A round has too few or too many candidates. Remedy: between 2 and [`MAX_CANDIDATES`](crate::MAX_CANDIDATES).
    #[error("a round of {found} candidates; allowed are {low} to {high}")]
    CandidateCount {
        /// Candidates found.
        found: usize,
        /// Fewest allowed.
        low: usize,
        /// Most allowed.
        high: usize,
    },
    /// A round lists one candidate twice. Remedy: drop the copy; an id is the digest of the content.
    #[error("candidate {id} is listed twice")]
    DuplicateCandidate {
        /// The id listed twice.
        id: taste_core::CandidateId,
    },
    /// A round closes before it opens. Remedy: `opensAt` must be below `closesAt`.
    #[error("the round opens at {opens_at} but closes at {closes_at}")]
    Window {
        /// Unix seconds.
        opens_at: u64,
        /// Unix seconds.
        closes_at: u64,
    },
    /// A round names too many importers. Remedy: at most [`MAX_IMPORTERS`](crate::MAX_IMPORTERS).
    #[error("{found} importers; at most {limit} are allowed")]
    TooManyImporters {
        /// Importers found.
        found: usize,
        /// Importers allowed.
        limit: usize,
    },
    /// A ballot without votes. Remedy: send it once there is a vote.
    #[error("a ballot needs at least one vote")]
    NoVotes,
    /// A ballot with too many votes. Remedy: split it; at most [`MAX_VOTES`](crate::MAX_VOTES) a ballot.
    #[error("a ballot of {found} votes; at most {limit} are allowed")]
    TooManyVotes {
        /// Votes found.
        found: usize,
        /// Votes allowed.
        limit: usize,
    },
    /// The round does not take votes of this kind. Remedy: ask what the round's `rules.kinds` allow.
    #[error("the round takes no {kind} votes")]
    KindNotAllowed {
        /// The vote's kind.
        kind: taste_core::VoteKind,
    },
    /// Stars on another scale than the round's, or a half where it has none. Remedy: `rules.stars` and `rules.halves`.
    #[error("the vote gives {found}; the round gives 1 to {stars} stars{}", if *.halves { " in half steps" } else { ", whole ones" })]
    StarsScale {
        /// The vote's outcome.
        found: String,
        /// The round's scale.
        stars: u8,
        /// Whether it has half steps.
        halves: bool,
    },
    /// A ranking of another number of candidates than the round's. Remedy: `rules.ranking`, or all where there are fewer.
    #[error("a ranking of {found} candidates; this round puts {expected} in order")]
    RankingSize {
        /// Candidates in the vote.
        found: usize,
        /// Candidates that the round puts in order.
        expected: usize,
    },
    /// More points than the round's budget buys. Remedy: stay within `rules.points` by the round's `rules.cost`.
    #[error("the {what} add up to {cost}; the budget is {budget}")]
    PointsBudget {
        /// What the points cost.
        cost: u32,
        /// What adds up.
        what: &'static str,
        /// The budget.
        budget: u32,
    },
    /// A reason that is not among the round's tags. Remedy: only what `rules.reasons` lists.
    #[error("{reason:?} is not among the round's reasons")]
    ForeignReason {
        /// The start of it, shortened.
        reason: String,
    },
    /// Reasons in another order than the round lists them, so one vote would have several spellings. Remedy: sort them.
    #[error("the reasons are not in the order in which the round lists them")]
    ReasonOrder,
    /// The wallet's signature on a grant is not the voter's. Remedy: ask the wallet to sign this very grant.
    #[error("the grant is not signed by its voter {voter}")]
    GrantSignature {
        /// Who should have signed.
        voter: crate::Address,
    },
    /// The acceptance on a grant is not the session key's. Remedy: the session key signs the grant's digest too.
    #[error("the grant is not accepted by its session key {session}")]
    GrantAcceptance {
        /// Who should have accepted.
        session: crate::Address,
    },
    /// The grant speaks for somebody else than the ballot's voter. Remedy: attach the grant of this voter.
    #[error("the grant is from {granted}, the ballot is for {voter}")]
    GrantMismatch {
        /// The grant's voter.
        granted: crate::Address,
        /// The ballot's voter.
        voter: crate::Address,
    },
    /// The grant does not cover this round. Remedy: ask the wallet for a grant of this round, or of every round.
    #[error("the grant covers {scope}, not round {round}")]
    GrantScope {
        /// What it covers.
        scope: crate::Scope,
        /// The ballot's round.
        round: taste_core::RoundId,
    },
    /// The grant is not valid yet. Remedy: check the clock, or wait.
    #[error("the grant is valid from {not_before}, now is {now}")]
    GrantNotYet {
        /// Unix seconds.
        not_before: u64,
        /// Unix seconds.
        now: u64,
    },
    /// The grant has ended. Remedy: ask the wallet for a new one.
    #[error("the grant was valid until {not_after}, now is {now}")]
    GrantExpired {
        /// Unix seconds, the last valid one.
        not_after: u64,
        /// Unix seconds.
        now: u64,
    },
    /// The high-s twin of a signature: the same statement with other bytes (EIP-2). Remedy: sign with low s.
    #[error("the signature has a high s; only the low-s form is accepted")]
    HighS,
    /// Not the text of a signature. Remedy: `0x` and the lowercase hex digits of 65 bytes (secp256k1), 128 (P-256), or as
    /// many as a contract wallet makes, at most [`MAX_SIGNATURE`](crate::MAX_SIGNATURE).
    #[error("expected a signature of 1 to 8192 bytes in lowercase hex; {reason}")]
    SignatureFormat {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No key can have made this signature over this message. Remedy: sign again.
    #[error("no public key can be recovered from the signature")]
    Signature,
    /// A signature by somebody else than the message says. Remedy: sign with the key that the message names.
    #[error("expected a signature by {expected}, found one by {found}")]
    SignerMismatch {
        /// Who should have signed.
        expected: crate::Address,
        /// Who did.
        found: crate::Address,
    },
    /// A contract wallet's signature, which no arithmetic can check. Remedy: ask its chain (ERC-1271), as an operator does
    /// who has an RPC configured; for a session key: sign with a key.
    #[error("the signature is neither secp256k1 nor P-256: only the chain of a contract wallet can check it")]
    ContractSignature,
    /// The contract wallet says that it did not sign this. Remedy: sign this very message with the wallet; if its owners
    /// changed meanwhile, ask it for a new grant.
    #[error("the contract wallet {voter} does not acknowledge the signature")]
    ContractRefused {
        /// The contract's address.
        voter: crate::Address,
    },
    /// The wallet has taken the session key's permission back. Remedy: ask it to grant a fresh key.
    #[error("the wallet revoked session key {session} at {revoked_at}")]
    GrantRevoked {
        /// Which key.
        session: crate::Address,
        /// Unix seconds; what was accepted earlier still counts.
        revoked_at: u64,
    },
    /// The signature on a revocation is not the voter's. Remedy: ask the wallet that granted to sign this very revocation.
    #[error("the revocation is not signed by its voter {voter}")]
    RevocationSignature {
        /// Who should have signed.
        voter: crate::Address,
    },
    /// A noun inside of a message is malformed. Its own code is kept.
    #[error(transparent)]
    Core(#[from] CoreError),
}

impl BallotError {
    /// Whether a voter's signature that was refused so may still be a contract wallet's: its chain is the one to ask. (A
    /// high s is refused in any case.)
    pub fn may_be_a_contracts(&self) -> bool {
        matches!(
            self,
            Self::ContractSignature
                | Self::Signature
                | Self::SignerMismatch { .. }
                | Self::GrantSignature { .. }
                | Self::RevocationSignature { .. }
        )
    }

    /// The stable code, for machines: `"BallotError::SignerMismatch"`, …; for a malformed noun, that noun's own code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Key => "BallotError::Key",
            Self::Address { .. } => "BallotError::Address",
            Self::Number { .. } => "BallotError::Number",
            Self::Scope { .. } => "BallotError::Scope",
            Self::TooLong { .. } => "BallotError::TooLong",
            Self::CandidateCount { .. } => "BallotError::CandidateCount",
            Self::DuplicateCandidate { .. } => "BallotError::DuplicateCandidate",
            Self::Window { .. } => "BallotError::Window",
            Self::TooManyImporters { .. } => "BallotError::TooManyImporters",
            Self::NoVotes => "BallotError::NoVotes",
            Self::TooManyVotes { .. } => "BallotError::TooManyVotes",
            Self::KindNotAllowed { .. } => "BallotError::KindNotAllowed",
            Self::StarsScale { .. } => "BallotError::StarsScale",
            Self::RankingSize { .. } => "BallotError::RankingSize",
            Self::PointsBudget { .. } => "BallotError::PointsBudget",
            Self::ForeignReason { .. } => "BallotError::ForeignReason",
            Self::ReasonOrder => "BallotError::ReasonOrder",
            Self::GrantSignature { .. } => "BallotError::GrantSignature",
            Self::GrantAcceptance { .. } => "BallotError::GrantAcceptance",
            Self::GrantMismatch { .. } => "BallotError::GrantMismatch",
            Self::GrantScope { .. } => "BallotError::GrantScope",
            Self::GrantNotYet { .. } => "BallotError::GrantNotYet",
            Self::GrantExpired { .. } => "BallotError::GrantExpired",
            Self::GrantRevoked { .. } => "BallotError::GrantRevoked",
            Self::RevocationSignature { .. } => "BallotError::RevocationSignature",
            Self::HighS => "BallotError::HighS",
            Self::SignatureFormat { .. } => "BallotError::SignatureFormat",
            Self::Signature => "BallotError::Signature",
            Self::ContractSignature => "BallotError::ContractSignature",
            Self::ContractRefused { .. } => "BallotError::ContractRefused",
            Self::SignerMismatch { .. } => "BallotError::SignerMismatch",
            Self::Core(error) => error.code(),
        }
    }
}
