//! Talking to a Tastemaker server over HTTP.

use std::{thread, time::Duration};

use serde::{Deserialize, de::DeserializeOwned};
use taste_ballot::{Address, SignedBallot, SignedReceipt, SignedRound, parse_address};
use taste_core::{CandidateId, RoundId};
use ureq::{Agent, Body, http::Response};

use crate::{error::CliError, progress::go_on};

/// The most that is read of one answer.
const LIMIT: u64 = 1 << 30;

/// A server's address, and the connections to it.
pub(crate) struct Client {
    base: String,
    agent: Agent,
}

#[derive(Deserialize)]
struct Refusal {
    error: RefusalBody,
}

#[derive(Deserialize)]
struct RefusalBody {
    code: String,
    message: String,
    #[serde(default)]
    hint: String,
}

/// What a round's page says, as far as the command needs it.
#[derive(Debug, Deserialize)]
pub(crate) struct RoundView {
    pub(crate) id: RoundId,
    pub(crate) signed: SignedRound,
    pub(crate) status: RoundStatus,
    pub(crate) model: Option<ModelView>,
}

/// How far a round is.
#[derive(Debug, Deserialize)]
pub(crate) struct RoundStatus {
    pub(crate) state: String,
    #[serde(default)]
    pub(crate) missing: Vec<CandidateId>,
}

/// The model that a round uses.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ModelView {
    pub(crate) digest: String,
    pub(crate) features: String,
    #[serde(default)]
    pub(crate) metrics: serde_json::Value,
}

impl Client {
    pub(crate) fn new(base: &str) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_global(Some(Duration::from_secs(120)))
            .user_agent(concat!("taste/", env!("CARGO_PKG_VERSION")))
            .build()
            .into();
        Self { base: base.trim_end_matches('/').to_owned(), agent }
    }

    /// Where a round lives.
    pub(crate) fn round_url(&self, round: &RoundId) -> String {
        format!("{}/v1/rounds/{round}", self.base)
    }

    /// Who signs the receipts there.
    pub(crate) fn signer(&self) -> Result<Address, CliError> {
        let health = self.value("/healthz")?;
        Ok(parse_address(health["operator"].as_str().unwrap_or_default())?)
    }

    /// Registers a signed round.
    pub(crate) fn post_round(&self, signed: &SignedRound) -> Result<RoundView, CliError> {
        let url = format!("{}/v1/rounds", self.base);
        self.json(&url, self.agent.post(&url).send_json(signed))
    }

    /// Uploads a candidate's content.
    pub(crate) fn put_content(
        &self,
        id: &CandidateId,
        media_type: &str,
        bytes: &[u8],
    ) -> Result<(), CliError> {
        let url = format!("{}/v1/content/{id}", self.base);
        let answer = self.agent.put(&url).content_type(media_type).send(bytes);
        self.checked(&url, answer).map(drop)
    }

    /// Submits a ballot.
    pub(crate) fn post_ballot(&self, signed: &SignedBallot) -> Result<SignedReceipt, CliError> {
        let url = format!("{}/v1/ballots", self.base);
        self.json(&url, self.agent.post(&url).send_json(signed))
    }

    /// A round, its status and its model.
    pub(crate) fn round(&self, round: &RoundId) -> Result<RoundView, CliError> {
        let url = self.round_url(round);
        self.json(&url, self.agent.get(&url).call())
    }

    /// A whole list of a round (`log`, `claims`, `revocations`), NDJSON, page by page, with what comes to it meanwhile.
    pub(crate) fn lines(&self, round: &RoundId, list: &str) -> Result<Vec<String>, CliError> {
        let mut all = Vec::new();
        loop {
            go_on()?;
            let url = format!("{}/{list}?from={}&limit=1000", self.round_url(round), all.len());
            let page = String::from_utf8(self.bytes(&url)?).map_err(|_| CliError::Transport {
                url: url.clone(),
                message: format!("the {list} is not UTF-8"),
            })?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page.lines().map(str::to_owned));
        }
    }

    /// JSON below the server's address, as the server gives it.
    pub(crate) fn value(&self, path: &str) -> Result<serde_json::Value, CliError> {
        let url = format!("{}{path}", self.base);
        self.json(&url, self.agent.get(&url).call())
    }

    /// Bytes below the server's address, such as `/v1/models/0x…`.
    pub(crate) fn get(&self, path: &str) -> Result<Vec<u8>, CliError> {
        self.bytes(&format!("{}{path}", self.base))
    }

    /// Waits until the candidates are embedded and the round takes votes (or will, once its window opens).
    pub(crate) fn wait_until_ready(
        &self,
        round: &RoundId,
        mut tell: impl FnMut(&RoundView),
    ) -> Result<RoundView, CliError> {
        loop {
            go_on()?;
            let view = self.round(round)?;
            tell(&view);
            match view.status.state.as_str() {
                "embedding" => thread::sleep(Duration::from_millis(200)),
                "awaiting-content" => {
                    return Err(CliError::Usage(format!(
                        "the server still misses the content of {} candidates",
                        view.status.missing.len()
                    )));
                }
                _ => return Ok(view),
            }
        }
    }

    fn bytes(&self, url: &str) -> Result<Vec<u8>, CliError> {
        let mut answer = self.checked(url, self.agent.get(url).call())?;
        answer.body_mut().with_config().limit(LIMIT).read_to_vec().map_err(|error| transport(url, &error))
    }

    fn json<T: DeserializeOwned>(
        &self,
        url: &str,
        answer: Result<Response<Body>, ureq::Error>,
    ) -> Result<T, CliError> {
        let mut answer = self.checked(url, answer)?;
        let bytes = answer
            .body_mut()
            .with_config()
            .limit(LIMIT)
            .read_to_vec()
            .map_err(|error| transport(url, &error))?;
        serde_json::from_slice(&bytes).map_err(|error| transport(url, &error))
    }

    fn checked(
        &self,
        url: &str,
        answer: Result<Response<Body>, ureq::Error>,
    ) -> Result<Response<Body>, CliError> {
        let mut answer = answer.map_err(|error| transport(url, &error))?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let status = answer.status();
        let text = answer.body_mut().read_to_string().unwrap_or_default();
        Err(match serde_json::from_str::<Refusal>(&text) {
            Ok(Refusal { error }) => {
                CliError::Refused { code: error.code, message: error.message, hint: error.hint }
            }
            Err(_) => CliError::Transport { url: url.to_owned(), message: format!("answered {status}") },
        })
    }
}

fn transport(url: &str, error: &dyn std::fmt::Display) -> CliError {
    CliError::Transport { url: url.to_owned(), message: error.to_string() }
}
