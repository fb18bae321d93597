//! The taste wasm: learning, choosing questions and guessing; and whatever needs a curve. Conversions only.
//!
//! Loaded once the first question is up. It speaks as the vote wasm does: in text, in numbers, and with errors that begin
//! with `!`; `bindings/web/src/taste.ts` is its other side.

use k256::ecdsa::SigningKey;
use taste_ballot::{BallotError, SessionGrant, SessionKey, Signature, SignedGrant, parse_address};
use taste_core::{CandidateId, Digest};
use taste_sdk::{Advisor, Mind, SdkError, SignedPassport, Subject, Wish, passport_digest, words};
use wasm_bindgen::prelude::*;

/// A third of the standard one's size, and every allocation takes the same few steps (TLSF).
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// What was found, or why not: `!`, then a line each for the code and what to do, then what happened.
fn told(result: Result<String, SdkError>) -> String {
    result.unwrap_or_else(|error| ["!", error.code(), "\n", error.hint(), "\n", &error.to_string()].concat())
}

/// One person's taste in one round.
#[wasm_bindgen]
#[derive(Default)]
pub struct WebMind {
    mind: Option<Mind>,
}

impl WebMind {
    fn get(&self) -> &Mind {
        self.mind.as_ref().expect("`read` comes first")
    }
}

#[wasm_bindgen]
impl WebMind {
    /// Knows nothing until `read`.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the features of a round under the model with this digest. `candidates`: the manifest's ids, with spaces between
    /// them.
    pub fn read(&mut self, features: &[u8], model: &str, candidates: &str, halves: bool) -> String {
        let read = || {
            let candidates = ids(candidates)?;
            Mind::new(features, model.parse()?, candidates, halves)
        };
        told(read().map(|mind| {
            self.mind = Some(mind);
            String::new()
        }))
    }

    /// How many questions are for the board, 0 to 1, rather than for this person's taste.
    pub fn aim(&mut self, board: f64) {
        if let Some(mind) = &mut self.mind {
            mind.aim(board);
        }
    }

    /// Learns from these votes (lines of `taste_sdk::words`) and no others.
    pub fn learn(&mut self, votes: &str) {
        let votes = words::read_votes(votes).unwrap_or_default();
        if let Some(mind) = &mut self.mind {
            mind.learn(&votes.iter().collect::<Vec<_>>());
        }
    }

    /// The question that teaches most, as a plan's line.
    pub fn plan(&self, kind: &str, also: &str, broken: &str, keep_going: bool, seed: &[u8]) -> String {
        let also = words::read_question(also);
        let (Ok(kind), Ok(broken), Ok(seed)) = (kind.parse(), ids(broken), seed.try_into()) else {
            return String::new();
        };
        words::plan(&self.get().plan(&Wish { kind, also: also.as_ref(), broken, keep_going }, seed))
    }

    /// Probability, low and high of a question, in millionths.
    pub fn forecast(&self, question: &str) -> Vec<u32> {
        let Some(question) = words::read_question(question) else { return Vec::new() };
        let guess = self.get().forecast(&question);
        vec![guess.probability, guess.low, guess.high]
    }

    /// How likely the first is preferred to the second: probability, low and high in millionths, as text. Each is a
    /// candidate's id, or empty where the numbers say what the content module found: utility, then features.
    pub fn predict(&self, left: &str, left_numbers: &[f32], right: &str, right_numbers: &[f32]) -> String {
        let predicted = || {
            let guess = self.get().predict(&subject(left, left_numbers)?, &subject(right, right_numbers)?)?;
            Ok([guess.probability, guess.low, guess.high].map(|number| number.to_string()).join(" "))
        };
        told(predicted())
    }

    /// This person's utility as text, of a subject as above: only differences mean something.
    pub fn utility(&self, id: &str, numbers: &[f32]) -> String {
        let utility = || Ok(self.get().utility(&subject(id, numbers)?)?.to_string());
        told(utility())
    }

    /// Why the duel of two subjects is predicted as it is, as text. First line: log-odds before this round's votes and after;
    /// second: how far each vote moved them; then one a line, of the candidates voted on that are nearest: id, `l` or `r` for
    /// whom it is near to, likeness, and how far its votes moved them.
    pub fn explain(&self, left: &str, left_numbers: &[f32], right: &str, right_numbers: &[f32]) -> String {
        let explained = || {
            let reasons =
                self.get().explain(&subject(left, left_numbers)?, &subject(right, right_numbers)?)?;
            let votes: Vec<String> = reasons.votes.iter().map(f64::to_string).collect();
            let mut lines =
                vec![[reasons.before.to_string(), reasons.after.to_string()].join(" "), votes.join(" ")];
            for near in &reasons.nearest {
                let side = if near.left { "l" } else { "r" };
                let (id, likeness, moved) =
                    (near.candidate.to_string(), near.likeness.to_string(), near.moved.to_string());
                lines.push([id.as_str(), side, &likeness, &moved].join(" "));
            }
            Ok(lines.join("\n"))
        };
        told(explained())
    }

    /// Candidates not voted on that are like a liked one: its id and that one's, a pair a line, the nearest first.
    pub fn nearest(&self, most: usize) -> String {
        let nearest = || {
            let pairs = self.get().nearest(most)?;
            let lines: Vec<String> = pairs
                .iter()
                .map(|(candidate, near)| [candidate.to_string(), near.to_string()].join(" "))
                .collect();
            Ok(lines.join("\n"))
        };
        told(nearest())
    }

    /// What was learned, to take along: its bytes in hex, a space, and the digest to sign. A signature's bytes go behind.
    pub fn passport(&self, round: &str, at: f64) -> String {
        let passport = || {
            let passport = self.get().passport(round.parse()?, at as u64)?;
            Ok([taste_core::hex(&passport.to_bytes()), passport_digest(&passport).to_string()].join(" "))
        };
        told(passport())
    }

    /// Starts from what a passport brings that `owner` signed: this round, and the features that the passport's own model made
    /// of it, empty where that is the model at hand. Says the passport's votes, its time and its round, with spaces between.
    pub fn carry(&mut self, passport: &[u8], owner: &str, round: &str, before: &[u8]) -> String {
        let mut carry = || {
            let SignedPassport { passport, signature } = SignedPassport::from_bytes(passport)?;
            let (expected, found) =
                (parse_address(owner)?, taste_ballot::recover(&passport_digest(&passport), &signature)?);
            if found != expected {
                return Err(BallotError::SignerMismatch { expected, found }.into());
            }
            let mind = self.mind.as_mut().expect("`read` comes first");
            mind.carry(&passport, round.parse()?, Some(before).filter(|before| !before.is_empty()))?;
            let (votes, at) = (passport.votes().to_string(), passport.at().to_string());
            Ok([votes, at, passport.round().to_string()].join(" "))
        };
        told(carry())
    }

    /// Starts from the crowd again.
    pub fn uncarry(&mut self) {
        if let Some(mind) = &mut self.mind {
            mind.uncarry();
        }
    }

    /// Every candidate in the manifest's order: four numbers each, the person's share of duels won against the round's
    /// average, its low and high, and the crowd's.
    pub fn likings(&self) -> Vec<f64> {
        let likings = self.get().likings().unwrap_or_default();
        likings.iter().flat_map(|liking| [liking.mine, liking.low, liking.high, liking.crowd]).collect()
    }
}

fn ids(ids: &str) -> Result<Vec<CandidateId>, SdkError> {
    ids.split_ascii_whitespace().map(|id| Ok(id.parse::<CandidateId>()?)).collect()
}

fn subject(id: &str, numbers: &[f32]) -> Result<Subject, SdkError> {
    match numbers.split_first() {
        Some((utility, features)) if id.is_empty() => {
            Ok(Subject::Content { utility: *utility, features: features.to_vec() })
        }
        _ => Ok(Subject::Candidate(id.parse()?)),
    }
}

// ---- curves ------------------------------------------------------------------------------------------------

/// A secp256k1 key that signs silently: where a page has no `crypto.subtle` to keep one.
#[wasm_bindgen]
#[derive(Default)]
pub struct Key {
    key: Option<SessionKey>,
}

impl Key {
    fn get(&self) -> &SessionKey {
        self.key.as_ref().expect("`read` comes first")
    }
}

#[wasm_bindgen]
impl Key {
    /// Holds nothing until `read`.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes 32 random bytes; `BallotError::Key` for the few that are no key.
    pub fn read(&mut self, secret: &[u8]) -> String {
        let wrong = SdkError::from(taste_ballot::BallotError::Key);
        let bytes = <[u8; 32]>::try_from(secret).map_err(|_| wrong);
        told(bytes.and_then(|bytes| Ok(SessionKey::from_bytes(&bytes)?)).map(|key| {
            self.key = Some(key);
            String::new()
        }))
    }

    /// EIP-55.
    pub fn address(&self) -> String {
        self.get().address().to_string()
    }

    /// The uncompressed public key, `0x04…`.
    #[wasm_bindgen(js_name = publicKey)]
    pub fn public_key(&self) -> String {
        let key = SigningKey::from_slice(&self.get().to_bytes()).expect("a session key is a curve key");
        let point = key.verifying_key().to_sec1_point(false);
        let (first, rest) = point.as_bytes().split_at(33);
        let mut halves = [[0; 32]; 2];
        halves[0].copy_from_slice(&first[1..]);
        halves[1].copy_from_slice(rest);
        let digits = |half| Digest(half).to_string()[2..].to_owned();
        format!("0x04{}{}", digits(halves[0]), digits(halves[1]))
    }

    /// r ‖ s ‖ v over a digest, low s, RFC 6979: `0x…` of 65 bytes.
    #[wasm_bindgen(js_name = signDigest)]
    pub fn sign_digest(&self, digest: &str) -> String {
        let digest = digest.parse::<Digest>().map_err(SdkError::from);
        told(digest.map(|digest| self.get().sign_digest(&digest).to_string()))
    }
}

/// Checks both signatures of a grant; its time and scope are not looked at.
#[wasm_bindgen(js_name = verifyGrant)]
#[allow(clippy::too_many_arguments, reason = "a grant has so many fields, and this module reads no JSON")]
pub fn verify_grant(
    voter: &str,
    session: &str,
    scope: &str,
    origin: String,
    not_before: &str,
    not_after: &str,
    signature: &str,
    acceptance: &str,
) -> String {
    let verified = || -> Result<String, SdkError> {
        let number = |digits: &str| digits.parse().map_err(|_| BallotError::Number { found: digits.into() });
        let grant = SessionGrant {
            voter: parse_address(voter)?,
            session: parse_address(session)?,
            scope: scope.parse()?,
            origin,
            not_before: number(not_before)?,
            not_after: number(not_after)?,
        };
        let signed = SignedGrant { grant, signature: signature.parse()?, acceptance: acceptance.parse()? };
        signed.verify()?;
        Ok(String::new())
    };
    told(verified())
}

/// Who signed this digest, EIP-55; secp256k1 by recovery, P-256 by the key that the signature names.
#[wasm_bindgen]
pub fn recover(digest: &str, signature: &str) -> String {
    let recovered = || -> Result<String, SdkError> {
        Ok(taste_ballot::recover(&digest.parse()?, &signature.parse::<Signature>()?)?.to_string())
    };
    told(recovered())
}
