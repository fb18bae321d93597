//! The session for the page: one Rust [`Session`], spoken to in text.
//!
//! There is one function for all of it, because each exported function costs code on both sides of the border, and there would
//! be fifty. What it takes and gives for each name is written down where the names are (`session.ts`), typed.

use taste_ballot::{Signature, SignedGrant, SignedReceipt, SignedRound, parse_address};
use taste_core::{CandidateId, CoreError, Digest, Strength, VoteKind};
use taste_sdk::{Hidden, Identity, Refusal, Remedy, Saved, SdkError, Session, words};
use wasm_bindgen::prelude::*;

use crate::{
    advisor::Relay,
    error::{WebError, told},
    read::from_json,
    write::to_json,
};

/// One person in one round on this device. Holds nothing until it is told to `open`.
#[wasm_bindgen]
#[derive(Default)]
pub struct WebSession {
    session: Option<Session>,
}

#[wasm_bindgen]
impl WebSession {
    /// Holds nothing yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Does what the name says. `now` is in Unix seconds (its fraction is dropped, what is no time counts as the epoch), `seed` 32
    /// fresh random bytes where something is drawn, `given` a line for each thing that goes with it. Nothing is an empty text.
    pub fn call(&mut self, name: &str, now: f64, seed: &[u8], given: &str) -> String {
        told(self.run(name, now as u64, seed, given))
    }
}

impl WebSession {
    fn run(&mut self, name: &str, now: u64, seed: &[u8], given: &str) -> Result<String, WebError> {
        let wrong = |what, why: &str| WebError::Argument { what, why: why.into() };
        // The last one may have lines of its own.
        let mut lines = given.splitn(3, '\n');
        let mut line = || lines.next().unwrap_or_default();
        let first = line();
        if name == "open" {
            let (expected, signed) = (line(), line());
            let signed: SignedRound = from_json("the signed round", signed)?;
            let expected = if expected.is_empty() { None } else { Some(expected.parse::<Digest>()?) };
            let session = Session::new(signed, expected, parse_address(first)?)?;
            self.session = Some(session);
            return Ok(String::new());
        }
        let session = self.session.as_mut().ok_or_else(|| wrong("the session", "it is not open"))?;
        let seed = <&[u8; 32]>::try_from(seed).map_err(|_| wrong("the seed", "expected 32 bytes"));
        let nothing = String::new();
        Ok(match name {
            // ---- what there is
            "id" => session.id().to_string(),
            "voter" => session.identity().voter.to_string(),
            "signer" => session.identity().signer.to_string(),
            "model" => session.model().map(|digest| digest.to_string()).unwrap_or_default(),
            "view" => to_json(&session.desk_view(first.parse()?, now)),
            "delivery" => to_json(&session.delivery(now)),
            "tally" => to_json(&session.tally()),
            "votes" => to_json(&session.own_votes()),
            "cast" => session.cast().to_string(),
            "chosen" => ids(&session.records().chosen()),
            "boardHidden" => match session.board_hidden(now) {
                Some(Hidden::Voted) => "voted".into(),
                Some(Hidden::Closed) => "closed".into(),
                None => nothing,
            },
            "commitment" => match session.commitment(first.parse()?) {
                Some((digest, text)) => digest.to_string() + &text.unwrap_or_default(),
                None => nothing,
            },
            "wantedTexts" => ids(&session.wanted_texts()),
            "retryAt" => session.retry_at().unwrap_or(0).to_string(),
            "due" => match session.due(now) {
                Some(signed) => signed.ballot.digest().to_string() + &to_json(signed),
                None => nothing,
            },
            "unchecked" => to_json(&session.unchecked()),
            "export" => to_json(&session.export()),
            "save" => to_json(&session.save()),
            // ---- what changes it and answers
            "draft" => session.make_ballot(now).map(|ballot| ballot.digest().to_string()).unwrap_or_default(),
            "makeBallot" => match session.make_ballot_for(parse_address(first)?, now) {
                Some(ballot) => to_json(ballot),
                None => nothing,
            },
            "seal" => {
                let signature = Signature::from_wallet(line())?;
                // While this one was signed another may have been made.
                if session.draft_id() != Some(first.parse()?) {
                    return Err(SdkError::DraftStale.into());
                }
                session.seal(signature)?.to_string()
            }
            "refuse" => {
                let mut numbers = line().split(' ').map(|number| number.parse().ok());
                let refusal = Refusal {
                    code: line(),
                    retry_after: numbers.next().flatten().map(|seconds: u64| seconds as u32),
                    number: numbers.next().flatten(),
                };
                match session.refuse(first.parse()?, &refusal, now, seed?)? {
                    Remedy::SignAgain => "sign-again",
                    Remedy::SetClock => "set-clock",
                    Remedy::Smaller => "smaller",
                    Remedy::Fewer => "fewer",
                    Remedy::NewGrant => "new-grant",
                    Remedy::GiveUp => "give-up",
                    _ => "wait",
                }
                .into()
            }
            "postpone" => session.postpone(now, first, line().parse().ok(), seed?).to_string(),
            // ---- what changes it
            "checkText" => {
                // A text has lines of its own.
                let text = given.split_once('\n').unwrap_or_default().1;
                session.check_text(first.parse()?, text)?;
                nothing
            }
            _ => {
                change(session, name, now, seed, first, &mut line)?;
                nothing
            }
        })
    }
}

fn change<'a>(
    session: &mut Session,
    name: &str,
    now: u64,
    seed: Result<&[u8; 32], WebError>,
    first: &'a str,
    line: &mut dyn FnMut() -> &'a str,
) -> Result<(), WebError> {
    match name {
        "checkOperator" => session.check_operator(parse_address(first)?)?,
        "takeAdvice" => {
            let who = first.parse().unwrap_or_default();
            session.take_advice(Box::new(Relay { who, model: line().parse()? }), seed?);
        }
        "forgetTaste" => session.forget_taste(),
        "setOffline" => session.set_offline(!first.is_empty()),
        "setStorageTrouble" => session.set_storage_trouble(Some(first.into()).filter(|_| !first.is_empty())),
        "setClock" => session.set_clock(now, first.parse().unwrap_or(now)),
        "trustServer" => session.trust_server(parse_address(first)?),
        "ask" => session.ask(first.parse()?, now, seed?)?,
        "pose" => {
            let why = || WebError::Argument { what: "the question", why: "expected a kind and ids".into() };
            session.pose(words::read_question(first).ok_or_else(why)?, now, seed?)?;
        }
        "vote" => {
            let mut said = first.split(' ');
            let mut word = || said.next().unwrap_or_default();
            let (kind, outcome) = (word().parse()?, word());
            let strength = match word().parse() {
                Ok(0) | Err(_) => None,
                Ok(strength) => Some(Strength::new(strength)?),
            };
            session.vote(kind, outcome, strength, from_json("the reasons", line())?, now)?;
        }
        "undo" => session.undo(desk(first)?, now, seed?)?,
        "next" => session.next(desk(first)?, now, seed?)?,
        "keepGoing" => session.keep_going(now, seed?)?,
        "broken" => session.broken(first.parse()?, now, seed?)?,
        "hurry" => session.hurry(),
        "acceptReceipt" => {
            let signer = if first.is_empty() { None } else { Some(parse_address(first)?) };
            let receipt: SignedReceipt = from_json("the receipt", line())?;
            session.accept_receipt(receipt, signer)?;
        }
        "identify" => {
            let (signer, grant) = (parse_address(first)?, line());
            let grant: Option<SignedGrant> =
                if grant.is_empty() { None } else { Some(from_json("the grant", grant)?) };
            let voter = grant.as_ref().map_or(signer, |signed| signed.grant.voter);
            session.identify(Identity { voter, signer, grant });
        }
        "merge" => {
            let saved: Saved = from_json("", first).map_err(|error| match error {
                WebError::Argument { why: found, .. } => SdkError::Saved { found }.into(),
                other => other,
            })?;
            session.merge(saved, now)?;
        }
        other => return Err(WebError::Argument { what: "the name", why: other.into() }),
    }
    Ok(())
}

/// A kind of vote, or none for an empty word.
fn desk(word: &str) -> Result<Option<VoteKind>, CoreError> {
    if word.is_empty() { Ok(None) } else { word.parse().map(Some) }
}

fn ids(ids: &[CandidateId]) -> String {
    let mut text = String::new();
    for id in ids {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&id.to_string());
    }
    text
}
