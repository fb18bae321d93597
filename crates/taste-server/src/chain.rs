//! Asks chains whether a contract wallet signed something (ERC-1271; ERC-6492 where the wallet is not deployed yet).
//!
//! Only where arithmetic found no key that signed, and never with a connection to the database in hand. One `eth_call` of
//! the universal validator of ERC-6492 does it: its code is sent along, runs on the node and is deployed nowhere. It calls
//! the wallet's `isValidSignature`, after deploying the wallet in the same simulation where the signature says how. Each
//! answer is as of one block, and both are kept for a while: a yes because it does not change often, a no so that nobody
//! makes this server ask again and again.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde::Deserialize;
use serde_json::{Value, json};
use taste_ballot::{Address, BallotError, ChainEvidence, Signature};
use taste_core::Digest;
use tokio::sync::Semaphore;
use ureq::Agent;

use crate::{config::ServerConfig, error::ServerError};

/// Creation code of ERC-6492's `ValidateSigOffchain`, as viem compiles it (`erc6492SignatureValidatorByteCode` in
/// `viem/constants/contracts.ts`, 2.57; MIT). The arguments are appended to it.
const VALIDATOR: &str = include_str!("validator.hex");
/// Questions that are asked at a time; further ones wait for a place as long as an answer may take.
const PLACES: usize = 16;
/// How long a yes is believed, in seconds. Grants are remembered beyond that, by their claim.
const YES: u64 = 600;
/// How long a no is: a wallet may be deployed, or change its owners.
const NO: u64 = 30;
/// Answers that are remembered.
const REMEMBERED: usize = 10_000;
/// Longest answer of a node that is read, in bytes.
const ANSWER: u64 = 64 * 1024;

/// Did this wallet sign this digest so?
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Question {
    voter: Address,
    digest: Digest,
    signature: Vec<u8>,
}

impl Question {
    pub(crate) fn new(voter: Address, digest: Digest, signature: &Signature) -> Self {
        Self { voter, digest, signature: signature.as_bytes().to_vec() }
    }

    /// The validator's creation code with its arguments: `(address, bytes32, bytes)`.
    fn call_data(&self) -> String {
        let mut data = format!("0x{}", VALIDATOR.trim());
        let mut word = |bytes: &[u8]| {
            data.extend(std::iter::repeat_n("00", 32 - bytes.len()));
            data.extend(bytes.iter().map(|byte| format!("{byte:02x}")));
        };
        word(self.voter.as_slice());
        word(&self.digest.0);
        word(&[0x60]);
        word(&(self.signature.len() as u64).to_be_bytes());
        for part in self.signature.chunks(32) {
            let mut padded = [0; 32];
            padded[..part.len()].copy_from_slice(part);
            word(&padded);
        }
        data
    }
}

/// What a chain says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Signed(ChainEvidence),
    Refused,
}

/// The chains that an operator configured.
pub(crate) struct Chains {
    chains: Vec<Arc<Chain>>,
    patience: Duration,
    places: Arc<Semaphore>,
    /// What was answered, and until when that is believed (Unix seconds).
    answers: Mutex<HashMap<Question, (u64, Verdict)>>,
}

impl Chains {
    pub(crate) fn new(config: &ServerConfig) -> Result<Self, ServerError> {
        let patience = Duration::from_secs(config.rpc_timeout);
        let agent: Agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(patience))
            .build()
            .into();
        let chain =
            |(id, url)| Arc::new(Chain { id, url, agent: agent.clone(), known: AtomicBool::new(false) });
        Ok(Self {
            chains: config.chains()?.into_iter().map(chain).collect(),
            patience,
            places: Arc::new(Semaphore::new(PLACES)),
            answers: Mutex::default(),
        })
    }

    /// Whether there is anybody to ask.
    pub(crate) fn any(&self) -> bool {
        !self.chains.is_empty()
    }

    /// Which chain says that this wallet signed.
    ///
    /// # Errors
    /// [`BallotError::ContractRefused`] where every chain says no, [`ServerError::ChainUnavailable`] where none says yes and
    /// one says nothing.
    pub(crate) async fn ask(&self, question: &Question, now: u64) -> Result<ChainEvidence, ServerError> {
        let verdict = match self.remembered(question, now) {
            Some(verdict) => verdict,
            None => {
                let verdict = self.ask_all(question).await?;
                self.remember(question, verdict, now);
                verdict
            }
        };
        match verdict {
            Verdict::Signed(evidence) => Ok(evidence),
            Verdict::Refused => Err(BallotError::ContractRefused { voter: question.voter }.into()),
        }
    }

    async fn ask_all(&self, question: &Question) -> Result<Verdict, ServerError> {
        let asked = self.chains.iter().map(|chain| self.ask_one(chain.clone(), question.clone()));
        let answers = futures_util::future::join_all(asked).await;
        let mut silent = false;
        for (chain, answer) in self.chains.iter().zip(answers) {
            match answer {
                Ok(signed @ Verdict::Signed(_)) => return Ok(signed),
                Ok(Verdict::Refused) => {}
                Err(reason) => {
                    tracing::warn!(chain = chain.id, %reason, "a chain does not answer");
                    silent = true;
                }
            }
        }
        if silent { Err(ServerError::ChainUnavailable) } else { Ok(Verdict::Refused) }
    }

    async fn ask_one(&self, chain: Arc<Chain>, question: Question) -> Result<Verdict, String> {
        let place = tokio::time::timeout(self.patience, self.places.clone().acquire_owned());
        let Ok(Ok(place)) = place.await else { return Err("too many questions wait".into()) };
        let asking = tokio::task::spawn_blocking(move || {
            // Held by the thread: one whose answer nobody waits for any more still has its place.
            let _place = place;
            chain.ask(&question)
        });
        match tokio::time::timeout(self.patience, asking).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err("the question panicked".into()),
            Err(_) => Err("no answer in time".into()),
        }
    }

    fn remembered(&self, question: &Question, now: u64) -> Option<Verdict> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.get(question).filter(|(until, _)| now < *until).map(|(_, verdict)| *verdict)
    }

    fn remember(&self, question: &Question, verdict: Verdict, now: u64) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() >= REMEMBERED {
            answers.retain(|_, (until, _)| now < *until);
        }
        if answers.len() >= REMEMBERED {
            answers.clear();
        }
        let believed = if verdict == Verdict::Refused { NO } else { YES };
        answers.insert(question.clone(), (now.saturating_add(believed), verdict));
    }
}

/// One chain, by one node.
struct Chain {
    id: u64,
    url: String,
    agent: Agent,
    /// The node has said that it is on this chain.
    known: AtomicBool,
}

#[derive(Deserialize)]
struct Answer {
    result: Option<Value>,
    error: Option<Failure>,
}

#[derive(Deserialize)]
struct Failure {
    code: i64,
    #[serde(default)]
    message: String,
}

impl Chain {
    fn ask(&self, question: &Question) -> Result<Verdict, String> {
        if !self.known.load(Ordering::Relaxed) {
            let found = number(&self.call("eth_chainId", json!([]))?.map_err(|failure| failure.message)?)?;
            if found != self.id {
                return Err(format!("the node is on chain {found}"));
            }
            self.known.store(true, Ordering::Relaxed);
        }
        let block = number(&self.call("eth_blockNumber", json!([]))?.map_err(|failure| failure.message)?)?;
        let call = json!([{ "data": question.call_data() }, format!("{block:#x}")]);
        match self.call("eth_call", call)? {
            Ok(result) => match truth(&result)? {
                true => Ok(Verdict::Signed(ChainEvidence { id: self.id, block })),
                false => Ok(Verdict::Refused),
            },
            Err(failure) if failure.is_the_contracts() => Ok(Verdict::Refused),
            Err(failure) => Err(failure.message.chars().take(200).collect()),
        }
    }

    /// The inner result is the node's, the outer one the line's. Never says the address: it may hold a key.
    fn call(&self, method: &str, parameters: Value) -> Result<Result<Value, Failure>, String> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": parameters });
        let mut response =
            self.agent.post(&self.url).send_json(body).map_err(|error| without_address(&error))?;
        let status = response.status();
        let answer = response.body_mut().with_config().limit(ANSWER).read_json::<Answer>();
        match answer {
            Ok(Answer { error: Some(failure), .. }) => Ok(Err(failure)),
            Ok(Answer { result: Some(result), .. }) => Ok(Ok(result)),
            _ => Err(format!("status {status}, and no JSON-RPC")),
        }
    }
}

fn without_address(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => "no answer in time".into(),
        ureq::Error::Io(error) => error.kind().to_string(),
        ureq::Error::HostNotFound => "the host is not found".into(),
        ureq::Error::ConnectionFailed => "the connection failed".into(),
        _ => "the request failed".into(),
    }
}

impl Failure {
    /// The call itself came to a bad end, which is the contract's answer, and not the node's trouble. Nodes say it in
    /// different words: geth and anvil by code 3 or `execution reverted`, Nethermind by `VM execution error`.
    fn is_the_contracts(&self) -> bool {
        let message = self.message.to_lowercase();
        self.code == 3
            || ["revert", "vm execution error", "invalid opcode", "out of gas", "stack underflow", "bad jump"]
                .iter()
                .any(|word| message.contains(word))
    }
}

/// `0x1b4`.
fn number(value: &Value) -> Result<u64, String> {
    let digits = value.as_str().and_then(|text| text.strip_prefix("0x"));
    digits.and_then(|digits| u64::from_str_radix(digits, 16).ok()).ok_or_else(|| "a number is none".into())
}

/// One byte or one word: 0 or 1.
fn truth(value: &Value) -> Result<bool, String> {
    match value.as_str().and_then(|text| text.strip_prefix("0x")).filter(|digits| !digits.is_empty()) {
        Some(digits) if digits.trim_start_matches('0').is_empty() => Ok(false),
        Some(digits) if digits.trim_start_matches('0') == "1" => Ok(true),
        _ => Err("the validator's answer is neither yes nor no".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_those_of_the_contract_abi() {
        let question = Question {
            voter: Address::repeat_byte(0xaa),
            digest: Digest([0xbb; 32]),
            signature: vec![0xcc; 33],
        };
        let data = question.call_data();
        let arguments = data.strip_prefix(&format!("0x{}", VALIDATOR.trim())).unwrap();
        let words: Vec<&str> =
            (0..arguments.len() / 64).map(|at| &arguments[64 * at..64 * (at + 1)]).collect();
        assert_eq!(
            words,
            [
                format!("{}{}", "0".repeat(24), "aa".repeat(20)),
                "bb".repeat(32),
                format!("{:064x}", 0x60),
                format!("{:064x}", 33),
                "cc".repeat(32),
                format!("cc{}", "0".repeat(62)),
            ]
        );
    }

    #[test]
    fn only_yes_is_yes_and_garbage_is_neither() {
        for (text, expected) in
            [("0x01", Some(true)), ("0x00", Some(false)), ("0x", None), ("0x02", None), ("yes", None)]
        {
            assert_eq!(truth(&json!(text)).ok(), expected, "{text}");
        }
        assert_eq!(truth(&json!(format!("0x{:064x}", 1))), Ok(true));
        assert_eq!(truth(&json!(format!("0x{:064x}", 0))), Ok(false));
        assert!(truth(&Value::Null).is_err());
        assert!(number(&json!("12")).is_err() && number(&json!("0x")).is_err());
        assert_eq!(number(&json!("0x1b4")), Ok(436));
    }
}
