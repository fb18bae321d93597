//! Writing a file so that it is there as a whole or not at all.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
};

use crate::error::TrainError;

/// Writes beside the target, makes it durable, and renames it into place. Whoever reads the path sees the old bytes
/// or the new ones; a crash or a cancelled run leaves at most a hidden `.NAME.PID.partial` file.
///
/// # Errors
/// [`TrainError::Write`].
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), TrainError> {
    let failed = |source| TrainError::Write { path: path.to_path_buf(), source };
    let name = path.file_name().ok_or_else(|| failed(std::io::ErrorKind::InvalidInput.into()))?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let partial = folder.join(format!(".{}.{}.partial", name.to_string_lossy(), std::process::id()));
    let write = || -> std::io::Result<()> {
        let mut file = File::create(&partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&partial, path)?;
        // The rename itself is durable once the folder is; folders cannot be synced on every system.
        if let Ok(folder) = File::open(folder) {
            let _ = folder.sync_all();
        }
        Ok(())
    };
    write().map_err(|source| {
        let _ = fs::remove_file(&partial);
        failed(source)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_and_nothing_else_is_left() {
        let folder = std::env::temp_dir().join(format!("taste-train-files-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("model.onnx");
        write_atomically(&path, b"old").unwrap();
        write_atomically(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        let code = write_atomically(&folder.join("missing/model.onnx"), b"x").unwrap_err();
        assert_eq!(code.code(), "TrainError::Write");
        fs::remove_dir_all(&folder).unwrap();
    }
}
