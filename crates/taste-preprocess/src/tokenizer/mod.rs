//! From text to token ids, as Hugging Face's `tokenizer.json` says: the same Rust natively and in wasm.
//!
//! Read are WordPiece, BPE, Unigram and word lists, with the normalizers, pre-tokenizers and post-processors that
//! published encoders use; a file that needs more is refused by name ([`PreprocessError::TokenizerUnsupported`]). Ids are those
//! of the library `tokenizers`, which the tests compare with. What is *not* here: decoding, training, offsets, pairs of texts.

pub mod characters;
mod forms;
mod graphemes;
mod normalise;
mod packed;
mod pattern;
mod split;
mod tables;
mod vocabulary;

use crate::{error::PreprocessError, json::Value};
use normalise::Normaliser;
use pattern::Pattern;
use split::{Piece, Splitter};
use vocabulary::Vocabulary;

/// The longest text that is tokenized, in bytes.
pub const MAX_TEXT_BYTES: usize = 1 << 20;

/// A tokenizer, ready to use.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    normaliser: Option<Normaliser>,
    splitter: Option<Splitter>,
    vocabulary: Vocabulary,
    added: Vec<Added>,
    /// Ids before and after a text's own.
    before: Vec<u32>,
    after: Vec<u32>,
    padding: u32,
}

/// A token that is found in the text as it stands, before anything is cut.
#[derive(Debug, Clone)]
struct Added {
    id: u32,
    content: String,
    single_word: bool,
    strips_left: bool,
    strips_right: bool,
    /// Found in the normalised text.
    normalised: bool,
}

impl Tokenizer {
    /// Reads a `tokenizer.json`. What it says of truncation and padding is left to the encoder's manifest.
    ///
    /// # Errors
    /// [`PreprocessError::Tokenizer`], [`PreprocessError::TokenizerUnsupported`].
    pub fn from_json(json: &[u8]) -> Result<Self, PreprocessError> {
        let file = Value::parse(json).map_err(|reason| PreprocessError::Tokenizer { reason })?;
        let vocabulary = Vocabulary::read(field(&file, "model")?)?;
        let normaliser = present(&file, "normalizer").map(Normaliser::read).transpose()?;
        let splitter = present(&file, "pre_tokenizer").map(Splitter::read).transpose()?;
        let mut added = Vec::new();
        for token in file["added_tokens"].as_array().into_iter().flatten() {
            let normalised = flag(token, "normalized", true);
            let content = text_of(token, "content")?.to_owned();
            let content = match &normaliser {
                Some(normaliser) if normalised => normaliser.apply(content, &mut true)?,
                _ => content,
            };
            added.push(Added {
                id: number(&token["id"], "added_tokens")?,
                single_word: flag(token, "single_word", false),
                strips_left: flag(token, "lstrip", false),
                strips_right: flag(token, "rstrip", false),
                content,
                normalised,
            });
        }
        added.retain(|token| !token.content.is_empty());
        // The longest of those that begin at one place is taken.
        added.sort_by_key(|token| std::cmp::Reverse(token.content.len()));
        let (mut before, mut after) = (Vec::new(), Vec::new());
        if let Some(processor) = present(&file, "post_processor") {
            read_processor(processor, &mut before, &mut after)?;
        }
        let padding = match &file["padding"]["pad_id"] {
            Value::Null => ["[PAD]", "<pad>"].iter().find_map(|token| vocabulary.id(token)).unwrap_or(0),
            id => number(id, "padding")?,
        };
        Ok(Self { normaliser, splitter, vocabulary, added, before, after, padding })
    }

    /// The id that fills rows up.
    pub fn padding(&self) -> u32 {
        self.padding
    }

    /// The ids of a text, special ones included, at most `most` (what follows is cut off).
    ///
    /// # Errors
    /// [`PreprocessError::TextTooLong`] beyond [`MAX_TEXT_BYTES`]; [`PreprocessError::Tokenizer`].
    pub fn encode(&self, text: &str, most: usize) -> Result<Vec<i64>, PreprocessError> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(PreprocessError::TextTooLong { found: text.len(), limit: MAX_TEXT_BYTES });
        }
        let room = most.saturating_sub(self.before.len() + self.after.len());
        let mut own = Vec::new();
        for (from, to, id) in self.find(text, false) {
            if let Some(id) = id {
                own.push(id);
                continue;
            }
            let part = text[from..to].to_owned();
            let mut begins = from == 0;
            let part = match &self.normaliser {
                Some(normaliser) => normaliser.apply(part, &mut begins)?,
                None => part,
            };
            for (start, end, id) in self.find(&part, true) {
                if let Some(id) = id {
                    own.push(id);
                    continue;
                }
                let piece = Piece { text: part[start..end].to_owned(), first: begins && start == 0 };
                let pieces = match &self.splitter {
                    Some(splitter) => splitter.apply(vec![piece])?,
                    None => vec![piece],
                };
                for piece in pieces.iter().filter(|piece| !piece.text.is_empty()) {
                    self.vocabulary.encode(&piece.text, &mut own)?;
                    if own.len() > room {
                        break;
                    }
                }
            }
            if own.len() > room {
                break;
            }
        }
        own.truncate(room);
        Ok([&self.before, &own, &self.after].into_iter().flatten().map(|&id| i64::from(id)).collect())
    }

    /// The text in consecutive ranges, those of added tokens with their ids.
    fn find(&self, text: &str, normalised: bool) -> Vec<(usize, usize, Option<u32>)> {
        let tokens: Vec<&Added> = self.added.iter().filter(|token| token.normalised == normalised).collect();
        let mut ranges = Vec::new();
        let (mut from, mut at) = (0, 0);
        while at < text.len() && !tokens.is_empty() {
            let rest = &text[at..];
            let Some(token) = tokens.iter().find(|token| rest.starts_with(token.content.as_str())) else {
                at += rest.chars().next().map_or(1, char::len_utf8);
                continue;
            };
            let (mut start, mut end) = (at, at + token.content.len());
            at = end;
            let in_word = |character: Option<char>| character.is_some_and(characters::is_word);
            if token.single_word
                && (in_word(text[..start].chars().next_back()) || in_word(text[end..].chars().next()))
            {
                continue;
            }
            if token.strips_left {
                start = text[..start].trim_end().len().max(from);
            }
            if token.strips_right {
                end = text.len() - text[end..].trim_start().len();
                at = at.max(end);
            }
            if from < start {
                ranges.push((from, start, None));
            }
            ranges.push((start, end, Some(token.id)));
            from = end;
        }
        if from < text.len() {
            ranges.push((from, text.len(), None));
        }
        ranges
    }
}

/// Which special tokens go around a text.
fn read_processor(value: &Value, before: &mut Vec<u32>, after: &mut Vec<u32>) -> Result<(), PreprocessError> {
    match text_of(value, "type")? {
        "TemplateProcessing" => {
            let mut seen = false;
            for piece in field(value, "single")?.as_array().ok_or_else(|| unreadable("post_processor"))? {
                if let Some(special) = piece.get("SpecialToken") {
                    let name = text_of(special, "id")?;
                    let ids = value["special_tokens"][name]["ids"].as_array();
                    let ids = ids.ok_or_else(|| unreadable("special_tokens"))?;
                    let ids: Vec<u32> =
                        ids.iter().map(|id| number(id, "special_tokens")).collect::<Result<_, _>>()?;
                    if seen { after.extend(ids) } else { before.extend(ids) }
                } else {
                    seen = true;
                }
            }
            Ok(())
        }
        "BertProcessing" | "RobertaProcessing" => {
            before.push(number(&value["cls"][1], "cls")?);
            after.push(number(&value["sep"][1], "sep")?);
            Ok(())
        }
        // It moves offsets only.
        "ByteLevel" => Ok(()),
        "Sequence" => {
            let steps = field(value, "processors")?.as_array().ok_or_else(|| unreadable("processors"))?;
            steps.iter().try_for_each(|step| read_processor(step, before, after))
        }
        other => Err(unsupported(format!("the post-processor {other}"))),
    }
}

fn present<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.get(name).filter(|value| !value.is_null())
}

fn field<'a>(value: &'a Value, name: &str) -> Result<&'a Value, PreprocessError> {
    value.get(name).ok_or_else(|| unreadable(name))
}

fn text_of<'a>(value: &'a Value, name: &str) -> Result<&'a str, PreprocessError> {
    field(value, name)?.as_str().ok_or_else(|| unreadable(name))
}

fn number(value: &Value, name: &str) -> Result<u32, PreprocessError> {
    value.as_u64().and_then(|id| u32::try_from(id).ok()).ok_or_else(|| unreadable(name))
}

fn flag(value: &Value, name: &str, default: bool) -> bool {
    value[name].as_bool().unwrap_or(default)
}

fn pattern_of(value: &Value) -> Result<Pattern, PreprocessError> {
    match (value["String"].as_str(), value["Regex"].as_str()) {
        (Some(text), _) => Ok(Pattern::literal(text)),
        (_, Some(source)) => Pattern::parse(source),
        _ => Err(unreadable("pattern")),
    }
}

fn unreadable(name: &str) -> PreprocessError {
    PreprocessError::Tokenizer {
        reason: format!("\"{name}\" is missing or not what a tokenizer.json has there"),
    }
}

fn unsupported(what: String) -> PreprocessError {
    PreprocessError::TokenizerUnsupported { what }
}
