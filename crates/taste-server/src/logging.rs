//! The log: one line a request, and what the workers do. Never a body, a key or a token.

use tracing_subscriber::{EnvFilter, fmt};

use crate::config::LogFormat;

/// Sends the log of this process to standard error in this form. `RUST_LOG` overrides what is logged, else it is
/// everything from `info` on. Does nothing where a log was set up before.
pub fn start_log(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let _ = match format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
}
