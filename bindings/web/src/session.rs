//! The session for the page: one Rust [`Session`], spoken to in text.

use taste_ballot::{Signature, SignedGrant, SignedReceipt, SignedRound, parse_address};
use taste_core::{CandidateId, CoreError, Digest, Strength, VoteKind};
use taste_sdk::{Hidden, Identity, Refusal, Remedy, Saved, SdkError, Session, words};
use wasm_bindgen::prelude::*;

use crate::{
    advisor::Relay,
    error::{WebError, done, told},
    read::from_json,
    write::to_json,
};

/// One person in one round on this device. `now` is in Unix seconds, `seed` 32 fresh random bytes. What is said to be empty
/// stands for none.
#[wasm_bindgen]
#[derive(Default)]
pub struct WebSession {
    session: Option<Session>,
}

/// `Date.now() / 1000`; the fraction is dropped, what is no time counts as the epoch.
fn seconds(now: f64) -> u64 {
    now as u64
}

fn bytes32(seed: &[u8]) -> Result<[u8; 32], WebError> {
    seed.try_into().map_err(|_| WebError::Argument { what: "the seed", why: "expected 32 bytes".into() })
}

/// A kind of vote, or none for an empty word.
fn desk(word: &str) -> Result<Option<VoteKind>, CoreError> {
    if word.is_empty() { Ok(None) } else { word.parse().map(Some) }
}

fn ids(ids: &[CandidateId]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

impl WebSession {
    fn get(&self) -> &Session {
        self.session.as_ref().expect("`open` comes first")
    }

    fn get_mut(&mut self) -> &mut Session {
        self.session.as_mut().expect("`open` comes first")
    }

    fn opened(signed: &str, expected: &str, signer: &str) -> Result<Session, WebError> {
        let signed: SignedRound = from_json("the signed round", signed)?;
        let expected = if expected.is_empty() { None } else { Some(expected.parse::<Digest>()?) };
        Ok(Session::new(signed, expected, parse_address(signer)?)?)
    }

    fn voted(
        &mut self,
        kind: &str,
        outcome: &str,
        strength: u8,
        reasons: &str,
        now: f64,
    ) -> Result<Digest, WebError> {
        let strength = if strength == 0 { None } else { Some(Strength::new(strength)?) };
        let reasons = from_json("the reasons", reasons)?;
        Ok(self.get_mut().vote(kind.parse()?, outcome, strength, reasons, seconds(now))?)
    }

    fn identified(&mut self, signer: &str, grant: &str) -> Result<(), WebError> {
        let signer = parse_address(signer)?;
        let who = if grant.is_empty() {
            Identity::guest(signer)
        } else {
            let signed: SignedGrant = from_json("the grant", grant)?;
            Identity { voter: signed.grant.voter, signer, grant: Some(signed) }
        };
        self.get_mut().identify(who);
        Ok(())
    }

    fn sealed(&mut self, ballot: &str, signature: &str) -> Result<Digest, SdkError> {
        let (ballot, signature) = (ballot.parse::<Digest>()?, Signature::from_wallet(signature)?);
        // While this one was signed another may have been made.
        if self.get().draft_id() != Some(ballot) {
            return Err(SdkError::DraftStale);
        }
        self.get_mut().seal(signature)
    }

    fn received(&mut self, receipt: &str, signer: &str) -> Result<(), WebError> {
        let receipt: SignedReceipt = from_json("the receipt", receipt)?;
        let signer = if signer.is_empty() { None } else { Some(parse_address(signer)?) };
        Ok(self.get_mut().accept_receipt(receipt, signer)?)
    }

    fn refused(
        &mut self,
        ballot: &str,
        refusal: &Refusal<'_>,
        now: f64,
        seed: &[u8],
    ) -> Result<String, WebError> {
        let remedy = self.get_mut().refuse(ballot.parse()?, refusal, seconds(now), &bytes32(seed)?)?;
        Ok(match remedy {
            Remedy::SignAgain => "sign-again",
            Remedy::SetClock => "set-clock",
            Remedy::Smaller => "smaller",
            Remedy::Fewer => "fewer",
            Remedy::NewGrant => "new-grant",
            Remedy::GiveUp => "give-up",
            _ => "wait",
        }
        .into())
    }

    fn merged(&mut self, saved: &[u8], now: f64) -> Result<(), WebError> {
        let unreadable = |found: String| SdkError::Saved { found };
        let text = core::str::from_utf8(saved).map_err(|_| unreadable("no text".into()))?;
        let saved: Saved = from_json("", text).map_err(|error| match error {
            WebError::Argument { why, .. } => unreadable(why).into(),
            other => other,
        })?;
        Ok(self.get_mut().merge(saved, seconds(now))?)
    }

    /// Runs something that takes a time and a seed.
    fn at(
        &mut self,
        now: f64,
        seed: &[u8],
        change: impl FnOnce(&mut Session, u64, &[u8; 32]) -> Result<(), WebError>,
    ) -> String {
        done(bytes32(seed).and_then(|seed| change(self.get_mut(), seconds(now), &seed)))
    }
}

#[wasm_bindgen]
impl WebSession {
    /// Holds nothing until `open`.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens a SignedRound for this signer. `expected` is the id in the address it came from, or empty.
    pub fn open(&mut self, signed: &str, expected: &str, signer: &str) -> String {
        done(Self::opened(signed, expected, signer).map(|session| self.session = Some(session)))
    }

    /// Holds the round's signature against its operator; `signer` is who signed it.
    #[wasm_bindgen(js_name = checkOperator)]
    pub fn check_operator(&self, signer: &str) -> String {
        done(parse_address(signer).map_err(WebError::from).and_then(|by| Ok(self.get().check_operator(by)?)))
    }

    /// The round's id.
    pub fn id(&self) -> String {
        self.get().id().to_string()
    }

    /// Whose votes they are, EIP-55.
    pub fn voter(&self) -> String {
        self.get().identity().voter.to_string()
    }

    /// The session key's address, EIP-55.
    pub fn signer(&self) -> String {
        self.get().identity().signer.to_string()
    }

    /// The digest of the taste model behind the advice, or empty.
    pub fn model(&self) -> String {
        self.get().model().map(|digest| digest.to_string()).unwrap_or_default()
    }

    // ---- views ---------------------------------------------------------------------------------------------

    /// DeskView of a kind of vote.
    pub fn view(&self, kind: &str, now: f64) -> String {
        told(kind.parse::<VoteKind>().map(|kind| to_json(&self.get().desk_view(kind, seconds(now)))))
    }

    /// Delivery.
    pub fn delivery(&self, now: f64) -> String {
        to_json(&self.get().delivery(seconds(now)))
    }

    /// Tally.
    pub fn tally(&self) -> String {
        to_json(&self.get().tally())
    }

    /// The person's votes that still speak.
    pub fn votes(&self) -> String {
        to_json(&self.get().own_votes())
    }

    /// Votes cast here that were not taken back.
    pub fn cast(&self) -> u32 {
        self.get().cast() as u32
    }

    /// The candidates that a vote which still speaks prefers, with spaces between them.
    pub fn chosen(&self) -> String {
        ids(&self.get().records().chosen())
    }

    /// Why the board is not shown now: `voted`, `closed`, or empty.
    #[wasm_bindgen(js_name = boardHidden)]
    pub fn board_hidden(&self, now: f64) -> String {
        match self.get().board_hidden(seconds(now)) {
            Some(Hidden::Voted) => "voted",
            Some(Hidden::Closed) => "closed",
            None => "",
        }
        .into()
    }

    /// The commitment (66 characters) of the question of a kind, then its text once it is answered; or empty.
    pub fn commitment(&self, kind: &str) -> String {
        let opened = kind.parse().ok().and_then(|kind| self.get().commitment(kind));
        opened.map(|(digest, text)| digest.to_string() + &text.unwrap_or_default()).unwrap_or_default()
    }

    // ---- what comes in from outside ------------------------------------------------------------------------

    /// Checks a text candidate's content, which the page has now.
    #[wasm_bindgen(js_name = checkText)]
    pub fn check_text(&mut self, candidate: &str, text: &str) -> String {
        let id = candidate.parse().map_err(WebError::from);
        done(id.and_then(|id| Ok(self.get_mut().check_text(id, text)?)))
    }

    /// Texts to fetch, most urgent first, with spaces between them.
    #[wasm_bindgen(js_name = wantedTexts)]
    pub fn wanted_texts(&self) -> String {
        ids(&self.get().wanted_texts())
    }

    /// From now on the page's mind `who` knows about taste, under the model with this digest.
    #[wasm_bindgen(js_name = takeAdvice)]
    pub fn take_advice(&mut self, who: u32, model: &str, seed: &[u8]) -> String {
        self.at(0.0, seed, |session, _, seed| {
            session.take_advice(Box::new(Relay { who, model: model.parse()? }), seed);
            Ok(())
        })
    }

    /// What was voted so far teaches nothing any more.
    #[wasm_bindgen(js_name = forgetTaste)]
    pub fn forget_taste(&mut self) {
        self.get_mut().forget_taste();
    }

    /// Whether the device is offline.
    #[wasm_bindgen(js_name = setOffline)]
    pub fn set_offline(&mut self, offline: bool) {
        self.get_mut().set_offline(offline);
    }

    /// What is wrong with storing votes on this device: a code, or empty.
    #[wasm_bindgen(js_name = setStorageTrouble)]
    pub fn set_storage_trouble(&mut self, code: String) {
        self.get_mut().set_storage_trouble(Some(code).filter(|code| !code.is_empty()));
    }

    /// The operator's clock beside this device's.
    #[wasm_bindgen(js_name = setClock)]
    pub fn set_clock(&mut self, now: f64, server: f64) {
        self.get_mut().set_clock(seconds(now), seconds(server));
    }

    /// An address whose receipts are also good: the server's operator.
    #[wasm_bindgen(js_name = trustServer)]
    pub fn trust_server(&mut self, operator: &str) -> String {
        done(parse_address(operator).map(|operator| self.get_mut().trust_server(operator)))
    }

    // ---- questions and answers -----------------------------------------------------------------------------

    /// Puts the next question of a kind up.
    pub fn ask(&mut self, kind: &str, now: f64, seed: &[u8]) -> String {
        self.at(now, seed, |session, now, seed| Ok(session.ask(kind.parse()?, now, seed)?))
    }

    /// Puts up the question that the page chose: `duel 0x… 0x…`.
    pub fn pose(&mut self, question: &str, now: f64, seed: &[u8]) -> String {
        self.at(now, seed, |session, now, seed| {
            let wrong = || WebError::Argument { what: "the question", why: "expected a kind and ids".into() };
            Ok(session.pose(words::read_question(question).ok_or_else(wrong)?, now, seed)?)
        })
    }

    /// Answers the question of a kind that is up. `strength` 0 = not said; `reasons` is a JSON list of the round's tags.
    pub fn vote(&mut self, kind: &str, outcome: &str, strength: u8, reasons: &str, now: f64) -> String {
        done(self.voted(kind, outcome, strength, reasons, now).map(drop))
    }

    /// Takes the last vote back, of a kind or of all (empty).
    pub fn undo(&mut self, kind: &str, now: f64, seed: &[u8]) -> String {
        self.at(now, seed, |session, now, seed| Ok(session.undo(desk(kind)?, now, seed)?))
    }

    /// The next question, of a kind or of all that were in use (empty).
    pub fn next(&mut self, kind: &str, now: f64, seed: &[u8]) -> String {
        self.at(now, seed, |session, now, seed| Ok(session.next(desk(kind)?, now, seed)?))
    }

    /// Asks on although enough is known.
    #[wasm_bindgen(js_name = keepGoing)]
    pub fn keep_going(&mut self, now: f64, seed: &[u8]) -> String {
        self.at(now, seed, |session, now, seed| Ok(session.keep_going(now, seed)?))
    }

    /// A candidate's content cannot be shown.
    pub fn broken(&mut self, candidate: &str, now: f64, seed: &[u8]) -> String {
        self.at(now, seed, |session, now, seed| Ok(session.broken(candidate.parse()?, now, seed)?))
    }

    // ---- ballots -------------------------------------------------------------------------------------------

    /// Puts kept votes into a ballot and returns its id, which the session key signs; empty where nothing is kept.
    pub fn draft(&mut self, now: f64) -> String {
        let ballot = self.get_mut().make_ballot(seconds(now));
        ballot.map(|ballot| ballot.digest().to_string()).unwrap_or_default()
    }

    /// The next ballot for this wallet to sign itself: its digest (66 characters), then the Ballot; or empty.
    #[wasm_bindgen(js_name = makeBallot)]
    pub fn make_ballot(&mut self, wallet: &str, now: f64) -> String {
        told(parse_address(wallet).map(|wallet| {
            let ballot = self.get_mut().make_ballot_for(wallet, seconds(now));
            ballot.map(|ballot| ballot.digest().to_string() + &to_json(ballot)).unwrap_or_default()
        }))
    }

    /// The signature over the ballot of this id, where it is the one made last. Returns the id.
    pub fn seal(&mut self, ballot: &str, signature: &str) -> String {
        told(self.sealed(ballot, signature).map(|id| id.to_string()))
    }

    /// The ballot to send now: its digest (66 characters), then the SignedBallot; or empty.
    pub fn due(&self, now: f64) -> String {
        let due = self.get().due(seconds(now));
        due.map(|signed| signed.ballot.digest().to_string() + &to_json(signed)).unwrap_or_default()
    }

    /// When the next try is planned, Unix seconds; 0 = none is.
    #[wasm_bindgen(js_name = retryAt)]
    pub fn retry_at(&self) -> f64 {
        self.get().retry_at().unwrap_or(0) as f64
    }

    /// Try now.
    pub fn hurry(&mut self) {
        self.get_mut().hurry();
    }

    /// The operator's SignedReceipt, and who signed it; empty where nobody here can tell.
    #[wasm_bindgen(js_name = acceptReceipt)]
    pub fn accept_receipt(&mut self, receipt: &str, signer: &str) -> String {
        done(self.received(receipt, signer))
    }

    /// The SignedReceipts that nobody has checked yet.
    pub fn unchecked(&self) -> String {
        to_json(&self.get().unchecked())
    }

    /// The operator's refusal; returns what follows: `sign-again`, `set-clock`, `smaller`, `fewer`,
    /// `new-grant`, `wait`, `give-up`. `number` in digits or empty, `retry_after` 0 = not said.
    pub fn refuse(
        &mut self,
        ballot: &str,
        code: &str,
        number: &str,
        retry_after: u32,
        now: f64,
        seed: &[u8],
    ) -> String {
        let retry_after = Some(retry_after).filter(|seconds| *seconds > 0);
        let refusal = Refusal { code, number: number.parse().ok(), retry_after };
        told(self.refused(ballot, &refusal, now, seed))
    }

    /// No answer came. Returns the seconds until the next try.
    pub fn postpone(&mut self, code: &str, at_least: u32, now: f64, seed: &[u8]) -> u32 {
        let seed = bytes32(seed).unwrap_or_default();
        self.get_mut().postpone(seconds(now), code, Some(at_least), &seed)
    }

    /// All SignedBallots.
    pub fn export(&self) -> String {
        to_json(&self.get().export())
    }

    // ---- who, and keeping ----------------------------------------------------------------------------------

    /// Votes go on under this key, for the SignedGrant's wallet or (empty) as a guest. What another key signed is still sent.
    pub fn identify(&mut self, signer: &str, grant: &str) -> String {
        done(self.identified(signer, grant))
    }

    /// Everything that must survive a reload, without the key.
    pub fn save(&self) -> Vec<u8> {
        to_json(&self.get().save()).into_bytes()
    }

    /// Adds what was saved, here or in another tab.
    pub fn merge(&mut self, saved: &[u8], now: f64) -> String {
        done(self.merged(saved, now))
    }
}
