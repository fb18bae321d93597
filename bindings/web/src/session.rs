//! The session for the page: one Rust [`Session`], spoken to in text.
//!
//! There is one function for all of it, because each exported function costs code on both sides of the border, and there would
//! be fifty. What it takes and gives for each name is written down where the names are (`session.ts`), typed.

use taste_ballot::{Address, Signature, SignedGrant, SignedReceipt, checksum, parse_address};
use taste_core::{CandidateId, Digest, Strength, VoteKind, cut, decimal, shortened, whole};
use taste_sdk::{Hidden, Identity, Refusal, Remedy, Saved, SdkError, Session, words};
use wasm_bindgen::prelude::*;

use crate::{
    advisor::Relay,
    error::{WebError, told},
    lines::{self, Lines},
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
    given: Lines<'a>,
}

impl<'a> Call<'a> {
    fn new(now: f64, seed: &'a [u8], given: &'a str) -> Self {
        Self { now: now as u64, seed, given: Lines::new(given) }
    }

    fn line(&mut self) -> &'a str {
        self.given.line()
    }

    #[inline(never)]
    fn digest(&mut self) -> Result<Digest, WebError> {
        Ok(self.line().parse::<Digest>()?)
    }

    #[inline(never)]
    fn kind(&mut self) -> Result<VoteKind, WebError> {
        Ok(self.line().parse::<VoteKind>()?)
    }

    /// A kind of vote, or none for an empty line.
    #[inline(never)]
    fn desk(&mut self) -> Result<Option<VoteKind>, WebError> {
        let line = self.line();
        Ok(if line.is_empty() { None } else { Some(line.parse::<VoteKind>()?) })
    }

    #[inline(never)]
    fn address(&mut self) -> Result<Address, WebError> {
        Ok(parse_address(self.line())?)
    }

    #[inline(never)]
    fn seed(&self) -> Result<&'a [u8; 32], WebError> {
        self.seed.try_into().map_err(|_| WebError::argument("the seed", "expected 32 bytes"))
    }
}

impl WebSession {
    fn open(&mut self, mut call: Call<'_>) -> Result<(), WebError> {
        let signer = call.address()?;
        let expected = match call.line() {
            "" => None,
            id => Some(id.parse::<Digest>()?),
        };
        let signed = call.given.signed_round();
        call.given.end("the signed round")?;
        self.session = Some(Session::new(signed, expected, signer)?);
        Ok(())
    }

    #[inline(never)]
    fn session(&mut self) -> Result<&mut Session, WebError> {
        self.session.as_mut().ok_or_else(|| WebError::argument("the session", "it is not open"))
    }

    fn now(&mut self, name: &str, mut call: Call<'_>) -> Result<String, WebError> {
        if name == "open" {
            self.open(call)?;
            return Ok(String::new());
        }
        let session = self.session()?;
        let now = call.now;
        Ok(match name {
            "id" => session.id().to_hex(),
            "voter" => checksum(&session.identity().voter),
            "signer" => checksum(&session.identity().signer),
            "model" => session.model().map(|digest| digest.to_hex()).unwrap_or_default(),
            "view" => lines::desk(&session.desk_view(call.kind()?, now)),
            "delivery" => lines::delivery(&session.delivery(now)),
            "cast" => decimal(session.cast() as u64),
            "tally" => lines::tally(&session.tally()),
            "votes" => lines::own_votes(&session.own_votes()),
            "boardHidden" => match session.board_hidden(now) {
                Some(Hidden::Voted) => "voted",
                Some(Hidden::Closed) => "closed",
                None => "",
            }
            .into(),
            "commitment" => match session.commitment(call.kind()?) {
                Some((digest, text)) => digest.to_hex() + &text.unwrap_or_default(),
                None => String::new(),
            },
            "retryAt" => decimal(session.retry_at().unwrap_or(0)),
            "wantedTexts" => ids(&session.wanted_texts()),
            "save" => lines::save(session.id(), session.records(), session.keeps_going()),
            "draft" => session.make_ballot(now).map(|ballot| ballot.digest().to_hex()).unwrap_or_default(),
            "postpone" => {
                let (code, at_least) = (call.line(), call.line());
                decimal(
                    session
                        .postpone(now, code, whole(at_least).map(|seconds| seconds as u32), call.seed()?)
                        .into(),
                )
            }
            "seal" => {
                let id = call.digest()?;
                let signature = Signature::from_wallet(call.line())?;
                // While this one was signed another may have been made.
                if session.draft_id() != Some(id) {
                    return Err(Box::new(SdkError::DraftStale).into());
                }
                session.seal(signature)?.to_hex()
            }
            _ => {
                answer(session, name, call)?;
                String::new()
            }
        })
    }

    fn later(&mut self, name: &str, mut call: Call<'_>) -> Result<String, WebError> {
        let nothing = String::new();
        let session = self.session()?;
        let now = call.now;
        Ok(match name {
            "chosen" => ids(&session.records().chosen()),
            "due" => match session.due(now) {
                Some(signed) => signed.ballot.digest().to_hex() + &to_json(signed),
                None => nothing,
            },
            "unchecked" => to_json(&session.unchecked()),
            "export" => to_json(&session.export()),
            "makeBallot" => match session.make_ballot_for(call.address()?, now) {
                Some(ballot) => to_json(ballot),
                None => nothing,
            },
            "refuse" => {
                let ballot = call.digest()?;
                let mut numbers = Some(call.line());
                let mut next = || whole(cut(&mut numbers, b' ')?);
                let (retry_after, number) = (next(), next());
                let refusal = Refusal {
                    code: call.line(),
                    retry_after: retry_after.map(|seconds| seconds as u32),
                    number,
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
        "ask" => session.ask(call.kind()?, now, call.seed()?)?,
        "pose" => {
            let question = words::read_question(call.line())
                .ok_or_else(|| WebError::argument("the question", "expected a kind and ids"))?;
            session.pose(question, now, call.seed()?)?;
        }
        "vote" => {
            let (kind, outcome) = (call.kind()?, call.line());
            let strength = match call.line() {
                "" => None,
                said => Some(Strength::new(whole(said).and_then(|said| said.try_into().ok()).unwrap_or(0))?),
            };
            let reasons = call.given.texts();
            call.given.end("the reasons")?;
            session.vote(kind, outcome, strength, reasons, now)?;
        }
        "undo" => session.undo(call.desk()?, now, call.seed()?)?,
        "next" => session.next(call.desk()?, now, call.seed()?)?,
        "keepGoing" => session.keep_going(now, call.seed()?)?,
        "broken" => session.broken(call.digest()?, now, call.seed()?)?,
        "checkText" => session.check_text(call.digest()?, call.given.rest())?,
        "guest" => {
            let signer = call.address()?;
            session.identify(Identity { voter: signer, signer, grant: None });
        }
        "setOffline" => session.set_offline(!call.line().is_empty()),
        "setStorageTrouble" => {
            session.set_storage_trouble(Some(call.line().into()).filter(|code: &String| !code.is_empty()))
        }
        "hurry" => session.hurry(),
        other => return Err(WebError::argument("the name", other)),
    }
    Ok(())
}

/// What comes from elsewhere.
fn change(session: &mut Session, name: &str, mut call: Call<'_>) -> Result<(), WebError> {
    let now = call.now;
    match name {
        "checkOperator" => session.check_operator(call.address()?)?,
        "takeAdvice" => {
            let who = call.line().parse().unwrap_or_default();
            session.take_advice(Box::new(Relay { who, model: call.digest()? }), call.seed()?);
        }
        "forgetTaste" => session.forget_taste(),
        "setClock" => session.set_clock(now, call.line().parse().unwrap_or(now)),
        "trustServer" => session.trust_server(call.address()?),
        "acceptReceipt" => {
            let signer = call.line();
            let signer = if signer.is_empty() { None } else { Some(parse_address(signer)?) };
            let receipt: SignedReceipt = from_json("the receipt", call.line())?;
            session.accept_receipt(receipt, signer)?;
        }
        "identify" => {
            let signer = call.address()?;
            let grant: SignedGrant = from_json("the grant", call.line())?;
            session.identify(Identity { voter: grant.grant.voter, signer, grant: Some(grant) });
        }
        "merge" => {
            session.merge(saved(call.given)?, now)?;
        }
        other => return Err(WebError::argument("the name", other)),
    }
    Ok(())
}

/// What a store kept: lines, or the JSON of versions before them.
fn saved(mut text: Lines<'_>) -> Result<Saved, WebError> {
    let unreadable = |found: &str| WebError::from(Box::new(SdkError::Saved { found: shortened(found) }));
    let refused = |error: WebError| unreadable(error.why().unwrap_or_default());
    match text.line() {
        lines::MEMORY => {
            let (round, records, keep_going) = text.memory();
            text.end("").map_err(refused)?;
            Ok(Saved::new(round, records, keep_going))
        }
        json if json.starts_with('{') => from_json("", json).map_err(refused),
        other => Err(unreadable(other)),
    }
}

fn ids(ids: &[CandidateId]) -> String {
    let mut text = String::new();
    for id in ids {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&id.to_hex());
    }
    text
}

#[cfg(test)]
mod tests {
    use taste_ballot::{Ballot, Receipt, Scope, SessionGrant, SignedBallot};
    use taste_core::{ApprovalOutcome, DuelOutcome, Stars, Vote};
    use taste_sdk::{BallotEnd, BallotRecord, Forecast, Records, VoteRecord};

    use super::*;

    const A: Digest = Digest([1; 32]);
    const B: Digest = Digest([2; 32]);
    const C: Digest = Digest([3; 32]);

    /// Everything that a memory may hold, with texts that look like the lines around them.
    fn records() -> Records {
        let mut votes = [
            Vote::duel(A, B, DuelOutcome::Left).unwrap(),
            Vote::approval(C, ApprovalOutcome::Skip),
            Vote::stars(A, Some(Stars::new(7, 5).unwrap())),
            Vote::ranking(vec![A, B, C], Some(vec![2, 0, 1])).unwrap(),
            Vote::points(vec![A, C], Some(vec![5, 0])).unwrap(),
        ];
        votes[0].strength = Some(Strength::new(80).unwrap());
        votes[0].reasons = vec!["two\nlines".into(), "a \\n that is none".into(), String::new()];
        let record = |(at, vote): (usize, &Vote)| VoteRecord {
            id: Digest([at as u8; 32]),
            order: at as u32,
            cast_at: 1_700_000_000 + at as u64,
            vote: vote.clone(),
            forecast: Forecast { probability: 710_000, low: 500_000, high: 900_000 },
            counts: at % 2 == 0,
            withdrawn: at == 1,
        };
        let key = |byte| Address::from([byte; 20]);
        let signature = Signature::Recoverable([27; 65]);
        let grant = SignedGrant {
            grant: SessionGrant {
                voter: key(1),
                session: key(2),
                scope: Scope::Round(A),
                origin: "example.org".into(),
                not_before: 5,
                not_after: u64::MAX,
            },
            signature: Signature::Contract(vec![1, 2, 3]),
            acceptance: Signature::P256([4; 128]),
        };
        let receipt = SignedReceipt {
            receipt: Receipt { ballot: B, round: A, index: 7, accepted_at: 8 },
            signature: signature.clone(),
        };
        let ends = [
            BallotEnd::Pending,
            BallotEnd::Returned { code: "ServerError::Odd\n1".into() },
            BallotEnd::Undeliverable { code: "\\".into() },
            BallotEnd::Accepted { receipt: receipt.clone(), checked: false },
            BallotEnd::Accepted { receipt, checked: true },
        ];
        let ballot = |(at, end): (usize, BallotEnd)| BallotRecord {
            id: Digest([100 + at as u8; 32]),
            signed: SignedBallot {
                ballot: Ballot {
                    round: A,
                    voter: key(1),
                    sequence: u64::MAX - at as u64,
                    issued_at: 1,
                    deadline: 2,
                    source: "a\nb".into(),
                    votes: votes[..at].to_vec(),
                },
                signature: signature.clone(),
                grant: (at == 2).then(|| grant.clone()),
            },
            votes: (0..at).map(|at| Digest([at as u8; 32])).collect(),
            end,
        };
        Records {
            ballots: ends.into_iter().enumerate().map(ballot).collect(),
            votes: votes.iter().enumerate().map(record).collect(),
            sequence: u64::MAX,
            taught_from: 3,
        }
    }

    fn read(text: &str) -> Saved {
        saved(Lines::new(text)).unwrap_or_else(|error| panic!("{:?}", error.why()))
    }

    #[test]
    fn a_memory_is_read_as_it_was_written_and_so_is_one_of_earlier_versions() {
        for (records, keep_going) in [(records(), true), (Records::default(), false)] {
            let memory = Saved::new(B, records.clone(), keep_going);
            assert_eq!(read(&lines::save(B, &records, keep_going)), memory);
            assert_eq!(read(&to_json(&memory)), memory);
        }
    }

    #[test]
    fn a_memory_that_is_cut_off_or_changed_is_refused_and_never_half_read() {
        let whole = lines::save(B, &records(), true);
        let lines: Vec<&str> = whole.lines().collect();
        for end in 0..lines.len() {
            assert!(saved(Lines::new(&lines[..end].join("\n"))).is_err(), "cut before line {end}");
        }
        let mut refused = 0;
        for at in 0..lines.len() {
            let mut changed = lines.clone();
            changed[at] = "what nobody wrote";
            refused += usize::from(saved(Lines::new(&changed.join("\n"))).is_err());
        }
        // Texts and flags may say anything; all else may not.
        assert!(refused > lines.len() / 2, "{refused} of {}", lines.len());
        assert!(saved(Lines::new("tastemaker.lines/9\n")).is_err());
        assert!(saved(Lines::new("{\"format\":\"tastemaker.session/1\"}")).is_err());
    }
}
