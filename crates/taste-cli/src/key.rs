//! Keys in files: 32 bytes as hex, readable by their owner alone.

use std::{fs, io::Write, path::Path};

use taste_ballot::SessionKey;
use taste_core::Digest;

use crate::error::CliError;

/// Fresh random bytes from the operating system.
pub(crate) fn random_bytes() -> Result<[u8; 32], CliError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| CliError::Usage(format!("the operating system gives no randomness: {error}")))?;
    Ok(bytes)
}

/// Reads a key, or makes one where there is none.
pub(crate) fn read_or_create(path: &Path) -> Result<SessionKey, CliError> {
    if path.exists() {
        let text = fs::read_to_string(path).map_err(CliError::file(path))?;
        // The message must not repeat the file's content: it may be a key with a typing error.
        let bytes: Digest = text.trim().parse().map_err(|_| CliError::Content {
            path: path.to_owned(),
            line: 1,
            message: "expected a key: 0x and 64 hex digits".into(),
        })?;
        return Ok(SessionKey::from_bytes(bytes.as_bytes())?);
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(CliError::file(folder))?;
    }
    let bytes = random_bytes()?;
    let key = SessionKey::from_bytes(&bytes)?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(CliError::file(path))?;
    writeln!(file, "{}", Digest(bytes)).and_then(|()| file.sync_all()).map_err(CliError::file(path))?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_a_broken_one_is_not_repeated_in_the_error() {
        let path = std::env::temp_dir().join(format!("taste-key-{}", std::process::id()));
        let first = read_or_create(&path).unwrap().address();
        assert_eq!(read_or_create(&path).unwrap().address(), first);
        fs::write(&path, "0xsecret").unwrap();
        assert!(!read_or_create(&path).unwrap_err().to_string().contains("secret"));
        fs::remove_file(path).unwrap();
    }
}
