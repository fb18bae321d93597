//! What a widget needs to draw itself: state comes down as these, requests go up as [`Request`]s.
//!
//! Views are plain data made by [`Session`](crate::Session). A widget draws them and decides nothing.

use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};
use taste_core::{ApprovalOutcome, CandidateId, CandidateKind, CoreError, DuelOutcome};

use crate::desk::DeskKind;

/// A candidate as it hangs on the wall.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CandidateView {
    /// Its id.
    pub id: CandidateId,
    /// What it is made of.
    pub kind: CandidateKind,
    /// The label's first line.
    pub title: String,
    /// The label's second line.
    pub note: String,
    /// Where its content lies (image, audio, video), an absolute URL; none for text.
    pub src: Option<String>,
    /// Its content where it is text and already here.
    pub text: Option<String>,
}

/// Where a widget stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The round is not here yet.
    Loading,
    /// A question is up, the guess is committed, nothing is answered.
    Asking,
    /// Answered; the guess is revealed; the next question waits for `Request::Next`.
    Answered,
    /// Little more can be learned from this person; `Request::KeepGoing` asks on.
    Done,
    /// The round has too few candidates to ask about.
    Empty,
    /// Not open yet.
    Upcoming,
    /// No longer open.
    Closed,
}

/// The guess that was committed before the answer. Shown only once answered.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Guess {
    /// Probability of left against right (ties aside), or of "for"; in [0, 1].
    pub probability: f64,
    /// 95 % range of that probability under the posterior.
    pub low: f64,
    /// See `low`.
    pub high: f64,
    /// Within two points of one half: "we could not tell".
    pub undecided: bool,
    /// Whether the answer agreed; none where undecided, or the answer takes no side.
    pub hit: Option<bool>,
}

/// How the guesses went so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tally {
    /// Guesses that were right.
    pub hits: u32,
    /// Guesses that took a side on a question that got one.
    pub guessed: u32,
    /// The last twelve, oldest first.
    pub recent: Vec<bool>,
}

/// What a widget says about the way of the votes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Votes kept on this device, not yet acknowledged.
    pub kept: u32,
    /// Whether the device believes it is offline.
    pub offline: bool,
    /// The last refusal or failure: a stable code; none when all is well.
    pub trouble: Option<String>,
    /// Why votes cannot be stored on this device: a stable code; none when they are. Kept votes are then in this page
    /// only, and gone with it.
    pub storage: Option<String>,
    /// Seconds until the next try, where one is planned.
    pub retry_in: Option<u32>,
    /// Votes that can no longer be delivered (the round closed, the budget is spent); they stay in the export.
    #[serde(default)]
    pub undeliverable: u32,
}

/// The state of a duel.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DuelView {
    /// Where it stands.
    pub phase: Phase,
    /// What the round asks, in the operator's words.
    pub question: String,
    /// Left and right, in Asking and Answered.
    pub pair: Option<(CandidateView, CandidateView)>,
    /// The answer, in Answered.
    pub outcome: Option<DuelOutcome>,
    /// The guess, in Answered.
    pub guess: Option<Guess>,
    /// The pair likely to come next, so that its media can be fetched ahead.
    pub upcoming: Option<(CandidateView, CandidateView)>,
    /// How the guesses went.
    pub tally: Tally,
    /// Whether the last vote can be taken back.
    pub can_undo: bool,
    /// The way of the votes.
    pub delivery: Delivery,
}

/// The state of an approval.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ApproveView {
    /// Where it stands.
    pub phase: Phase,
    /// What the round asks.
    pub question: String,
    /// The candidate, in Asking and Answered.
    pub candidate: Option<CandidateView>,
    /// The answer, in Answered.
    pub outcome: Option<ApprovalOutcome>,
    /// The guess (probability of "for"), in Answered.
    pub guess: Option<Guess>,
    /// Which of how many: (4, 12).
    pub progress: (u32, u32),
    /// How the guesses went.
    pub tally: Tally,
    /// Whether the last vote can be taken back.
    pub can_undo: bool,
    /// The way of the votes.
    pub delivery: Delivery,
}

/// One row of the board.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BoardRowView {
    /// The candidate.
    pub candidate: CandidateView,
    /// Best and worst rank that the votes allow.
    pub ranks: (u32, u32),
    /// Expected share of duels won, with its 95 % range; all in [0, 1].
    pub share: f64,
    /// See `share`.
    pub low: f64,
    /// See `share`.
    pub high: f64,
    /// Votes that named it.
    pub votes: u32,
    /// Fewer than ten votes.
    pub fragile: bool,
    /// Whether this person chose it.
    pub yours: bool,
}

/// The state of a board.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BoardView {
    /// Loading, Asking (= there is a board) or Empty.
    pub phase: Phase,
    /// The round's title.
    pub title: String,
    /// All votes, and by how many people.
    pub votes: u32,
    /// See `votes`.
    pub voters: u32,
    /// Best first.
    pub rows: Vec<BoardRowView>,
}

/// How this device stands towards wallets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "WalletWire", rename_all = "kebab-case", rename_all_fields = "camelCase", tag = "state")]
pub enum WalletView {
    /// Votes with its own key.
    Guest {
        /// Votes cast so far.
        votes: u32,
    },
    /// The wallet is asked; it may take a while.
    Asking {
        /// The wallet's name.
        wallet: String,
    },
    /// Votes for a wallet.
    Connected {
        /// The wallet's address, EIP-55.
        address: String,
        /// Guest votes that now belong to it.
        claimed: u32,
        /// When the grant ends, Unix seconds.
        not_after: u64,
    },
    /// It did not work; votes go on as a guest.
    Trouble {
        /// A stable code.
        code: String,
        /// What happened and what to do, one sentence.
        message: String,
    },
}

/// What a widget asks for. The host may veto it; the widget waits for the state that follows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RequestWire")]
pub enum Request {
    /// Answer the duel that is up.
    Duel {
        /// The answer.
        outcome: DuelOutcome,
    },
    /// Answer the approval that is up.
    Approve {
        /// The answer.
        outcome: ApprovalOutcome,
    },
    /// Take the last vote back.
    Undo {
        /// The last one on this desk; none: on any.
        desk: Option<DeskKind>,
    },
    /// The revealed guess was seen: the next question.
    Next {
        /// On this desk; none: on both.
        desk: Option<DeskKind>,
    },
    /// The content of a candidate could not be shown: another question, nothing recorded.
    Broken {
        /// Which one.
        candidate: CandidateId,
    },
    /// Ask on although enough is known.
    KeepGoing,
    /// Send the kept votes now.
    Retry,
    /// Connect the wallet with this EIP-6963 uuid (empty: the only one).
    Connect {
        /// Its uuid.
        wallet: String,
    },
    /// Go back to being a guest on this device.
    Disconnect,
}

/// A request as the page writes it: flat, because serde reads tagged enums through a copy that costs the wasm 40 KB.
#[derive(Deserialize)]
struct RequestWire {
    request: String,
    outcome: Option<String>,
    candidate: Option<CandidateId>,
    wallet: Option<String>,
    desk: Option<String>,
}

impl TryFrom<RequestWire> for Request {
    type Error = CoreError;

    fn try_from(wire: RequestWire) -> Result<Self, CoreError> {
        let outcome = wire.outcome.as_deref().unwrap_or_default();
        let unknown = |what, found: &str, expected| CoreError::Word { what, found: found.into(), expected };
        let desk = match wire.desk.as_deref() {
            None => None,
            Some("duel") => Some(DeskKind::Duel),
            Some("approval") => Some(DeskKind::Approval),
            Some(other) => return Err(unknown("desk", other, "duel, approval")),
        };
        Ok(match wire.request.as_str() {
            "duel" => Self::Duel {
                outcome: match outcome {
                    "left" => DuelOutcome::Left,
                    "right" => DuelOutcome::Right,
                    "tie" => DuelOutcome::Tie,
                    "neither" => DuelOutcome::Neither,
                    "skip" => DuelOutcome::Skip,
                    _ => return Err(unknown("outcome", outcome, "left, right, tie, neither, skip")),
                },
            },
            "approve" => Self::Approve {
                outcome: match outcome {
                    "for" => ApprovalOutcome::For,
                    "against" => ApprovalOutcome::Against,
                    "skip" => ApprovalOutcome::Skip,
                    _ => return Err(unknown("outcome", outcome, "for, against, skip")),
                },
            },
            "undo" => Self::Undo { desk },
            "next" => Self::Next { desk },
            "broken" => match wire.candidate {
                Some(candidate) => Self::Broken { candidate },
                None => return Err(unknown("candidate", "", "a candidate's id")),
            },
            "keep-going" => Self::KeepGoing,
            "retry" => Self::Retry,
            "connect" => Self::Connect { wallet: wire.wallet.unwrap_or_default() },
            "disconnect" => Self::Disconnect,
            other => {
                let expected = "duel, approve, undo, next, broken, keep-going, retry, connect, disconnect";
                return Err(unknown("request", other, expected));
            }
        })
    }
}

/// A wallet's state as the page writes it; flat for the same reason.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WalletWire {
    state: String,
    votes: Option<u32>,
    wallet: Option<String>,
    address: Option<String>,
    claimed: Option<u32>,
    not_after: Option<u64>,
    code: Option<String>,
    message: Option<String>,
}

impl TryFrom<WalletWire> for WalletView {
    type Error = CoreError;

    fn try_from(wire: WalletWire) -> Result<Self, CoreError> {
        Ok(match wire.state.as_str() {
            "guest" => Self::Guest { votes: wire.votes.unwrap_or_default() },
            "asking" => Self::Asking { wallet: wire.wallet.unwrap_or_default() },
            "connected" => Self::Connected {
                address: wire.address.unwrap_or_default(),
                claimed: wire.claimed.unwrap_or_default(),
                not_after: wire.not_after.unwrap_or_default(),
            },
            "trouble" => Self::Trouble {
                code: wire.code.unwrap_or_default(),
                message: wire.message.unwrap_or_default(),
            },
            other => {
                let expected = "guest, asking, connected, trouble";
                return Err(CoreError::Word { what: "wallet state", found: other.into(), expected });
            }
        })
    }
}
