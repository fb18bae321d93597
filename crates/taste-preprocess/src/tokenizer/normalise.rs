//! The first step of tokenizing: the text as the tokenizer wants to see it.

use super::{
    characters, field, flag,
    forms::{Form, normalised},
    graphemes::clusters,
    pattern::Pattern,
    text_of, unreadable, unsupported,
};
use crate::{error::PreprocessError, json::Value};

/// A step of normalisation.
#[derive(Debug, Clone)]
pub(super) enum Normaliser {
    Sequence(Vec<Normaliser>),
    Bert { clean: bool, chinese: bool, accents: bool, lowercase: bool },
    Form(Form),
    Lowercase,
    Strip { left: bool, right: bool },
    StripAccents,
    Replace { pattern: Pattern, with: String },
    Prepend(String),
    Charsmap(Charsmap),
}

impl Normaliser {
    pub(super) fn read(value: &Value) -> Result<Self, PreprocessError> {
        Ok(match text_of(value, "type")? {
            "Sequence" => {
                let steps =
                    field(value, "normalizers")?.as_array().ok_or_else(|| unreadable("normalizers"))?;
                Self::Sequence(steps.iter().map(Self::read).collect::<Result<_, _>>()?)
            }
            "BertNormalizer" => {
                let lowercase = flag(value, "lowercase", true);
                Self::Bert {
                    clean: flag(value, "clean_text", true),
                    chinese: flag(value, "handle_chinese_chars", true),
                    accents: flag(value, "strip_accents", lowercase),
                    lowercase,
                }
            }
            "NFC" => Self::Form(Form::Nfc),
            "NFD" => Self::Form(Form::Nfd),
            "NFKC" => Self::Form(Form::Nfkc),
            "NFKD" => Self::Form(Form::Nfkd),
            "Lowercase" => Self::Lowercase,
            "Strip" => {
                Self::Strip { left: flag(value, "strip_left", true), right: flag(value, "strip_right", true) }
            }
            "StripAccents" => Self::StripAccents,
            "Replace" => Self::Replace {
                pattern: super::pattern_of(field(value, "pattern")?)?,
                with: text_of(value, "content")?.to_owned(),
            },
            "Prepend" => Self::Prepend(text_of(value, "prepend")?.to_owned()),
            "Precompiled" => match field(value, "precompiled_charsmap")? {
                Value::Null => Self::Sequence(Vec::new()),
                _ => Self::Charsmap(Charsmap::read(text_of(value, "precompiled_charsmap")?)?),
            },
            other => return Err(unsupported(format!("the normalizer {other}"))),
        })
    }

    /// The text as this step leaves it. `begins` becomes false where something before its first character was taken away: a
    /// word that did not begin the text is not the first one (`prepend_scheme: first`).
    pub(super) fn apply(&self, text: String, begins: &mut bool) -> Result<String, PreprocessError> {
        Ok(match self {
            Self::Sequence(steps) => {
                return steps.iter().try_fold(text, |text, step| step.apply(text, begins));
            }
            Self::Bert { clean, chinese, accents, lowercase } => {
                let mut text = text;
                if *clean {
                    let keeps = |it: &char| *it != '\0' && *it != '\u{FFFD}' && !characters::is_control(*it);
                    *begins &= text.chars().next().is_none_or(|it| keeps(&it));
                    text = text
                        .chars()
                        .filter(keeps)
                        .map(|it| if it.is_whitespace() { ' ' } else { it })
                        .collect();
                }
                if *chinese {
                    text = text.chars().fold(String::with_capacity(text.len()), |mut text, it| {
                        if is_chinese(it) {
                            text.extend([' ', it, ' ']);
                        } else {
                            text.push(it);
                        }
                        text
                    });
                }
                if *accents && !text.is_ascii() {
                    let apart = normalised(&text, Form::Nfd);
                    text = apart.chars().filter(|&it| !characters::is_nonspacing(it)).collect();
                }
                if *lowercase { small(&text) } else { text }
            }
            Self::Form(form) => normalised(&text, *form),
            Self::Lowercase => small(&text),
            Self::Strip { left, right } => {
                *begins &= !(*left && text.starts_with(char::is_whitespace));
                let text = if *left { text.trim_start() } else { &text };
                (if *right { text.trim_end() } else { text }).to_owned()
            }
            Self::StripAccents => {
                *begins &= !text.starts_with(characters::is_stripped);
                text.chars().filter(|&it| !characters::is_stripped(it)).collect()
            }
            Self::Replace { pattern, with } => {
                let mut replaced = String::with_capacity(text.len());
                for (from, to, found) in pattern.ranges(&text)? {
                    *begins &= !(found && from == 0 && to > 0 && with.is_empty());
                    replaced.push_str(if found { with } else { &text[from..to] });
                }
                replaced
            }
            Self::Prepend(prefix) if text.is_empty() => {
                let _ = prefix;
                text
            }
            Self::Prepend(prefix) => format!("{prefix}{text}"),
            Self::Charsmap(map) => map.apply(&text),
        })
    }
}

/// Character by character, without the rule for the final sigma.
fn small(text: &str) -> String {
    let mut small = String::with_capacity(text.len());
    text.chars().for_each(|character| characters::push_small(&mut small, character));
    small
}

fn is_chinese(character: char) -> bool {
    matches!(
        character as u32,
        0x4E00..=0x9FFF
            | 0x3400..=0x4DBF
            | 0x20000..=0x2A6DF
            | 0x2A700..=0x2B73F
            | 0x2B740..=0x2B81F
            | 0x2B920..=0x2CEAF
            | 0xF900..=0xFAFF
            | 0x2F800..=0x2FA1F
    )
}

/// SentencePiece's compiled normalisation: a double-array trie from bytes to places in a text of replacements.
#[derive(Debug, Clone)]
pub(super) struct Charsmap {
    trie: Vec<u32>,
    replacements: String,
}

impl Charsmap {
    fn read(base64: &str) -> Result<Self, PreprocessError> {
        let bytes = decoded(base64).ok_or_else(|| unreadable("precompiled_charsmap"))?;
        let (size, rest) = bytes.split_first_chunk().ok_or_else(|| unreadable("precompiled_charsmap"))?;
        let size = u32::from_le_bytes(*size) as usize / 4 * 4;
        let (trie, replacements) =
            rest.split_at_checked(size).ok_or_else(|| unreadable("precompiled_charsmap"))?;
        let (units, _) = trie.as_chunks();
        Ok(Self {
            trie: units.iter().map(|unit| u32::from_le_bytes(*unit)).collect(),
            replacements: String::from_utf8(replacements.to_vec())
                .map_err(|_| unreadable("precompiled_charsmap"))?,
        })
    }

    /// What stands for `part`: the replacement of its shortest prefix that has one (as `tokenizers` does it).
    fn replacement(&self, part: &str) -> Option<&str> {
        let unit = |at: usize| self.trie.get(at).copied();
        let offset = |unit: u32| ((unit >> 10) << ((unit & (1 << 9)) >> 6)) as usize;
        let mut at = offset(unit(0)?);
        for &byte in part.as_bytes() {
            if byte == 0 {
                return None;
            }
            at ^= usize::from(byte);
            let found = unit(at)?;
            if found & ((1 << 31) | 0xFF) != u32::from(byte) {
                return None;
            }
            at ^= offset(found);
            if (found >> 8) & 1 == 1 {
                let start = (unit(at)? & ((1 << 31) - 1)) as usize;
                let rest = self.replacements.get(start..)?;
                return Some(rest.split('\0').next().unwrap_or_default());
            }
        }
        None
    }

    fn apply(&self, text: &str) -> String {
        let mut result = String::with_capacity(text.len());
        clusters(text, |cluster| {
            if cluster.len() < 6
                && let Some(replacement) = self.replacement(cluster)
            {
                return result.push_str(replacement);
            }
            for (at, character) in cluster.char_indices() {
                let part = &cluster[at..at + character.len_utf8()];
                result.push_str(self.replacement(part).unwrap_or(part));
            }
        });
        result
    }
}

/// Base64 with the usual alphabet.
fn decoded(base64: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(base64.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0);
    for byte in base64.trim_end_matches('=').bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    Some(bytes)
}
