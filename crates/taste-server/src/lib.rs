//! The service: takes signed rounds, content and ballots over HTTP, keeps the log in SQLite, ranks, trains, and
//! tells pages what changed.
//!
//! [`serve`] runs until it is told to stop; [`Server::bind`] gives the address first. Routes, JSON and codes are in
//! ARCHITECTURE.md ("HTTP") and in `/openapi.json`. A receipt is given only for what is on the disk.
//!
//! The way of a ballot: `http` reads it, `acceptance` checks it step by step, `storage` commits it together with
//! whatever else waits, and only then is the receipt signed. What is *not* here: the mathematics of taste
//! (`taste-model`, `taste-train`), encoders (`taste-inference`), and what is signed and how (`taste-ballot`).
//!
//! ```no_run
//! use taste_server::{ServerConfig, serve};
//!
//! # async fn run() -> Result<(), taste_server::ServerError> {
//! let mut config = ServerConfig::default();
//! config.database = "rounds.sqlite".into();
//! serve(config, async { let _ = tokio::signal::ctrl_c().await; }).await
//! # }
//! ```

mod acceptance;
mod board;
mod chain;
mod config;
mod embedder;
mod error;
mod http;
mod key_file;
mod logging;
mod round;
mod server;
mod service;
mod socket;
mod storage;
mod trainer;
mod worker;

pub use config::{LogFormat, Secret, ServerConfig};
pub use error::ServerError;
pub use key_file::key_file;
pub use logging::start_log;
pub use server::{Server, serve};
pub use service::Clock;
