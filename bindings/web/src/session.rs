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

    /// Does what the name says: all that it takes to answer questions and to sign the answers. `now` is in Unix seconds (its
    /// fraction is dropped, what is no time counts as the epoch), `seed` 32 fresh random bytes where something is drawn, `given` a
    /// line for each thing that goes with it. Nothing is an empty text.
    pub fn call(&mut self, name: &str, now: f64, seed: &[u8], given: &str) -> String {
        told(self.now(name, Call::new(now, seed, given)))
    }

    /// The same for everything else: what an operator answers, what was stored, and what wallets and models bring.
    pub fn late(&mut self, name: &str, now: f64, seed: &[u8], given: &str) -> String {
        told(self.later(name, Call::new(now, seed, given)))
    }
}

/// What goes with a name.
struct Call<'a> {
    now: u64,
    seed: &'a [u8],
    /// Lines that were not taken yet.
    given: Option<&'a str>,
}

impl<'a> Call<'a> {
    fn new(now: f64, seed: &'a [u8], given: &'a str) -> Self {
        Self { now: now as u64, seed, given: Some(given) }
    }

    fn line(&mut self) -> &'a str {
        let given = self.given.take().unwrap_or_default();
        match given.split_once('\n') {
            None => given,
            Some((line, more)) => {
                self.given = Some(more);
                line
            }
        }
    }

    /// The last thing that is given: it may have lines of its own.
    fn rest(&mut self) -> &'a str {
        self.given.take().unwrap_or_default()
    }

    fn seed(&self) -> Result<&'a [u8; 32], WebError> {
        self.seed.try_into().map_err(|_| wrong("the seed", "expected 32 bytes"))
    }
}

fn wrong(what: &'static str, why: &str) -> WebError {
    WebError::Argument { what, why: why.into() }
}

impl WebSession {
    fn open(&mut self, mut call: Call<'_>) -> Result<(), WebError> {
        let (signer, expected) = (call.line(), call.line());
        let signed: SignedRound = from_json("the signed round", call.rest())?;
        let expected = if expected.is_empty() { None } else { Some(expected.parse::<Digest>()?) };
        self.session = Some(Session::new(signed, expected, parse_address(signer)?)?);
        Ok(())
    }

    fn session(&mut self) -> Result<&mut Session, WebError> {
        self.session.as_mut().ok_or_else(|| wrong("the session", "it is not open"))
    }

    fn now(&mut self, name: &str, mut call: Call<'_>) -> Result<String, WebError> {
        let nothing = String::new();
        if name == "open" {
            self.open(call)?;
            return Ok(nothing);
        }
        let session = self.session()?;
        let now = call.now;
        Ok(match name {
            "id" => session.id().to_string(),
            "voter" => session.identity().voter.to_string(),
            "signer" => session.identity().signer.to_string(),
            "model" => session.model().map(|digest| digest.to_string()).unwrap_or_default(),
            "view" => to_json(&session.desk_view(call.line().parse()?, now)),
            "delivery" => to_json(&session.delivery(now)),
            "cast" => session.cast().to_string(),
            "tally" => to_json(&session.tally()),
            "votes" => to_json(&session.own_votes()),
            "chosen" => ids(&session.records().chosen()),
            "boardHidden" => match session.board_hidden(now) {
                Some(Hidden::Voted) => "voted".into(),
                Some(Hidden::Closed) => "closed".into(),
                None => nothing,
            },
            "commitment" => match session.commitment(call.line().parse()?) {
                Some((digest, text)) => digest.to_string() + &text.unwrap_or_default(),
                None => nothing,
            },
            "retryAt" => session.retry_at().unwrap_or(0).to_string(),
            "wantedTexts" => ids(&session.wanted_texts()),
            "due" => match session.due(now) {
                Some(signed) => signed.ballot.digest().to_string() + &to_json(signed),
                None => nothing,
            },
            "save" => to_json(&session.save()),
            "draft" => session.make_ballot(now).map(|ballot| ballot.digest().to_string()).unwrap_or_default(),
            "postpone" => {
                let (code, at_least) = (call.line(), call.line());
                session.postpone(now, code, at_least.parse().ok(), call.seed()?).to_string()
            }
            "seal" => {
                let id = call.line().parse()?;
                let signature = Signature::from_wallet(call.line())?;
                // While this one was signed another may have been made.
                if session.draft_id() != Some(id) {
                    return Err(SdkError::DraftStale.into());
                }
                session.seal(signature)?.to_string()
            }
            _ => {
                answer(session, name, call)?;
                nothing
            }
        })
    }

    fn later(&mut self, name: &str, mut call: Call<'_>) -> Result<String, WebError> {
        let nothing = String::new();
        let session = self.session()?;
        let now = call.now;
        Ok(match name {
            "unchecked" => to_json(&session.unchecked()),
            "export" => to_json(&session.export()),
            "makeBallot" => match session.make_ballot_for(parse_address(call.line())?, now) {
                Some(ballot) => to_json(ballot),
                None => nothing,
            },
            "refuse" => {
                let ballot = call.line().parse()?;
                let mut numbers = call.line().split(' ').map(|number| number.parse().ok());
                let refusal = Refusal {
                    code: call.line(),
                    retry_after: numbers.next().flatten().map(|seconds: u64| seconds as u32),
                    number: numbers.next().flatten(),
                };
                match session.refuse(ballot, &refusal, now, call.seed()?)? {
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
            _ => {
                change(session, name, call)?;
                nothing
            }
        })
    }
}

/// What a question asks for.
fn answer(session: &mut Session, name: &str, mut call: Call<'_>) -> Result<(), WebError> {
    let now = call.now;
    match name {
        "ask" => session.ask(call.line().parse()?, now, call.seed()?)?,
        "pose" => {
            let why = || wrong("the question", "expected a kind and ids");
            session.pose(words::read_question(call.line()).ok_or_else(why)?, now, call.seed()?)?;
        }
        "vote" => {
            let mut said = call.line().split(' ');
            let mut word = || said.next().unwrap_or_default();
            let (kind, outcome) = (word().parse()?, word());
            let strength = match word().parse() {
                Ok(0) | Err(_) => None,
                Ok(strength) => Some(Strength::new(strength)?),
            };
            session.vote(kind, outcome, strength, from_json("the reasons", call.line())?, now)?;
        }
        "undo" => session.undo(desk(call.line())?, now, call.seed()?)?,
        "next" => session.next(desk(call.line())?, now, call.seed()?)?,
        "keepGoing" => session.keep_going(now, call.seed()?)?,
        "broken" => session.broken(call.line().parse()?, now, call.seed()?)?,
        "checkText" => session.check_text(call.line().parse()?, call.rest())?,
        "guest" => {
            let signer = parse_address(call.line())?;
            session.identify(Identity { voter: signer, signer, grant: None });
        }
        "setOffline" => session.set_offline(!call.line().is_empty()),
        "setStorageTrouble" => {
            session.set_storage_trouble(Some(call.line().into()).filter(|code: &String| !code.is_empty()))
        }
        "hurry" => session.hurry(),
        other => return Err(wrong("the name", other)),
    }
    Ok(())
}

/// What comes from elsewhere.
fn change(session: &mut Session, name: &str, mut call: Call<'_>) -> Result<(), WebError> {
    let now = call.now;
    match name {
        "checkOperator" => session.check_operator(parse_address(call.line())?)?,
        "takeAdvice" => {
            let who = call.line().parse().unwrap_or_default();
            session.take_advice(Box::new(Relay { who, model: call.line().parse()? }), call.seed()?);
        }
        "forgetTaste" => session.forget_taste(),
        "setClock" => session.set_clock(now, call.line().parse().unwrap_or(now)),
        "trustServer" => session.trust_server(parse_address(call.line())?),
        "acceptReceipt" => {
            let signer = call.line();
            let signer = if signer.is_empty() { None } else { Some(parse_address(signer)?) };
            let receipt: SignedReceipt = from_json("the receipt", call.line())?;
            session.accept_receipt(receipt, signer)?;
        }
        "identify" => {
            let signer = parse_address(call.line())?;
            let grant: SignedGrant = from_json("the grant", call.line())?;
            session.identify(Identity { voter: grant.grant.voter, signer, grant: Some(grant) });
        }
        "merge" => {
            let saved: Saved = from_json("", call.line()).map_err(|error| match error {
                WebError::Argument { why: found, .. } => SdkError::Saved { found }.into(),
                other => other,
            })?;
            session.merge(saved, now)?;
        }
        other => return Err(wrong("the name", other)),
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
