//! `taste embed`: content to embeddings, as an .npy or .safetensors file that others read.
//!
//! What was embedded before is not embedded again: a folder beside the result keeps every embedding by its content's digest
//! and the encoder's id, written as the work goes on. After a crash the same command goes on where it stopped.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use taste_inference::{Content, Picture};

use crate::{
    catalogue,
    embedded::Embedded,
    error::CliError,
    folder::{encoder, write},
    progress::{Bar, go_on, listen_for_cancel},
};

/// Pieces between two writes to disk.
const PORTION: usize = 64;

/// `taste embed`
#[derive(Args, Debug)]
pub(crate) struct Embed {
    /// A folder of images and sounds, or a JSONL with one candidate a line: `text`, `palette` (a list of colours), `file`, or of a film `frames`, a folder of
    /// pictures of it.
    #[arg(value_name = "FOLDER|JSONL")]
    candidates: PathBuf,
    /// `visual@1`, `text@1`, `palette@1`, `audio@1`, or the manifest of an encoder from files.
    #[arg(long)]
    encoder: String,
    /// The .npy or .safetensors file to write: float32, one row a candidate; beside it an .ids file with their names and ids.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Where embeddings are kept for the next time; by default a folder beside the result.
    #[arg(long, value_name = "FOLDER")]
    cache: Option<PathBuf>,
    /// Threads; 0 = as many as the machine has.
    #[arg(long, default_value_t = 0)]
    threads: usize,
}

impl Embed {
    pub(crate) fn run(self) -> Result<(), CliError> {
        let entries = catalogue::read(&self.candidates, None)?;
        let encoder = encoder(&self.encoder)?;
        let dimension = encoder.dimension();
        let folder = self.cache.clone().unwrap_or_else(|| self.out.with_extension("embedded"));
        let mut embedded = Embedded::open(&folder, encoder.id(), dimension)?;
        let missing: Vec<_> =
            entries.iter().filter(|entry| embedded.get(&entry.candidate.id).is_none()).collect();
        let bar = Bar::new("embedding", missing.len());
        listen_for_cancel();
        for portion in missing.chunks(PORTION) {
            go_on()?;
            let (films, others): (Vec<_>, Vec<_>) =
                portion.iter().copied().partition(|entry| !entry.frames.is_empty());
            let contents: Vec<_> = others
                .iter()
                .map(|entry| Content { media_type: &entry.candidate.media_type, bytes: &entry.content })
                .collect();
            let mut results = encoder.embed_together(&contents, self.threads, &|_| bar.advance());
            for film in &films {
                let frames = film.frames.iter().map(|frame| Picture::decode(frame));
                let frames = frames.collect::<Result<Vec<_>, _>>();
                results.push(frames.and_then(|frames| encoder.embed_frames(&frames)));
                bar.advance();
            }
            let mut new = Vec::with_capacity(portion.len());
            let mut failed = None;
            for (entry, result) in others.into_iter().chain(films).zip(results) {
                match result {
                    Ok(embedding) => new.push((entry.candidate.id, embedding.values().to_vec())),
                    Err(error) => failed = failed.or(Some((entry.name.clone(), error))),
                }
            }
            // What succeeded is kept, also where something did not.
            embedded.add(new)?;
            if let Some((name, error)) = failed {
                eprintln!("{name}:");
                return Err(error.into());
            }
        }
        bar.finish();
        let mut rows = Vec::with_capacity(entries.len() * dimension);
        let mut names = String::new();
        for entry in &entries {
            rows.extend_from_slice(embedded.get(&entry.candidate.id).expect("embedded above"));
            names += &format!("{}\t{}\n", entry.name, entry.candidate.id);
        }
        let as_safetensors = self.out.extension().is_some_and(|ending| ending == "safetensors");
        let file = if as_safetensors {
            safetensors(&rows, entries.len(), dimension, &encoder.id().0)
        } else {
            npy(&rows, entries.len(), dimension)
        };
        write(&self.out, &file)?;
        write(&self.out.with_extension("ids"), names.as_bytes())?;
        crate::print(&json!({
            "encoder": encoder.id(), "dimension": dimension, "candidates": entries.len(), "file": self.out,
            "embedded": missing.len(), "known": entries.len() - missing.len(),
        }));
        Ok(())
    }
}

/// Hugging Face's format: the header's length, the header as JSON padded to eight bytes, the numbers.
fn safetensors(values: &[f32], rows: usize, columns: usize, encoder: &str) -> Vec<u8> {
    let header = json!({
        "__metadata__": {"encoder": encoder},
        "embeddings": {"dtype": "F32", "shape": [rows, columns], "data_offsets": [0, values.len() * 4]},
    });
    let mut header = header.to_string();
    header.extend(std::iter::repeat_n(' ', header.len().next_multiple_of(8) - header.len()));
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.as_bytes());
    file.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    file
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

    #[test]
    fn the_header_is_hugging_faces() {
        let file = super::safetensors(&[1.0, 2.0], 1, 2, "e@1");
        let length = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
        assert_eq!((length % 8, file.len()), (0, 8 + length + 8));
        let header: serde_json::Value = serde_json::from_slice(&file[8..8 + length]).unwrap();
        assert_eq!(header["embeddings"]["data_offsets"], serde_json::json!([0, 8]));
        assert_eq!(&file[8 + length..], [0, 0, 128, 63, 0, 0, 0, 64]);
    }
}
