//! The session for JavaScript. Keys are elsewhere: a ballot goes out to be signed and its signature comes back.

use taste_ballot::{
    Address, Signature, SignedBallot, SignedGrant, SignedReceipt, SignedRound, parse_address,
};
use taste_core::{CandidateId, Digest, Question};
use taste_sdk::{
    BoardWire, Identity, Refusal, Remedy, Request, Saved, SdkError, Session, Subject, WalletView,
};
use wasm_bindgen::prelude::*;

use crate::{
    convert::{bytes32, from_js, parse, seconds, to_js},
    error::WebError,
};

/// One person in one round on this device. `now` is in Unix seconds, `seed` 32 fresh random bytes.
#[wasm_bindgen]
pub struct WebSession {
    session: Session,
    signer: Address,
    board: Option<BoardWire>,
    board_trouble: Option<String>,
    wallet: Option<WalletView>,
}

impl WebSession {
    /// The session, for the widgets in this crate.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The board as it came last.
    pub fn board(&self) -> Option<&BoardWire> {
        self.board.as_ref()
    }

    /// Why the board did not come the last time it was asked for.
    pub fn board_trouble(&self) -> Option<&str> {
        self.board_trouble.as_deref()
    }

    /// How this device stands towards wallets.
    pub fn wallet(&self) -> WalletView {
        let votes = self.session.cast() as u32;
        self.wallet.clone().unwrap_or(WalletView::Guest { votes })
    }
}

#[wasm_bindgen]
impl WebSession {
    /// Opens a SignedRound for the session key with this address. `expected` is the id in the address it came from.
    #[wasm_bindgen(constructor)]
    pub fn new(signed: JsValue, expected: Option<String>, signer: &str) -> Result<Self, WebError> {
        let signed: SignedRound = from_js("the signed round", signed)?;
        let expected = expected.map(|id| parse::<Digest>(&id)).transpose()?;
        let signer = parse_address(signer)?;
        let session = Session::new(signed, expected, signer)?;
        Ok(Self { session, signer, board: None, board_trouble: None, wallet: None })
    }

    /// The round's id.
    #[wasm_bindgen(getter)]
    pub fn id(&self) -> String {
        self.session.id().to_string()
    }

    /// Whose votes they are, EIP-55.
    #[wasm_bindgen(getter)]
    pub fn voter(&self) -> String {
        self.session.identity().voter.to_string()
    }

    /// The session key's address, EIP-55.
    #[wasm_bindgen(getter)]
    pub fn signer(&self) -> String {
        self.signer.to_string()
    }

    /// The digest of the taste model in use.
    #[wasm_bindgen(getter)]
    pub fn model(&self) -> Option<String> {
        self.session.model().map(|digest| digest.to_string())
    }

    // ---- views ---------------------------------------------------------------------------------------------

    /// DuelView.
    #[wasm_bindgen(js_name = duelView)]
    pub fn duel_view(&self, now: f64) -> Result<JsValue, WebError> {
        to_js(&self.session.duel_view(seconds(now)))
    }

    /// ApproveView.
    #[wasm_bindgen(js_name = approveView)]
    pub fn approve_view(&self, now: f64) -> Result<JsValue, WebError> {
        to_js(&self.session.approve_view(seconds(now)))
    }

    /// BoardView of the board that was set last.
    #[wasm_bindgen(js_name = boardView)]
    pub fn board_view(&self) -> Result<JsValue, WebError> {
        to_js(&self.session.board_view(self.board.as_ref()))
    }

    /// WalletView.
    #[wasm_bindgen(js_name = walletView)]
    pub fn wallet_view(&self) -> Result<JsValue, WebError> {
        to_js(&self.wallet())
    }

    /// Delivery.
    pub fn delivery(&self, now: f64) -> Result<JsValue, WebError> {
        to_js(&self.session.delivery(seconds(now)))
    }

    /// Tally.
    pub fn tally(&self) -> Result<JsValue, WebError> {
        to_js(&self.session.tally())
    }

    /// `[commitment, text | undefined]` of the question on the desk: `duel` or `approval`.
    pub fn commitment(&self, desk: &str) -> Option<Vec<String>> {
        let opened = if desk == "approval" {
            self.session.approval_commitment()
        } else {
            self.session.duel_commitment()
        };
        opened.map(|(digest, text)| std::iter::once(digest.to_string()).chain(text).collect())
    }

    // ---- what comes in from outside ------------------------------------------------------------------------

    /// The board's JSON as an object.
    #[wasm_bindgen(js_name = setBoard)]
    pub fn set_board(&mut self, board: JsValue) -> Result<(), WebError> {
        self.board = Some(from_js("the board", board)?);
        self.board_trouble = None;
        Ok(())
    }

    /// Why there is no board: a code, or nothing.
    #[wasm_bindgen(js_name = setBoardTrouble)]
    pub fn set_board_trouble(&mut self, code: Option<String>) {
        self.board_trouble = code;
    }

    /// A WalletView; `undefined` = a guest.
    #[wasm_bindgen(js_name = setWallet)]
    pub fn set_wallet(&mut self, view: JsValue) -> Result<(), WebError> {
        self.wallet = if view.is_undefined() { None } else { Some(from_js("the wallet's view", view)?) };
        Ok(())
    }

    /// Where a candidate's content lies, an absolute URL.
    #[wasm_bindgen(js_name = setSource)]
    pub fn set_source(&mut self, candidate: &str, src: &str) -> Result<(), WebError> {
        Ok(self.session.set_source(parse::<CandidateId>(candidate)?, src)?)
    }

    /// A text candidate's content; its digest is checked.
    #[wasm_bindgen(js_name = setText)]
    pub fn set_text(&mut self, candidate: &str, text: &str) -> Result<(), WebError> {
        Ok(self.session.set_text(parse::<CandidateId>(candidate)?, text)?)
    }

    /// Texts to fetch, most urgent first.
    #[wasm_bindgen(js_name = wantedTexts)]
    pub fn wanted_texts(&self) -> Vec<String> {
        self.session.wanted_texts().iter().map(ToString::to_string).collect()
    }

    /// The features of this round under the model with this digest.
    #[wasm_bindgen(js_name = installModel)]
    pub fn install_model(&mut self, features: &[u8], model: &str) -> Result<(), WebError> {
        Ok(self.session.install_model(features, parse(model)?)?)
    }

    /// Whether the device is offline.
    #[wasm_bindgen(js_name = setOffline)]
    pub fn set_offline(&mut self, offline: bool) {
        self.session.set_offline(offline);
    }

    /// What is wrong with storing votes on this device: a code, or nothing.
    #[wasm_bindgen(js_name = setStorageTrouble)]
    pub fn set_storage_trouble(&mut self, code: Option<String>) {
        self.session.set_storage_trouble(code);
    }

    /// The operator's clock beside this device's.
    #[wasm_bindgen(js_name = setClock)]
    pub fn set_clock(&mut self, now: f64, server: f64) {
        self.session.set_clock(seconds(now), seconds(server));
    }

    /// An address whose receipts are also good: the server's operator.
    #[wasm_bindgen(js_name = trustServer)]
    pub fn trust_server(&mut self, operator: &str) -> Result<(), WebError> {
        self.session.trust_server(parse_address(operator)?);
        Ok(())
    }

    // ---- questions and answers -----------------------------------------------------------------------------

    /// Puts the next duel up.
    #[wasm_bindgen(js_name = askDuel)]
    pub fn ask_duel(&mut self, now: f64, seed: &[u8]) -> Result<(), WebError> {
        Ok(self.session.ask_duel(seconds(now), &bytes32("the seed", seed)?)?)
    }

    /// Puts the next approval up.
    #[wasm_bindgen(js_name = askApproval)]
    pub fn ask_approval(&mut self, now: f64, seed: &[u8]) -> Result<(), WebError> {
        Ok(self.session.ask_approval(seconds(now), &bytes32("the seed", seed)?)?)
    }

    /// Puts up the question that the host page chose: two candidates are a duel, one is an approval.
    pub fn pose(&mut self, left: &str, right: Option<String>, now: f64, seed: &[u8]) -> Result<(), WebError> {
        let left = parse::<CandidateId>(left)?;
        let question = match right {
            Some(right) => Question::Duel { left, right: parse::<CandidateId>(&right)? },
            None => Question::Approval { candidate: left },
        };
        Ok(self.session.pose(question, seconds(now), &bytes32("the seed", seed)?)?)
    }

    /// A widget's Request; `false` where the page must do it (retry, connect, disconnect).
    pub fn request(&mut self, request: JsValue, now: f64, seed: &[u8]) -> Result<bool, WebError> {
        let request: Request = from_js("the request", request)?;
        Ok(self.session.request(&request, seconds(now), &bytes32("the seed", seed)?)?)
    }

    // ---- predictions ---------------------------------------------------------------------------------------

    /// `[probability, low, high]` that left is preferred; each a candidate's id, or a Float32Array of the utility and the
    /// features that the content module found.
    pub fn predict(&self, left: JsValue, right: JsValue) -> Result<Vec<f64>, WebError> {
        let (left, right) = (subject(left)?, subject(right)?);
        let guess = self.session.predict(&left, &right)?.guess(None);
        Ok(vec![guess.probability, guess.low, guess.high])
    }

    /// This person's utility of each, in the order given: only differences mean something.
    pub fn utilities(&self, subjects: Vec<JsValue>) -> Result<Vec<f64>, WebError> {
        subjects.into_iter().map(|value| Ok(self.session.utility(&subject(value)?)?)).collect()
    }

    // ---- ballots -------------------------------------------------------------------------------------------

    /// Puts kept votes into a ballot and returns its id, which the session key signs; none where nothing is kept. Give the
    /// signature to `seal`.
    pub fn draft(&mut self, now: f64) -> Option<String> {
        self.session.make_ballot(seconds(now))?;
        self.session.draft_id().map(|id| id.to_string())
    }

    /// The next ballot for this wallet to sign itself, readable in its dialog; give its signature to `seal`.
    #[wasm_bindgen(js_name = makeBallot)]
    pub fn make_ballot(&mut self, wallet: &str, now: f64) -> Result<JsValue, WebError> {
        let wallet = parse_address(wallet)?;
        self.session.make_ballot_for(wallet, seconds(now)).map_or(Ok(JsValue::UNDEFINED), to_js)
    }

    /// The signature over the ballot made last. Returns the ballot's id. `contract`: the voter is a contract wallet, whose
    /// signature only its chain can check. Throws `SdkError::DraftStale` where a vote changed meanwhile.
    pub fn seal(&mut self, signature: &str, now: f64, contract: bool) -> Result<String, WebError> {
        let (signature, now) = (Signature::from_wallet(signature)?, seconds(now));
        let sealed = match contract {
            true => self.session.seal_by_contract(signature, now)?,
            false => self.session.seal(signature, now)?,
        };
        Ok(sealed.to_string())
    }

    /// The SignedBallot to send now.
    pub fn due(&self, now: f64) -> Result<JsValue, WebError> {
        self.session.due(seconds(now)).map_or(Ok(JsValue::UNDEFINED), to_js)
    }

    /// The digest of a SignedBallot's ballot.
    #[wasm_bindgen(js_name = dueId)]
    pub fn due_id(&self, now: f64) -> Option<String> {
        self.session.due(seconds(now)).map(|signed| signed.ballot.digest().to_string())
    }

    /// When the next try is planned, Unix seconds.
    #[wasm_bindgen(js_name = retryAt)]
    pub fn retry_at(&self) -> Option<f64> {
        self.session.retry_at().map(|at| at as f64)
    }

    /// Try now.
    pub fn hurry(&mut self) {
        self.session.hurry();
    }

    /// The operator's SignedReceipt.
    #[wasm_bindgen(js_name = acceptReceipt)]
    pub fn accept_receipt(&mut self, receipt: JsValue) -> Result<(), WebError> {
        let receipt: SignedReceipt = from_js("the receipt", receipt)?;
        Ok(self.session.accept_receipt(receipt)?)
    }

    /// The operator's refusal; returns what follows: `sign-again`, `set-clock`, `smaller`, `fewer`,
    /// `new-grant`, `wait`, `give-up`.
    pub fn refuse(
        &mut self,
        ballot: &str,
        code: &str,
        number: Option<String>,
        retry_after: Option<u32>,
        now: f64,
        seed: &[u8],
    ) -> Result<String, WebError> {
        let refusal = Refusal { code, number: number.and_then(|number| number.parse().ok()), retry_after };
        let remedy = self.session.refuse(
            parse::<Digest>(ballot)?,
            &refusal,
            seconds(now),
            &bytes32("the seed", seed)?,
        )?;
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

    /// No answer came. Returns the seconds until the next try.
    pub fn postpone(
        &mut self,
        code: &str,
        at_least: Option<u32>,
        now: f64,
        seed: &[u8],
    ) -> Result<u32, WebError> {
        Ok(self.session.postpone(seconds(now), code, at_least, &bytes32("the seed", seed)?))
    }

    /// All signed ballots, as objects.
    pub fn export(&self) -> Result<Vec<JsValue>, WebError> {
        self.session.export().into_iter().map(|signed: &SignedBallot| to_js(signed)).collect()
    }

    // ---- wallet --------------------------------------------------------------------------------------------

    /// Votes go on for the grant's wallet; `undefined` = as a guest. Its signatures were checked when it came.
    pub fn identify(&mut self, grant: JsValue) -> Result<(), WebError> {
        let signer = self.signer;
        let who = if grant.is_undefined() || grant.is_null() {
            Identity::guest(signer)
        } else {
            let signed: SignedGrant = from_js("the grant", grant)?;
            Identity { voter: signed.grant.voter, signer, grant: Some(signed) }
        };
        self.session.identify(who);
        Ok(())
    }

    /// Votes go on with another session key, as a guest. What the old key signed is still sent.
    pub fn rekey(&mut self, signer: &str) -> Result<(), WebError> {
        self.signer = parse_address(signer)?;
        self.session.identify(Identity::guest(self.signer));
        Ok(())
    }

    // ---- keeping -------------------------------------------------------------------------------------------

    /// Everything that must survive a reload, without the key: a plain object for IndexedDB.
    pub fn save(&self) -> Result<JsValue, WebError> {
        to_js(&self.session.save())
    }

    /// Adds what was saved, here or in another tab.
    pub fn merge(&mut self, saved: JsValue, now: f64) -> Result<(), WebError> {
        let saved: Saved = from_js("the saved state", saved)
            .map_err(|error| SdkError::Saved { found: error.to_string() })?;
        Ok(self.session.merge(saved, seconds(now))?)
    }
}

/// A candidate's id, or content as the content module evaluated it: utility, then features.
fn subject(value: JsValue) -> Result<Subject, WebError> {
    if let Some(id) = value.as_string() {
        return Ok(Subject::Candidate(parse::<CandidateId>(&id)?));
    }
    let numbers =
        value.dyn_into::<js_sys::Float32Array>().map(|numbers| numbers.to_vec()).unwrap_or_default();
    match numbers.split_first() {
        Some((utility, features)) => Ok(Subject::Content { utility: *utility, features: features.to_vec() }),
        None => Err(WebError::argument("what to predict", "expected a candidate's id or a Float32Array")),
    }
}
