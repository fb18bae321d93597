//! `taste embed`: content to embeddings, as an .npy file that NumPy and everybody else reads.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use taste_inference::Content;

use crate::{
    catalogue,
    error::CliError,
    folder::{embed_all, encoder, write},
};

/// `taste embed`
#[derive(Args, Debug)]
pub(crate) struct Embed {
    /// A folder of images, or a JSONL with one candidate a line.
    #[arg(value_name = "FOLDER|JSONL")]
    candidates: PathBuf,
    /// `visual@1`, `text@1`, or the manifest of an encoder from files.
    #[arg(long)]
    encoder: String,
    /// The .npy file to write: float32, one row a candidate; beside it an .ids file with their names and ids.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Embed {
    pub(crate) fn run(self) -> Result<(), CliError> {
        let entries = catalogue::read(&self.candidates, None)?;
        let encoder = encoder(&self.encoder)?;
        let contents: Vec<_> = entries
            .iter()
            .map(|entry| Content { media_type: &entry.candidate.media_type, bytes: &entry.content })
            .collect();
        let mut rows = Vec::with_capacity(entries.len() * encoder.dimension());
        let mut names = String::new();
        for (entry, result) in entries.iter().zip(embed_all(&encoder, &contents)) {
            rows.extend_from_slice(result?.values());
            names += &format!("{}\t{}\n", entry.name, entry.candidate.id);
        }
        write(&self.out, &npy(&rows, entries.len(), encoder.dimension()))?;
        write(&self.out.with_extension("ids"), names.as_bytes())?;
        crate::print(&json!({
            "encoder": encoder.id(), "dimension": encoder.dimension(), "candidates": entries.len(), "file": self.out,
        }));
        Ok(())
    }
}

/// NumPy's format, version 1.0: magic, header padded to 64 bytes, little-endian numbers in C order.
fn npy(values: &[f32], rows: usize, columns: usize) -> Vec<u8> {
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    let unpadded = 10 + header.len() + 1;
    header.extend(std::iter::repeat_n(' ', unpadded.next_multiple_of(64) - unpadded));
    header.push('\n');
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend(u16::try_from(header.len()).expect("the header is short").to_le_bytes());
    file.extend(header.as_bytes());
    file.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    file
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_header_is_numpys() {
        let file = super::npy(&[1.0, 2.0], 1, 2);
        assert_eq!(&file[..10], b"\x93NUMPY\x01\x00\x76\x00");
        assert_eq!(file.len(), 128 + 8);
        assert!(file[10..128].starts_with(b"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }"));
        assert_eq!(file[127], b'\n');
        assert_eq!(&file[128..], [0, 0, 128, 63, 0, 0, 0, 64]);
    }
}
