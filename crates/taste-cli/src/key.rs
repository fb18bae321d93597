//! Keys in files, and randomness. How a key file is read and made is the server's business: one file works everywhere.

use std::{fs, path::Path};

use taste_ballot::SessionKey;

use crate::error::CliError;

/// Fresh random bytes from the operating system.
pub(crate) fn random_bytes() -> Result<[u8; 32], CliError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| CliError::Usage(format!("the operating system gives no randomness: {error}")))?;
    Ok(bytes)
}

/// Reads a key, or makes one where there is none; readable by its owner alone.
pub(crate) fn read_or_create(path: &Path) -> Result<SessionKey, CliError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(CliError::file(folder))?;
    }
    Ok(taste_server::key_file(path)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_with_its_folder_and_refused_where_others_may_read_it() {
        let folder = std::env::temp_dir().join(format!("taste-key-{}", std::process::id()));
        let path = folder.join("deep/importer.key");
        let first = read_or_create(&path).unwrap().address();
        assert_eq!(read_or_create(&path).unwrap().address(), first);
        // As other tools write keys: without 0x.
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.trim_start_matches("0x")).unwrap();
        assert_eq!(read_or_create(&path).unwrap().address(), first);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
            assert_eq!(read_or_create(&path).unwrap_err().code(), "ServerError::KeyFile");
        }
        fs::remove_dir_all(folder).unwrap();
    }
}
