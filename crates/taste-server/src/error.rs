//! The one error of this crate, and how it is answered over HTTP.

use std::{io, path::PathBuf};

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use taste_ballot::{Address, BallotError};
use taste_core::{CandidateId, CoreError};
use thiserror::Error;

/// Why the server did not start, or refused a request.
///
/// Every variant has a stable [`code`](ServerError::code) (a leaf's own code wins), an HTTP
/// [`status`](ServerError::status) and a [`hint`](ServerError::hint). Messages never contain a key, a signature, a
/// token, or anything from the database's inside.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServerError {
    // Starting.
    /// A setting is out of range or contradicts another. Remedy: see [`ServerConfig`](crate::ServerConfig).
    #[error("the setting {setting} is wrong: {reason}")]
    Config {
        /// Which field.
        setting: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A key file cannot be used. Remedy: the message says what it must be.
    #[error("the key file {}: {reason}", path.display())]
    KeyFile {
        /// Where it was looked for.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The address cannot be listened on. Remedy: another port, or stop what listens there.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// Where.
        address: std::net::SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The database was written by a newer version, or its log has a hole. Remedy: the message says which.
    #[error("the database cannot be used: {reason}")]
    Database {
        /// What is wrong with it.
        reason: String,
    },

    // Shape and size.
    /// The body is larger than this route takes. Remedy: split it.
    #[error("the body is larger than {limit} bytes")]
    BodyTooLarge {
        /// Bytes allowed.
        limit: usize,
    },
    /// Not what this route reads. Remedy: see `/openapi.json`.
    #[error("the request is malformed: {reason}")]
    Malformed {
        /// Where and why, without the content.
        reason: String,
    },
    /// The line broke before the whole body was here. Remedy: send the same bytes again.
    #[error("the body broke off")]
    BodyIncomplete,

    // Ballots, in the order of acceptance.
    /// The round is not on this server. Remedy: check the id; `GET /v1/rounds` lists them.
    #[error("this server has no such round")]
    UnknownRound,
    /// The round takes no ballots yet. Remedy: wait for its content, its embeddings, or its opening.
    #[error("the round takes no ballots yet, it is {state}")]
    RoundNotOpen {
        /// Its state's word.
        state: &'static str,
        /// Unix seconds.
        opens_at: u64,
    },
    /// The round takes no more ballots.
    #[error("the round closed at {closes_at}")]
    RoundClosed {
        /// Unix seconds.
        closes_at: u64,
    },
    /// The ballot came after its own deadline. Remedy: sign it again.
    #[error("the ballot was to be submitted by {deadline}, now is {now}")]
    DeadlinePassed {
        /// Unix seconds.
        deadline: u64,
        /// Unix seconds, the server's clock.
        now: u64,
    },
    /// The ballot was signed in the future. Remedy: correct the clock.
    #[error("the ballot was issued at {issued_at}, now is {now}")]
    ClockSkew {
        /// Unix seconds.
        issued_at: u64,
        /// Unix seconds, the server's clock.
        now: u64,
    },
    /// The ballot would stay valid for too long. Remedy: a nearer deadline.
    #[error("the ballot is valid for {lifetime} seconds; at most {limit} are allowed")]
    LifetimeTooLong {
        /// Deadline less issuing, in seconds.
        lifetime: u64,
        /// Seconds allowed.
        limit: u64,
    },
    /// No chain could say whether a contract wallet signed this. Remedy: send the same again; nothing was accepted.
    #[error("the chain of the voter's contract wallet cannot be asked now")]
    ChainUnavailable,
    /// The session key already belongs to another wallet, or one side of the grant already plays the other part.
    /// Remedy: a fresh session key.
    #[error("this session key belongs to another wallet, or a session key would become a wallet")]
    SessionClaimed,
    /// Only the round's importers may name a source. Remedy: leave the source empty.
    #[error("{voter} is not an importer of this round")]
    NotAnImporter {
        /// Who tried.
        voter: Address,
    },
    /// The sequence does not go on from the last one. Remedy: sign again with a higher one.
    #[error("the sequence must be above {last}")]
    SequenceBehind {
        /// The last accepted sequence of this voter, round and key.
        last: u64,
    },
    /// The voter has no votes left in this round.
    #[error("{used} of {budget} votes are used; only the first {fitting} of this ballot fit")]
    BudgetSpent {
        /// Questions in which an answer of this person stands.
        used: u64,
        /// Votes allowed.
        budget: u32,
        /// Votes of this ballot, from its first on, for which there is room.
        fitting: u64,
    },
    /// A vote is about something that is not in this round. Remedy: vote on the round's own candidates.
    #[error("the candidate {candidate} is not in this round")]
    ForeignCandidate {
        /// The first such candidate.
        candidate: CandidateId,
    },

    // Rounds and content.
    /// The round's rules withhold the board until it has closed. Remedy: wait; the log is public, and anybody may count it.
    #[error("the round's rules show no board before it closes at {closes_at}")]
    BoardHidden {
        /// Unix seconds.
        closes_at: u64,
    },
    /// The manifest's operator may not make rounds here. Remedy: sign with the server's key, or configure the operator.
    #[error("{operator} may not make rounds on this server")]
    NotAnOperator {
        /// Who tried.
        operator: Address,
    },
    /// This server has no such encoder. Remedy: a built-in one, or configure its files.
    #[error("this server has no encoder {encoder:?}")]
    UnknownEncoder {
        /// What the manifest asks for.
        encoder: String,
    },
    /// The content's SHA-256 is another one. Remedy: send the bytes unchanged.
    #[error("the content's SHA-256 is {found}, not the id in the path")]
    ContentMismatch {
        /// The digest of what came.
        found: CandidateId,
    },
    /// No round of this server lists the id. Remedy: post the round first.
    #[error("no round of this server lists this candidate")]
    UnlistedContent,
    /// The content has not been sent yet.
    #[error("this server has no content with this id")]
    UnknownContent,
    /// The ballot was not accepted here.
    #[error("this server has accepted no such ballot")]
    UnknownBallot,
    /// No model or features with this digest.
    #[error("this server has no file with this digest")]
    UnknownModel,

    // The operator's own routes.
    /// The admin token is missing or wrong.
    #[error("the admin token is missing or wrong")]
    Unauthorized,
    /// The server was started without an admin token, so its admin routes are off.
    #[error("this server was started without an admin token")]
    AdminDisabled,

    // Any route.
    /// No such route.
    #[error("there is nothing here")]
    NotFound,
    /// The route exists, the method does not.
    #[error("this route does not take that method")]
    MethodNotAllowed,
    /// The request took too long.
    #[error("the request took too long")]
    Timeout,
    /// As many listen as the server has room for. Remedy: try again later; votes are taken all the same.
    #[error("too many event streams are open")]
    TooManyListeners,
    /// The server is stopping. Remedy: send it again; nothing was accepted.
    #[error("the server is stopping")]
    Stopping,
    /// Something that should not happen; the details are in the server's log only.
    #[error("internal error")]
    Internal,

    /// A noun is malformed.
    #[error(transparent)]
    Core(#[from] CoreError),
    /// A message is malformed or not signed as it says.
    #[error(transparent)]
    Ballot(#[from] BallotError),
}

impl ServerError {
    /// The stable code, for machines: `"ServerError::RoundClosed"`, `"BallotError::HighS"`, …
    pub fn code(&self) -> &'static str {
        match self {
            Self::Config { .. } => "ServerError::Config",
            Self::KeyFile { .. } => "ServerError::KeyFile",
            Self::Bind { .. } => "ServerError::Bind",
            Self::Database { .. } => "ServerError::Database",
            Self::BodyTooLarge { .. } => "ServerError::BodyTooLarge",
            Self::Malformed { .. } => "ServerError::Malformed",
            Self::BodyIncomplete => "ServerError::BodyIncomplete",
            Self::UnknownRound => "ServerError::UnknownRound",
            Self::RoundNotOpen { .. } => "ServerError::RoundNotOpen",
            Self::RoundClosed { .. } => "ServerError::RoundClosed",
            Self::DeadlinePassed { .. } => "ServerError::DeadlinePassed",
            Self::ClockSkew { .. } => "ServerError::ClockSkew",
            Self::LifetimeTooLong { .. } => "ServerError::LifetimeTooLong",
            Self::ChainUnavailable => "ServerError::ChainUnavailable",
            Self::SessionClaimed => "ServerError::SessionClaimed",
            Self::NotAnImporter { .. } => "ServerError::NotAnImporter",
            Self::SequenceBehind { .. } => "ServerError::SequenceBehind",
            Self::BudgetSpent { .. } => "ServerError::BudgetSpent",
            Self::ForeignCandidate { .. } => "ServerError::ForeignCandidate",
            Self::BoardHidden { .. } => "ServerError::BoardHidden",
            Self::NotAnOperator { .. } => "ServerError::NotAnOperator",
            Self::UnknownEncoder { .. } => "ServerError::UnknownEncoder",
            Self::ContentMismatch { .. } => "ServerError::ContentMismatch",
            Self::UnlistedContent => "ServerError::UnlistedContent",
            Self::UnknownContent => "ServerError::UnknownContent",
            Self::UnknownBallot => "ServerError::UnknownBallot",
            Self::UnknownModel => "ServerError::UnknownModel",
            Self::Unauthorized => "ServerError::Unauthorized",
            Self::AdminDisabled => "ServerError::AdminDisabled",
            Self::NotFound => "ServerError::NotFound",
            Self::MethodNotAllowed => "ServerError::MethodNotAllowed",
            Self::Timeout => "ServerError::Timeout",
            Self::TooManyListeners => "ServerError::TooManyListeners",
            Self::Stopping => "ServerError::Stopping",
            Self::Internal => "ServerError::Internal",
            Self::Core(error) => error.code(),
            Self::Ballot(error) => error.code(),
        }
    }

    /// The HTTP status of the refusal.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Malformed { .. }
            | Self::BodyIncomplete
            | Self::DeadlinePassed { .. }
            | Self::ClockSkew { .. }
            | Self::LifetimeTooLong { .. }
            | Self::Core(_) => StatusCode::BAD_REQUEST,
            Self::UnknownRound
            | Self::UnlistedContent
            | Self::UnknownContent
            | Self::UnknownBallot
            | Self::UnknownModel
            | Self::NotFound => StatusCode::NOT_FOUND,
            Self::RoundNotOpen { .. }
            | Self::RoundClosed { .. }
            | Self::SessionClaimed
            | Self::SequenceBehind { .. }
            | Self::BudgetSpent { .. } => StatusCode::CONFLICT,
            Self::NotAnImporter { .. }
            | Self::BoardHidden { .. }
            | Self::NotAnOperator { .. }
            | Self::AdminDisabled => StatusCode::FORBIDDEN,
            Self::ForeignCandidate { .. } | Self::UnknownEncoder { .. } | Self::ContentMismatch { .. } => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Timeout => StatusCode::REQUEST_TIMEOUT,
            Self::TooManyListeners | Self::Stopping | Self::ChainUnavailable => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Ballot(error) => match error {
                BallotError::GrantSignature { .. }
                | BallotError::GrantAcceptance { .. }
                | BallotError::GrantMismatch { .. }
                | BallotError::GrantScope { .. }
                | BallotError::GrantNotYet { .. }
                | BallotError::GrantExpired { .. }
                | BallotError::GrantRevoked { .. }
                | BallotError::RevocationSignature { .. }
                | BallotError::ContractSignature
                | BallotError::ContractRefused { .. }
                | BallotError::HighS
                | BallotError::Signature
                | BallotError::SignerMismatch { .. } => StatusCode::UNAUTHORIZED,
                BallotError::KindNotAllowed { .. }
                | BallotError::StarsScale { .. }
                | BallotError::RankingSize { .. }
                | BallotError::PointsBudget { .. }
                | BallotError::ForeignReason { .. }
                | BallotError::ReasonOrder => StatusCode::UNPROCESSABLE_ENTITY,
                _ => StatusCode::BAD_REQUEST,
            },
            Self::Config { .. }
            | Self::KeyFile { .. }
            | Self::Bind { .. }
            | Self::Database { .. }
            | Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What to do about it, in one sentence.
    pub fn hint(&self) -> String {
        match self {
            Self::BodyTooLarge { .. } => "send it in smaller parts".into(),
            Self::Malformed { .. } => "compare the request with /openapi.json".into(),
            Self::BodyIncomplete => "send the same bytes again".into(),
            Self::UnknownRound => "check the round id; GET /v1/rounds lists the rounds of this server".into(),
            Self::RoundNotOpen { opens_at, .. } => {
                format!("try again once GET /v1/rounds/{{id}} says open; the window begins at {opens_at}")
            }
            Self::RoundClosed { .. } => {
                "the votes in this ballot can no longer count; keep it as your own record".into()
            }
            Self::DeadlinePassed { .. } => "sign the votes again with a new deadline".into(),
            Self::ClockSkew { .. } => "set the device's clock; GET /healthz says what time it is here".into(),
            Self::LifetimeTooLong { limit, .. } => {
                format!("put the deadline at most {limit} seconds after issuedAt")
            }
            Self::ChainUnavailable => "send it again in a moment; a ballot sent twice is counted once".into(),
            Self::SessionClaimed => "make a fresh session key and ask the wallet to grant it".into(),
            Self::NotAnImporter { .. } => {
                "leave source empty, or ask the operator to name this address an importer".into()
            }
            Self::SequenceBehind { last } => {
                format!("sign again with a sequence above the last accepted one, {last}")
            }
            Self::BudgetSpent { fitting, .. } => {
                format!("{fitting} votes of this ballot, its first, still count for this voter in this round")
            }
            Self::ForeignCandidate { .. } => "vote on candidates that the round's manifest lists".into(),
            Self::BoardHidden { closes_at } => {
                format!("ask again after {closes_at}, when the round has closed")
            }
            Self::NotAnOperator { .. } => "sign with the operator that GET /healthz names".into(),
            Self::UnknownEncoder { .. } => {
                "use visual@1, text@1, palette@1 or audio@1, or configure the encoder's files".into()
            }
            Self::ContentMismatch { .. } => "send the bytes whose SHA-256 is the candidate's id".into(),
            Self::UnlistedContent => "post the round that lists it first".into(),
            Self::UnknownContent => "it appears once somebody has sent it with PUT".into(),
            Self::UnknownBallot => "send the ballot again; the same ballot gets the same receipt".into(),
            Self::UnknownModel => "GET /v1/rounds/{id} names the current digests".into(),
            Self::Unauthorized => "send Authorization: Bearer and the admin token".into(),
            Self::AdminDisabled => "start the server with an admin token".into(),
            Self::NotFound => "GET /openapi.json lists what there is".into(),
            Self::MethodNotAllowed => "GET /openapi.json lists the methods".into(),
            Self::Timeout => "send it again; a ballot sent twice is counted once".into(),
            Self::TooManyListeners => "listen again later; GET /v1/rounds/{id} says how things stand".into(),
            Self::Stopping => "send it again in a moment; a ballot sent twice is counted once".into(),
            Self::Core(_) => "compare the value with the schema in /openapi.json".into(),
            Self::Ballot(error) => ballot_hint(error).into(),
            Self::Config { .. }
            | Self::KeyFile { .. }
            | Self::Bind { .. }
            | Self::Database { .. }
            | Self::Internal => "the server's log says more; try again later".into(),
        }
    }

    /// Logs what happened and hides it from the client.
    pub(crate) fn internal(what: &'static str, error: impl std::fmt::Display) -> Self {
        tracing::error!(%error, "{what}");
        Self::Internal
    }
}

fn ballot_hint(error: &BallotError) -> &'static str {
    match error {
        BallotError::NoVotes => "send the ballot once there is a vote",
        BallotError::TooManyVotes { .. } => "split the votes over several ballots",
        BallotError::GrantSignature { .. } => "ask the wallet to sign this very grant",
        BallotError::GrantAcceptance { .. } => "let the session key sign the grant's digest too",
        BallotError::GrantMismatch { .. } => "attach the grant of the ballot's voter",
        BallotError::GrantScope { .. } => "ask the wallet for a grant of this round, or of every round",
        BallotError::GrantNotYet { .. } => "check the clock, or wait",
        BallotError::GrantExpired { .. } => "ask the wallet for a new grant",
        BallotError::KindNotAllowed { .. } => "ask only what the round's rules.kinds allow",
        BallotError::StarsScale { .. } => {
            "give stars on the scale of the round's rules.stars and rules.halves"
        }
        BallotError::RankingSize { .. } => {
            "put as many candidates in order as the round's rules.ranking says; all of them, where it has fewer"
        }
        BallotError::PointsBudget { .. } => "stay within the round's rules.points, by its rules.cost",
        BallotError::ForeignReason { .. } => "give reasons that the round's rules.reasons list, or none",
        BallotError::ReasonOrder => "sort the reasons as the round's rules.reasons list them",
        BallotError::GrantRevoked { .. } => "make a fresh session key and ask the wallet to grant it",
        BallotError::RevocationSignature { .. } => "ask the wallet that granted to sign this very revocation",
        BallotError::ContractSignature => {
            "sign with a key, or ask the operator to configure an RPC of the wallet's chain"
        }
        BallotError::ContractRefused { .. } => "let the contract wallet sign this very message",
        BallotError::HighS => "send the signature with the low s",
        BallotError::Signature | BallotError::SignerMismatch { .. } => {
            "sign the EIP-712 digest with the key that the message names"
        }
        _ => "compare the value with the schema in /openapi.json",
    }
}

impl From<rusqlite::Error> for ServerError {
    fn from(error: rusqlite::Error) -> Self {
        Self::internal("the database refused", error)
    }
}

/// The code of a refusal, left in the response's extensions for the log line.
#[derive(Clone, Copy)]
pub(crate) struct ErrorCode(pub(crate) &'static str);

#[derive(Serialize)]
struct ErrorBody {
    error: ErrorDetail,
}

#[derive(Serialize)]
struct ErrorDetail {
    code: &'static str,
    message: String,
    hint: String,
}

impl IntoResponse for ServerError {
    fn into_response(self) -> Response {
        let code = self.code();
        let body = ErrorBody { error: ErrorDetail { code, message: self.to_string(), hint: self.hint() } };
        let mut response = (self.status(), Json(body)).into_response();
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status() == StatusCode::UNAUTHORIZED && matches!(self, Self::Unauthorized) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(ErrorCode(code));
        response
    }
}
