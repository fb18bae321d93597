//! What an operator can set, with defaults that are safe on an open machine.

use std::{
    collections::BTreeMap,
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use taste_ballot::{Address, parse_address};
use taste_model::MAX_FEATURES;

use crate::error::ServerError;

/// The settings of a server. Read from a file, the environment or flags by the caller; checked by [`Server::bind`](crate::Server::bind).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ServerConfig {
    /// Where to listen. Only this machine by default; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The SQLite file; made if absent.
    pub database: PathBuf,
    /// The operator's secret key as 64 hex digits; made if absent, readable by its owner only.
    pub operator_key: PathBuf,
    /// Further operators (addresses) whose rounds are taken, besides the key's own.
    pub operators: Vec<String>,
    /// Origins whose pages may call this server, exactly as a browser sends them: `https://example.org`. Empty: only
    /// pages of this server. There is no wildcard.
    pub allow_origins: Vec<String>,
    /// Largest ballot or grant, in bytes.
    pub max_ballot_bytes: usize,
    /// Largest round manifest, in bytes.
    pub max_round_bytes: usize,
    /// Largest content of a candidate, in bytes.
    pub max_content_bytes: usize,
    /// How far in the future a ballot may be issued, in seconds.
    pub max_clock_skew: u64,
    /// How long a ballot may stay valid, from issuing to its deadline, in seconds. Offline votes wait this long.
    pub max_ballot_lifetime: u64,
    /// Train a round after this many further votes, and not before a tenth as many came as it was trained on last; 0 = only
    /// when asked.
    pub train_every: u64,
    /// Features of a taste model, 1 to 32.
    pub train_rank: usize,
    /// Steps of a training.
    pub train_steps: usize,
    /// The training's seed: the same log and seed give the same model.
    pub train_seed: u64,
    /// Manifest files of encoders (networks), besides the built-in ones.
    pub encoders: Vec<PathBuf>,
    /// ONNX Runtime's shared library; found by itself when not set.
    pub onnx_runtime: Option<PathBuf>,
    /// Opens the admin routes to who knows it. Give it by environment or file, not on the command line.
    #[serde(skip_serializing)]
    pub admin_token: Option<Secret>,
    /// A file that holds the admin token; read once at the start.
    pub admin_token_file: Option<PathBuf>,
    /// Folders whose files are served at `/`, the first that has a file wins.
    pub static_folders: Vec<PathBuf>,
    /// The Content-Security-Policy of those files.
    pub static_policy: String,
    /// The log's form.
    pub log_format: LogFormat,
    /// Chains that are asked about the signatures of contract wallets (ERC-1271, ERC-6492): chain id → address of a JSON-RPC
    /// node. None: such wallets cannot vote here.
    pub rpc: BTreeMap<String, String>,
    /// Longest time that a chain may take to answer, in seconds.
    pub rpc_timeout: u64,
    /// Longest time for a request's head to arrive, in seconds; also ends connections that idle.
    pub header_timeout: u64,
    /// Longest time for a request as a whole, in seconds; event streams are exempt.
    pub request_timeout: u64,
    /// Longest time that a client may take no byte of its answer, in seconds; event streams included.
    pub write_timeout: u64,
    /// How long a stop waits for requests in flight, in seconds.
    pub stop_timeout: u64,
    /// Most connections at a time; three of four may be event streams.
    pub max_connections: usize,
}

/// A strict policy under which the widgets run: own scripts and wasm, no inline script, Trusted Types.
const STATIC_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data: blob:; \
     media-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'";

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8787)),
            database: "tastemaker.sqlite".into(),
            operator_key: "operator.key".into(),
            operators: Vec::new(),
            allow_origins: Vec::new(),
            max_ballot_bytes: 256 * 1024,
            max_round_bytes: 16 * 1024 * 1024,
            max_content_bytes: 8 * 1024 * 1024,
            max_clock_skew: 300,
            max_ballot_lifetime: 30 * 24 * 3600,
            train_every: 100,
            train_rank: 8,
            train_steps: 200,
            train_seed: 1,
            encoders: Vec::new(),
            onnx_runtime: None,
            admin_token: None,
            admin_token_file: None,
            static_folders: Vec::new(),
            static_policy: STATIC_POLICY.into(),
            log_format: LogFormat::Text,
            rpc: BTreeMap::new(),
            rpc_timeout: 10,
            header_timeout: 30,
            request_timeout: 60,
            write_timeout: 30,
            stop_timeout: 10,
            max_connections: 4096,
        }
    }
}

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// A text that is never printed nor written.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Whether this is it, taking the same time wherever the first difference is.
    pub(crate) fn matches(&self, guess: &str) -> bool {
        let digest = |text: &str| taste_ledger::leaf_hash(text.as_bytes());
        // Hashing first hides the length, and makes where the digests differ say nothing about the token.
        digest(&self.0).0.iter().zip(digest(guess).0).fold(0, |seen, (a, b)| seen | (a ^ b)) == 0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl ServerConfig {
    /// Refuses what cannot work before anything is opened.
    pub(crate) fn check(&self) -> Result<(), ServerError> {
        let wrong = |setting, reason: String| Err(ServerError::Config { setting, reason });
        for origin in &self.allow_origins {
            if !is_origin(origin) {
                return wrong(
                    "allow_origins",
                    format!("{origin:?} is no origin; expected scheme://host[:port]"),
                );
            }
        }
        for (setting, value) in [
            ("max_ballot_bytes", self.max_ballot_bytes),
            ("max_round_bytes", self.max_round_bytes),
            ("max_content_bytes", self.max_content_bytes),
            ("max_connections", self.max_connections),
            ("train_rank", self.train_rank),
            ("train_steps", self.train_steps),
            ("rpc_timeout", self.rpc_timeout as usize),
            ("header_timeout", self.header_timeout as usize),
            ("request_timeout", self.request_timeout as usize),
            ("write_timeout", self.write_timeout as usize),
        ] {
            if value == 0 {
                return wrong(setting, "it must be above zero".into());
            }
        }
        if self.train_rank > MAX_FEATURES {
            return wrong("train_rank", format!("it is {}; at most {MAX_FEATURES}", self.train_rank));
        }
        for folder in &self.static_folders {
            if !folder.is_dir() {
                return wrong("static_folders", format!("{} is no folder", folder.display()));
            }
        }
        if self.static_policy.parse::<axum::http::HeaderValue>().is_err() {
            return wrong("static_policy", "it cannot be sent as a header".into());
        }
        self.chains()?;
        self.operators().map(|_| ())
    }

    /// The chains, parsed.
    pub(crate) fn chains(&self) -> Result<Vec<(u64, String)>, ServerError> {
        let parse = |(id, url): (&String, &String)| {
            let wrong = |reason| ServerError::Config { setting: "rpc", reason };
            let number =
                id.parse().map_err(|_| wrong(format!("{id:?} is no chain id; expected a number")))?;
            match url.starts_with("https://") || url.starts_with("http://") {
                true => Ok((number, url.clone())),
                // An address may hold a key, so it is not repeated.
                false => Err(wrong(format!("the address of chain {id} is no http(s) URL"))),
            }
        };
        self.rpc.iter().map(parse).collect()
    }

    /// The further operators, parsed.
    pub(crate) fn operators(&self) -> Result<Vec<Address>, ServerError> {
        let parse = |text: &String| {
            parse_address(text)
                .map_err(|error| ServerError::Config { setting: "operators", reason: error.to_string() })
        };
        self.operators.iter().map(parse).collect()
    }

    /// The admin token, from the setting itself or from its file.
    pub(crate) fn token(&self) -> Result<Option<Secret>, ServerError> {
        let token = match (&self.admin_token, &self.admin_token_file) {
            (Some(token), _) => Some(token.clone()),
            (None, Some(file)) => Some(read_token(file)?),
            (None, None) => None,
        };
        match token {
            Some(Secret(text)) if text.len() < 16 => Err(ServerError::Config {
                setting: "admin_token",
                reason: "expected at least 16 characters, so that nobody guesses it".into(),
            }),
            token => Ok(token),
        }
    }
}

fn read_token(file: &Path) -> Result<Secret, ServerError> {
    let text = std::fs::read_to_string(file).map_err(|error| ServerError::Config {
        setting: "admin_token_file",
        reason: format!("{}: {error}", file.display()),
    })?;
    Ok(Secret(text.trim().to_owned()))
}

/// `scheme://host[:port]` in lowercase and nothing after it, as browsers write the Origin header.
fn is_origin(text: &str) -> bool {
    let Some((scheme, host)) = text.split_once("://") else { return false };
    matches!(scheme, "http" | "https")
        && !host.is_empty()
        && host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-:[]".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_closed_and_pass_their_own_check() {
        let config = ServerConfig::default();
        config.check().unwrap();
        assert!(config.listen.ip().is_loopback());
        assert!(config.allow_origins.is_empty() && config.token().unwrap().is_none());
    }

    #[test]
    fn only_exact_origins_are_allowed() {
        for (origin, allowed) in [
            ("https://example.org", true),
            ("http://127.0.0.1:8080", true),
            ("http://[::1]:8080", true),
            ("*", false),
            ("null", false),
            ("https://*.example.org", false),
            ("https://example.org/", false),
            ("https://Example.org", false),
            ("example.org", false),
            ("https://", false),
        ] {
            let config = ServerConfig { allow_origins: vec![origin.into()], ..ServerConfig::default() };
            assert_eq!(config.check().is_ok(), allowed, "{origin}");
        }
    }

    #[test]
    fn a_token_is_compared_whole_never_shown_and_never_short() {
        let token = Secret::from("correct horse battery".to_owned());
        assert!(token.matches("correct horse battery"));
        for wrong in ["", "correct horse batter", "correct horse battery ", "Correct horse battery"] {
            assert!(!token.matches(wrong), "{wrong}");
        }
        let mut config = ServerConfig { admin_token: Some(token), ..ServerConfig::default() };
        assert!(!format!("{config:?}{}", serde_json::to_string(&config).unwrap()).contains("horse"));
        config.admin_token = Some(Secret::from("short".to_owned()));
        assert_eq!(config.token().unwrap_err().code(), "ServerError::Config");
    }

    #[test]
    fn what_no_training_could_use_is_refused_at_the_start() {
        for (rank, allowed) in [(0, false), (1, true), (32, true), (33, false)] {
            let config = ServerConfig { train_rank: rank, ..ServerConfig::default() };
            assert_eq!(config.check().is_ok(), allowed, "{rank}");
        }
    }

    #[test]
    fn a_chain_is_a_number_and_an_address_which_no_message_repeats() {
        let check = |id: &str, url: &str| {
            let rpc = [(id.to_owned(), url.to_owned())].into();
            ServerConfig { rpc, ..ServerConfig::default() }.check()
        };
        assert!(check("8453", "https://node.example/key").is_ok());
        for (id, url) in [
            ("mainnet", "https://node.example"),
            ("-1", "https://node.example"),
            ("1", "wss://node.example/key"),
        ] {
            let error = check(id, url).unwrap_err();
            assert_eq!(error.code(), "ServerError::Config");
            assert!(!error.to_string().contains("example"), "{error}");
        }
    }

    #[test]
    fn an_unknown_setting_is_refused() {
        assert!(serde_json::from_str::<ServerConfig>(r#"{"train_evry": 5}"#).is_err());
        assert_eq!(serde_json::from_str::<ServerConfig>(r#"{"train_every": 5}"#).unwrap().train_every, 5);
    }
}
