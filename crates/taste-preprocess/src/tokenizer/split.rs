//! The second step: a text into the pieces that the vocabulary is applied to.

use super::{characters, field, flag, pattern::Pattern, text_of, unreadable, unsupported};
use crate::{error::PreprocessError, json::Value};

/// A step of splitting.
#[derive(Debug, Clone)]
pub(super) enum Splitter {
    Sequence(Vec<Splitter>),
    Bert,
    Whitespace,
    /// `\w+|[^\w\s]+`
    Words,
    Punctuation(Behaviour),
    Digits {
        each: bool,
    },
    Metaspace {
        replacement: char,
        prepend: Prepend,
        split: bool,
    },
    ByteLevel {
        prefix_space: bool,
        pattern: Option<Pattern>,
    },
    Pattern {
        pattern: Pattern,
        behaviour: Behaviour,
        invert: bool,
    },
}

/// What becomes of the places where a text is split.
#[derive(Debug, Clone, Copy)]
pub(super) enum Behaviour {
    Removed,
    Isolated,
    MergedWithPrevious,
    MergedWithNext,
    Contiguous,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prepend {
    Always,
    First,
    Never,
}

/// A piece of text; `first` where it begins the whole text.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) first: bool,
}

/// GPT-2's pattern, which the byte-level splitter brings along.
const BYTE_LEVEL: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

impl Behaviour {
    fn read(value: &Value) -> Result<Self, PreprocessError> {
        Ok(match value.as_str() {
            Some("Removed") => Self::Removed,
            None | Some("Isolated") => Self::Isolated,
            Some("MergedWithPrevious") => Self::MergedWithPrevious,
            Some("MergedWithNext") => Self::MergedWithNext,
            Some("Contiguous") => Self::Contiguous,
            Some(other) => return Err(unsupported(format!("the split behaviour {other}"))),
        })
    }
}

impl Splitter {
    pub(super) fn read(value: &Value) -> Result<Self, PreprocessError> {
        Ok(match text_of(value, "type")? {
            "Sequence" => {
                let steps =
                    field(value, "pretokenizers")?.as_array().ok_or_else(|| unreadable("pretokenizers"))?;
                Self::Sequence(steps.iter().map(Self::read).collect::<Result<_, _>>()?)
            }
            "BertPreTokenizer" => Self::Bert,
            "WhitespaceSplit" => Self::Whitespace,
            "Whitespace" => Self::Words,
            "Punctuation" => Self::Punctuation(Behaviour::read(&value["behavior"])?),
            "Digits" => Self::Digits { each: flag(value, "individual_digits", false) },
            "Metaspace" => {
                let mut replacement = text_of(value, "replacement")?.chars();
                let prepend = match value["prepend_scheme"].as_str() {
                    _ if !flag(value, "add_prefix_space", true) => Prepend::Never,
                    None | Some("always") => Prepend::Always,
                    Some("first") => Prepend::First,
                    Some("never") => Prepend::Never,
                    Some(other) => return Err(unsupported(format!("the prepend scheme {other}"))),
                };
                Self::Metaspace {
                    replacement: replacement.next().ok_or_else(|| unreadable("replacement"))?,
                    prepend,
                    split: flag(value, "split", true),
                }
            }
            "ByteLevel" => Self::ByteLevel {
                prefix_space: flag(value, "add_prefix_space", true),
                pattern: flag(value, "use_regex", true).then(|| Pattern::parse(BYTE_LEVEL)).transpose()?,
            },
            "Split" => Self::Pattern {
                pattern: super::pattern_of(field(value, "pattern")?)?,
                behaviour: Behaviour::read(&value["behavior"])?,
                invert: flag(value, "invert", false),
            },
            other => return Err(unsupported(format!("the pre-tokenizer {other}"))),
        })
    }

    pub(super) fn apply(&self, pieces: Vec<Piece>) -> Result<Vec<Piece>, PreprocessError> {
        let mut result = Vec::new();
        match self {
            Self::Sequence(steps) => {
                return steps.iter().try_fold(pieces, |pieces, step| step.apply(pieces));
            }
            Self::Bert => {
                for piece in pieces {
                    for word in piece.text.split(char::is_whitespace).filter(|word| !word.is_empty()) {
                        let mut from = 0;
                        for (at, mark) in
                            word.char_indices().filter(|(_, it)| characters::is_punctuation(*it))
                        {
                            push(&mut result, &word[from..at], false);
                            from = at + mark.len_utf8();
                            push(&mut result, &word[at..from], false);
                        }
                        push(&mut result, &word[from..], false);
                    }
                }
            }
            Self::Whitespace => {
                for piece in pieces {
                    let words = piece.text.split(char::is_whitespace);
                    words.for_each(|word| {
                        push(&mut result, word, piece.first && piece.text.starts_with(word))
                    });
                }
            }
            Self::Words => {
                for piece in pieces {
                    let kind =
                        |it: char| if it.is_whitespace() { 0 } else { 1 + u8::from(characters::is_word(it)) };
                    let mut from = 0;
                    let mut last = 0;
                    for (at, character) in piece.text.char_indices() {
                        let now = kind(character);
                        if now != last {
                            if last != 0 {
                                push(&mut result, &piece.text[from..at], piece.first && from == 0);
                            }
                            (from, last) = (at, now);
                        }
                    }
                    if last != 0 {
                        push(&mut result, &piece.text[from..], piece.first && from == 0);
                    }
                }
            }
            Self::Punctuation(behaviour) => {
                for piece in pieces {
                    split(&mut result, &piece, by(&piece.text, characters::is_punctuation), *behaviour);
                }
            }
            Self::Digits { each } => {
                let behaviour = if *each { Behaviour::Isolated } else { Behaviour::Contiguous };
                for piece in pieces {
                    split(&mut result, &piece, by(&piece.text, char::is_numeric), behaviour);
                }
            }
            Self::Metaspace { replacement, prepend, split: splits } => {
                for mut piece in pieces {
                    let mut text = piece.text.replace(' ', replacement.encode_utf8(&mut [0; 4]));
                    let wanted = *prepend == Prepend::Always || *prepend == Prepend::First && piece.first;
                    if wanted && !text.starts_with(*replacement) {
                        text.insert(0, *replacement);
                    }
                    piece.text = text;
                    if *splits {
                        let ranges = by(&piece.text, |it| it == *replacement);
                        split(&mut result, &piece, ranges, Behaviour::MergedWithNext);
                    } else {
                        result.push(piece);
                    }
                }
            }
            Self::ByteLevel { prefix_space, pattern } => {
                for mut piece in pieces {
                    if *prefix_space && !piece.text.starts_with(' ') {
                        piece.text.insert(0, ' ');
                    }
                    let from = result.len();
                    match pattern {
                        Some(pattern) => {
                            let ranges = pattern.ranges(&piece.text)?;
                            split(&mut result, &piece, ranges, Behaviour::Isolated);
                        }
                        None => result.push(piece),
                    }
                    for piece in &mut result[from..] {
                        piece.text = piece.text.bytes().map(byte_character).collect();
                    }
                }
            }
            Self::Pattern { pattern, behaviour, invert } => {
                for piece in pieces {
                    let mut ranges = pattern.ranges(&piece.text)?;
                    ranges.iter_mut().for_each(|(_, _, found)| *found ^= invert);
                    split(&mut result, &piece, ranges, *behaviour);
                }
            }
        }
        Ok(result)
    }
}

fn push(pieces: &mut Vec<Piece>, text: &str, first: bool) {
    if !text.is_empty() {
        pieces.push(Piece { text: text.to_owned(), first });
    }
}

/// Every character that is a place to split at is a range of its own.
fn by(text: &str, is_match: impl Fn(char) -> bool) -> Vec<(usize, usize, bool)> {
    let mut ranges = Vec::new();
    let mut from = 0;
    for (at, character) in text.char_indices().filter(|(_, character)| is_match(*character)) {
        if from < at {
            ranges.push((from, at, false));
        }
        from = at + character.len_utf8();
        ranges.push((at, from, true));
    }
    if from < text.len() {
        ranges.push((from, text.len(), false));
    }
    ranges
}

fn split(pieces: &mut Vec<Piece>, piece: &Piece, ranges: Vec<(usize, usize, bool)>, behaviour: Behaviour) {
    let mut joined: Vec<(usize, usize)> = Vec::with_capacity(ranges.len());
    let mut previous = false;
    match behaviour {
        Behaviour::Isolated => joined.extend(ranges.iter().map(|(from, to, _)| (*from, *to))),
        Behaviour::Removed => {
            joined.extend(ranges.iter().filter(|range| !range.2).map(|(from, to, _)| (*from, *to)));
        }
        Behaviour::Contiguous | Behaviour::MergedWithPrevious => {
            for (from, to, found) in ranges {
                let joins = match behaviour {
                    Behaviour::Contiguous => found == previous,
                    _ => found && !previous,
                };
                match joined.last_mut() {
                    Some(last) if joins => last.1 = to,
                    _ => joined.push((from, to)),
                }
                previous = found;
            }
        }
        Behaviour::MergedWithNext => {
            for (from, to, found) in ranges.into_iter().rev() {
                match joined.last_mut() {
                    Some(last) if found && !previous => last.0 = from,
                    _ => joined.push((from, to)),
                }
                previous = found;
            }
            joined.reverse();
        }
    }
    for (from, to) in joined {
        push(pieces, &piece.text[from..to], piece.first && from == 0);
    }
}

/// GPT-2's visible character for a byte: itself where it is printable, else one from U+0100 on.
fn byte_character(byte: u8) -> char {
    let code = u32::from(byte);
    let shifted = match byte {
        0x21..=0x7E | 0xA1..=0xAC | 0xAE..=0xFF => code,
        0..=0x20 => 0x100 + code,
        0x7F..=0xA0 => 0x100 + 0x21 + code - 0x7F,
        0xAD => 0x100 + 0x21 + 0x22,
    };
    char::from_u32(shifted).expect("below the surrogates")
}
