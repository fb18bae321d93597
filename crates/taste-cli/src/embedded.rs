//! Embeddings that were computed before: a file that only grows, one record a content, good up to the last whole record
//! whenever the process was killed.
//!
//! The file is named after the encoder's id, so another encoder never finds them. A record is the content's SHA-256, the numbers
//! (little-endian f32), and the first eight bytes of the SHA-256 of both.

use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};
use taste_core::{CandidateId, EncoderId};

use crate::error::CliError;

/// Bytes of a record's check.
const CHECK: usize = 8;

/// The embeddings of one encoder.
pub(crate) struct Embedded {
    path: PathBuf,
    file: File,
    rows: HashMap<CandidateId, Vec<f32>>,
}

impl Embedded {
    /// Opens the file of this encoder in a folder, made where it is not there, and drops a half-written end.
    pub(crate) fn open(folder: &Path, encoder: &EncoderId, dimension: usize) -> Result<Self, CliError> {
        fs::create_dir_all(folder).map_err(CliError::file(folder))?;
        let digest = Sha256::digest(encoder.0.as_bytes());
        let name: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        let path = folder.join(format!("{name}-{dimension}.embeddings"));
        let bytes = if path.exists() { fs::read(&path).map_err(CliError::file(&path))? } else { Vec::new() };
        let length = 32 + 4 * dimension + CHECK;
        let mut rows = HashMap::new();
        let mut good = 0;
        for record in bytes.chunks_exact(length) {
            let (content, check) = record.split_at(length - CHECK);
            if Sha256::digest(content)[..CHECK] != *check {
                break;
            }
            let (id, numbers) = content.split_at(32);
            let id = taste_core::Digest(id.try_into().expect("32 bytes"));
            let (numbers, _) = numbers.as_chunks();
            rows.insert(id, numbers.iter().map(|number| f32::from_le_bytes(*number)).collect());
            good += length;
        }
        let file = OpenOptions::new().create(true).append(true).open(&path).map_err(CliError::file(&path))?;
        file.set_len(good as u64).map_err(CliError::file(&path))?;
        Ok(Self { path, file, rows })
    }

    pub(crate) fn get(&self, id: &CandidateId) -> Option<&[f32]> {
        self.rows.get(id).map(Vec::as_slice)
    }

    /// Adds embeddings; they are on disk when this returns.
    pub(crate) fn add(&mut self, new: Vec<(CandidateId, Vec<f32>)>) -> Result<(), CliError> {
        let mut bytes = Vec::new();
        for (id, row) in &new {
            let start = bytes.len();
            bytes.extend_from_slice(&id.0);
            bytes.extend(row.iter().flat_map(|number| number.to_le_bytes()));
            let check = Sha256::digest(&bytes[start..]);
            bytes.extend_from_slice(&check[..CHECK]);
        }
        self.file
            .write_all(&bytes)
            .and_then(|()| self.file.sync_data())
            .map_err(CliError::file(&self.path))?;
        self.rows.extend(new);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_written_end_is_dropped_and_what_came_before_is_kept() {
        let folder = std::env::temp_dir().join(format!("taste-embedded-{}", std::process::id()));
        let encoder: EncoderId = "e@1".into();
        let id = |byte| taste_core::Digest([byte; 32]);
        let mut first = Embedded::open(&folder, &encoder, 2).unwrap();
        first.add(vec![(id(1), vec![0.5, 1.0]), (id(2), vec![2.0, 3.0])]).unwrap();
        let path = first.path.clone();
        drop(first);
        let whole = fs::read(&path).unwrap();
        for cut in 0..=whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            let mut again = Embedded::open(&folder, &encoder, 2).unwrap();
            assert_eq!(again.rows.len(), cut / (whole.len() / 2), "{cut}");
            again.add(vec![(id(3), vec![9.0, 9.0])]).unwrap();
            let later = Embedded::open(&folder, &encoder, 2).unwrap();
            assert_eq!(later.get(&id(3)), Some([9.0, 9.0].as_slice()));
        }
        let mut flipped = whole.clone();
        flipped[40] ^= 1;
        fs::write(&path, &flipped).unwrap();
        assert!(Embedded::open(&folder, &encoder, 2).unwrap().rows.is_empty());
        assert!(Embedded::open(&folder, &"e@2".into(), 2).unwrap().get(&id(1)).is_none());
        fs::remove_dir_all(&folder).unwrap();
    }
}
