//! Keys in files: read, or made there.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write as _},
    path::Path,
};

use taste_ballot::SessionKey;
use taste_core::Digest;

use crate::error::ServerError;

/// Reads the key (`0x` and 64 hex digits; `0x` may be missing), or makes one that only its owner can read.
///
/// # Errors
/// [`ServerError::KeyFile`] when others may read the file, when it holds no key, or when it cannot be written.
pub fn key_file(path: &Path) -> Result<SessionKey, ServerError> {
    if path.to_str().is_some_and(|text| parse(text).is_some()) {
        // It would be taken for a file's name, and repeated wherever that is.
        let reason = "expected the path of a file, found what looks like a key itself".into();
        return Err(ServerError::KeyFile { path: "(not shown)".into(), reason });
    }
    let wrong = |reason: String| ServerError::KeyFile { path: path.to_owned(), reason };
    match fs::read_to_string(path) {
        Ok(text) => {
            refuse_open_permissions(path)?;
            parse(text.trim()).ok_or_else(|| wrong("expected a secp256k1 secret key as 64 hex digits".into()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make(path).map_err(|error| wrong(error.to_string()))
        }
        Err(error) => Err(wrong(error.to_string())),
    }
}

fn parse(text: &str) -> Option<SessionKey> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let bytes: Digest = format!("0x{digits}").parse().ok()?;
    SessionKey::from_bytes(bytes.as_bytes()).ok()
}

fn make(path: &Path) -> std::io::Result<SessionKey> {
    let key = loop {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
        // One draw in 2¹²⁷ is no key.
        if let Ok(key) = SessionKey::from_bytes(&bytes) {
            break key;
        }
    };
    let mut options = OpenOptions::new();
    // `create_new`: of two servers that start at once, one makes the key and the other fails instead of replacing it.
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{}", Digest(key.to_bytes()))?;
    file.sync_all()?;
    tracing::info!(path = %path.display(), address = %key.address(), "made a key");
    Ok(key)
}

#[cfg(unix)]
fn refuse_open_permissions(path: &Path) -> Result<(), ServerError> {
    use std::os::unix::fs::PermissionsExt as _;
    let wrong = |reason: String| ServerError::KeyFile { path: path.to_owned(), reason };
    let mode = fs::metadata(path).map_err(|error| wrong(error.to_string()))?.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        Ok(())
    } else {
        Err(wrong(format!("others may use it (mode {mode:o}); run chmod 600 on it")))
    }
}

#[cfg(not(unix))]
fn refuse_open_permissions(_: &Path) -> Result<(), ServerError> {
    Ok(())
}
