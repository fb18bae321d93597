//! A thing that can be preferred.

use alloc::string::String;
use core::{fmt, str::FromStr};
use serde::{Deserialize, Serialize};

use crate::{digest::CandidateId, error::CoreError, text::shortened};

/// Longest title, in bytes of UTF-8.
pub const MAX_TITLE: usize = 200;
/// Longest note, in bytes of UTF-8.
pub const MAX_NOTE: usize = 500;

/// What a candidate is made of; it decides how a widget shows it and which encoder embeds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum CandidateKind {
    /// A still picture.
    Image,
    /// Plain text.
    Text,
    /// Sound.
    Audio,
    /// Moving pictures.
    Video,
    /// A set of colours.
    Palette,
    /// Anything else: the host page draws it.
    Card,
}

impl CandidateKind {
    /// The word used in JSON, in the signed manifest and in attributes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Text => "text",
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Palette => "palette",
            Self::Card => "card",
        }
    }
}

impl fmt::Display for CandidateKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for CandidateKind {
    type Err = CoreError;

    fn from_str(word: &str) -> Result<Self, CoreError> {
        Ok(match word {
            "image" => Self::Image,
            "text" => Self::Text,
            "audio" => Self::Audio,
            "video" => Self::Video,
            "palette" => Self::Palette,
            "card" => Self::Card,
            _ => {
                return Err(CoreError::Word {
                    what: "candidate kind",
                    found: shortened(word),
                    expected: "image, text, audio, video, palette, card",
                });
            }
        })
    }
}

/// One candidate as the round's manifest lists it. Every field is covered by the manifest's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Candidate {
    /// SHA-256 of the content.
    pub id: CandidateId,
    /// What it is made of.
    pub kind: CandidateKind,
    /// IANA media type of the content: `image/svg+xml`, `text/plain`, …
    pub media_type: String,
    /// What its label says, at most [`MAX_TITLE`] bytes.
    pub title: String,
    /// The smaller line on its label, at most [`MAX_NOTE`] bytes.
    pub note: String,
}

impl Candidate {
    /// Checks the lengths that the type alone does not hold.
    ///
    /// # Errors
    /// [`CoreError::TooLong`] when a text is over its limit.
    pub fn checked(self) -> Result<Self, CoreError> {
        for (what, text, limit) in [
            ("title", &self.title, MAX_TITLE),
            ("note", &self.note, MAX_NOTE),
            ("mediaType", &self.media_type, 100),
        ] {
            if text.len() > limit {
                return Err(CoreError::TooLong { what, found: text.len(), limit });
            }
        }
        Ok(self)
    }
}
