//! The third step: a piece of text into the ids of a vocabulary.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
};

use super::{field, flag, number, unreadable, unsupported};
use crate::{error::PreprocessError, json::Value};

/// The vocabulary, and how pieces are cut by it.
#[derive(Debug, Clone)]
pub(super) enum Vocabulary {
    WordPiece { ids: HashMap<String, u32>, unknown: u32, prefix: String, longest: usize },
    Words { ids: HashMap<String, u32>, unknown: Option<u32> },
    Bpe(Bpe),
    Unigram(Unigram),
}

impl Vocabulary {
    pub(super) fn read(value: &Value) -> Result<Self, PreprocessError> {
        // Old files do not say which one it is.
        let kind =
            value["type"].as_str().unwrap_or(if value["merges"].as_array().is_some() { "BPE" } else { "?" });
        match kind {
            "WordPiece" => {
                let ids = ids(field(value, "vocab")?)?;
                let unknown = value["unk_token"].as_str().unwrap_or("[UNK]");
                Ok(Self::WordPiece {
                    unknown: *ids.get(unknown).ok_or_else(|| unreadable("unk_token"))?,
                    prefix: value["continuing_subword_prefix"].as_str().unwrap_or("##").to_owned(),
                    longest: value["max_input_chars_per_word"].as_u64().unwrap_or(100) as usize,
                    ids,
                })
            }
            "WordLevel" => {
                let ids = ids(field(value, "vocab")?)?;
                let unknown = value["unk_token"].as_str().and_then(|token| ids.get(token)).copied();
                Ok(Self::Words { ids, unknown })
            }
            "BPE" => Ok(Self::Bpe(Bpe::read(value)?)),
            "Unigram" => Ok(Self::Unigram(Unigram::read(value)?)),
            other => Err(unsupported(format!("the model {other}"))),
        }
    }

    /// The id of a token as it stands in the vocabulary.
    pub(super) fn id(&self, token: &str) -> Option<u32> {
        match self {
            Self::WordPiece { ids, .. } | Self::Words { ids, .. } => ids.get(token).copied(),
            Self::Bpe(bpe) => bpe.ids.get(token).copied(),
            Self::Unigram(unigram) => unigram.id(token),
        }
    }

    /// Appends the ids of a piece, which is not empty.
    pub(super) fn encode(&self, piece: &str, out: &mut Vec<u32>) -> Result<(), PreprocessError> {
        match self {
            Self::WordPiece { ids, unknown, prefix, longest } => {
                word_pieces(piece, ids, *unknown, prefix, *longest, out);
                Ok(())
            }
            Self::Words { ids, unknown } => {
                let id = ids.get(piece).copied().or(*unknown).ok_or_else(no_unknown)?;
                out.push(id);
                Ok(())
            }
            Self::Bpe(bpe) => bpe.encode(piece, out),
            Self::Unigram(unigram) => unigram.encode(piece, out),
        }
    }
}

fn no_unknown() -> PreprocessError {
    PreprocessError::Tokenizer {
        reason: "a piece is not in the vocabulary, which has no unknown token".to_owned(),
    }
}

fn ids(value: &Value) -> Result<HashMap<String, u32>, PreprocessError> {
    let object = value.as_object().ok_or_else(|| unreadable("vocab"))?;
    object.iter().map(|(token, id)| Ok((token.clone(), number(id, "vocab")?))).collect()
}

/// The longest token that fits, again and again; a word that cannot be cut so is unknown as a whole.
fn word_pieces(
    piece: &str,
    ids: &HashMap<String, u32>,
    unknown: u32,
    prefix: &str,
    longest: usize,
    out: &mut Vec<u32>,
) {
    let before = out.len();
    if piece.chars().count() > longest {
        return out.push(unknown);
    }
    let mut candidate = String::with_capacity(prefix.len() + piece.len());
    let mut start = 0;
    while start < piece.len() {
        candidate.clear();
        if start > 0 {
            candidate.push_str(prefix);
        }
        candidate.push_str(&piece[start..]);
        let shortest = candidate.len() - (piece.len() - start);
        let found = loop {
            if candidate.len() == shortest {
                break None;
            }
            if let Some(id) = ids.get(candidate.as_str()) {
                break Some(*id);
            }
            candidate.pop();
        };
        let Some(id) = found else {
            out.truncate(before);
            return out.push(unknown);
        };
        out.push(id);
        start += candidate.len() - shortest;
    }
}

/// Byte-pair encoding: the pair that was learned first is joined first.
#[derive(Debug, Clone)]
pub(super) struct Bpe {
    ids: HashMap<String, u32>,
    /// Pair of ids → rank, and the id that both become.
    merges: HashMap<(u32, u32), (u32, u32)>,
    unknown: Option<u32>,
    prefix: String,
    suffix: String,
    fuse_unknown: bool,
    byte_fallback: bool,
    ignore_merges: bool,
}

impl Bpe {
    fn read(value: &Value) -> Result<Self, PreprocessError> {
        if value["dropout"].as_f64().is_some_and(|dropout| dropout > 0.0) {
            return Err(unsupported("BPE with dropout".to_owned()));
        }
        let ids = ids(field(value, "vocab")?)?;
        let prefix = value["continuing_subword_prefix"].as_str().unwrap_or_default().to_owned();
        let mut merges = HashMap::new();
        let list = field(value, "merges")?.as_array().ok_or_else(|| unreadable("merges"))?;
        for (rank, merge) in list.iter().enumerate() {
            let (left, right) = match merge {
                Value::String(text) => text.split_once(' '),
                Value::Array(pair) => {
                    pair.first().and_then(Value::as_str).zip(pair.get(1).and_then(Value::as_str))
                }
                _ => None,
            }
            .ok_or_else(|| unreadable("merges"))?;
            let joined = format!("{left}{}", right.strip_prefix(prefix.as_str()).unwrap_or(right));
            let id = |token: &str| ids.get(token).copied().ok_or_else(|| unreadable("merges"));
            merges.insert((id(left)?, id(right)?), (rank as u32, id(&joined)?));
        }
        let unknown = match value["unk_token"].as_str() {
            Some(token) => Some(*ids.get(token).ok_or_else(|| unreadable("unk_token"))?),
            None => None,
        };
        Ok(Self {
            merges,
            unknown,
            prefix,
            suffix: value["end_of_word_suffix"].as_str().unwrap_or_default().to_owned(),
            fuse_unknown: flag(value, "fuse_unk", false),
            byte_fallback: flag(value, "byte_fallback", false),
            ignore_merges: flag(value, "ignore_merges", false),
            ids,
        })
    }

    fn encode(&self, piece: &str, out: &mut Vec<u32>) -> Result<(), PreprocessError> {
        if self.ignore_merges
            && let Some(id) = self.ids.get(piece)
        {
            out.push(*id);
            return Ok(());
        }
        let mut symbols = Vec::with_capacity(piece.len());
        let mut fused = false;
        let mut token = String::new();
        for (at, character) in piece.char_indices() {
            token.clear();
            if at > 0 {
                token.push_str(&self.prefix);
            }
            token.push(character);
            if at + character.len_utf8() == piece.len() {
                token.push_str(&self.suffix);
            }
            if let Some(id) = self.ids.get(token.as_str()) {
                symbols.push(*id);
                fused = false;
                continue;
            }
            if self.byte_fallback {
                let bytes: Option<Vec<u32>> =
                    token.bytes().map(|byte| self.ids.get(&format!("<0x{byte:02X}>")).copied()).collect();
                if let Some(bytes) = bytes {
                    symbols.extend(bytes);
                    continue;
                }
            }
            // Without an unknown token, what is not known is left out.
            if let Some(unknown) = self.unknown {
                if !(self.fuse_unknown && fused) {
                    symbols.push(unknown);
                }
                fused = true;
            }
        }
        self.merge(&mut symbols);
        out.append(&mut symbols);
        Ok(())
    }

    fn merge(&self, symbols: &mut Vec<u32>) {
        const GONE: u32 = u32::MAX;
        let count = symbols.len();
        let mut next: Vec<usize> = (1..=count).collect();
        let mut previous: Vec<usize> = (0..count).map(|at| at.wrapping_sub(1)).collect();
        let mut queue = BinaryHeap::new();
        let offer = |queue: &mut BinaryHeap<_>, symbols: &[u32], left: usize, right: usize| {
            if let Some((rank, id)) = self.merges.get(&(symbols[left], symbols[right])) {
                queue.push(Reverse((*rank, left, *id)));
            }
        };
        for left in 1..count {
            offer(&mut queue, symbols, left - 1, left);
        }
        while let Some(Reverse((_, left, id))) = queue.pop() {
            let right = next[left];
            if symbols[left] == GONE || right >= count {
                continue;
            }
            // Entries of pairs that were joined with others meanwhile.
            if self.merges.get(&(symbols[left], symbols[right])).is_none_or(|(_, now)| *now != id) {
                continue;
            }
            symbols[left] = id;
            symbols[right] = GONE;
            next[left] = next[right];
            if let Some(before) = previous.get_mut(next[right]) {
                *before = left;
            }
            if previous[left] < count {
                offer(&mut queue, symbols, previous[left], left);
            }
            if next[left] < count {
                offer(&mut queue, symbols, left, next[left]);
            }
        }
        symbols.retain(|id| *id != GONE);
    }
}

/// SentencePiece's unigram language model: the cut with the best sum of scores.
#[derive(Debug, Clone)]
pub(super) struct Unigram {
    /// Tokens in order of their bytes, each with its id.
    sorted: Vec<(String, u32)>,
    scores: Vec<f64>,
    unknown: Option<u32>,
    unknown_score: f64,
    byte_fallback: bool,
}

/// What an unknown character costs more than the rarest token.
const UNKNOWN_PENALTY: f64 = 10.0;

impl Unigram {
    fn read(value: &Value) -> Result<Self, PreprocessError> {
        let list = field(value, "vocab")?.as_array().ok_or_else(|| unreadable("vocab"))?;
        let mut sorted = Vec::with_capacity(list.len());
        let mut scores = Vec::with_capacity(list.len());
        for (id, entry) in list.iter().enumerate() {
            let token = entry[0].as_str().ok_or_else(|| unreadable("vocab"))?;
            sorted.push((token.to_owned(), id as u32));
            scores.push(entry[1].as_f64().ok_or_else(|| unreadable("vocab"))?);
        }
        sorted.sort();
        // Of equal tokens, the last one counts.
        sorted.reverse();
        sorted.dedup_by(|a, b| a.0 == b.0);
        sorted.reverse();
        let unknown = match &value["unk_id"] {
            Value::Null => None,
            id => Some(number(id, "unk_id")?),
        };
        if unknown.is_some_and(|id| id as usize >= scores.len()) {
            return Err(unreadable("unk_id"));
        }
        let rarest = scores.iter().copied().fold(f64::INFINITY, f64::min);
        Ok(Self {
            sorted,
            scores,
            unknown,
            unknown_score: rarest - UNKNOWN_PENALTY,
            byte_fallback: flag(value, "byte_fallback", false),
        })
    }

    fn id(&self, token: &str) -> Option<u32> {
        let at = self.sorted.binary_search_by(|(other, _)| other.as_str().cmp(token)).ok()?;
        Some(self.sorted[at].1)
    }

    fn encode(&self, piece: &str, out: &mut Vec<u32>) -> Result<(), PreprocessError> {
        /// The best way to a place: its score, where its last token starts, and that token.
        #[derive(Clone, Copy)]
        struct Way {
            score: f64,
            start: usize,
            id: Option<u32>,
        }
        let bytes = piece.as_bytes();
        let mut ways: Vec<Option<Way>> = vec![None; bytes.len() + 1];
        ways[0] = Some(Way { score: 0.0, start: 0, id: None });
        for (start, character) in piece.char_indices() {
            let Some(here) = ways[start] else { continue };
            let mut offer = |end: usize, score: f64, id: Option<u32>| {
                let score = score + here.score;
                if ways[end].is_none_or(|way| score > way.score) {
                    ways[end] = Some(Way { score, start, id });
                }
            };
            let mut single = false;
            // The tokens that begin like the rest of the piece: a range of the sorted ones, narrowed byte by byte.
            let mut range = self.sorted.as_slice();
            for length in 1..=bytes.len() - start {
                let byte = bytes[start + length - 1];
                let at = |token: &String| token.as_bytes().get(length - 1).copied();
                let from = range.partition_point(|(token, _)| at(token) < Some(byte));
                let to = range.partition_point(|(token, _)| at(token) <= Some(byte));
                range = &range[from..to];
                let Some((token, id)) = range.first() else { break };
                if token.len() == length {
                    offer(start + length, self.scores[*id as usize], Some(*id));
                    single |= length == character.len_utf8();
                }
            }
            if !single {
                let unknown = self.unknown.ok_or_else(no_unknown)?;
                offer(start + character.len_utf8(), self.unknown_score, Some(unknown));
            }
        }
        let mut parts = Vec::new();
        let mut end = bytes.len();
        while end > 0 {
            let way = ways[end].expect("every character ends a way");
            let unknown = way.id == self.unknown;
            match parts.last_mut() {
                // Unknown neighbours are one.
                Some((start, _, true)) if unknown => *start = way.start,
                _ => parts.push((way.start, end, unknown)),
            }
            end = way.start;
        }
        for (start, end, _) in parts.into_iter().rev() {
            let token = &piece[start..end];
            match self.id(token) {
                Some(id) => out.push(id),
                None => {
                    let bytes: Option<Vec<u32>> = if self.byte_fallback {
                        token.bytes().map(|byte| self.id(&format!("<0x{byte:02X}>"))).collect()
                    } else {
                        None
                    };
                    match bytes {
                        Some(bytes) => out.extend(bytes),
                        None => out.push(self.unknown.ok_or_else(no_unknown)?),
                    }
                }
            }
        }
        Ok(())
    }
}
