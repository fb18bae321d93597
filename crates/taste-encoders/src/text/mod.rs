//! `text@1`: surface statistics of a text and its hashed n-grams, in any language.
//!
//! A text is read once into folded characters and words ([`reading`], with the letters of [`letters`]). 40 surface
//! statistics ([`surface`]) come first, then [`BUCKETS`] signed buckets of character 1- to 3-grams
//! and word 1- and 2-grams ([`grams`]). [`TEXT_GROUPS`] is the list, dimension by dimension.
//!
//! Sources: Weinberger et al., *Feature hashing for large scale multitask learning*, ICML 2009 (signed buckets);
//! Cavnar & Trenkle, *N-gram-based text categorization*, 1994 (character n-grams need no tokenizer). What is *not* here:
//! meaning. `taste-inference` runs sentence encoders from files.

mod grams;
mod letters;
mod reading;
mod surface;

use taste_core::Embedding;

use crate::{
    dimensions::{ANCHOR, Group, limited, scale, total},
    error::EncoderError,
};
use grams::Grams;
use reading::Reading;

/// The encoder id of [`text`].
pub const TEXT_ID: &str = "text@1";

/// Signed buckets of hashed n-grams.
const BUCKETS: usize = 983;

/// How many numbers [`text`] gives.
pub const TEXT_DIMENSION: usize = total(TEXT_GROUPS) + 1;

/// Surface statistics: the groups before the buckets.
const SURFACE: usize = TEXT_DIMENSION - 1 - BUCKETS;

/// The longest text, in bytes of UTF-8.
pub const MAX_TEXT_BYTES: usize = 1 << 20;

/// The dimensions of `text@1`, in order; one more follows, the [`ANCHOR`](crate::ANCHOR).
///
/// Shares are of the characters that are not white space, unless another whole is named; `ln` is `ln(1 + count)`.
pub const TEXT_GROUPS: &[Group] = &[
    Group::new("ln characters", 1, 4.0, 1.0),
    Group::new("ln words", 1, 2.4, 0.9),
    Group::new("mean word length", 1, 4.0, 1.5),
    Group::new("standard deviation of word length", 1, 2.2, 0.9),
    Group::new("ln longest word", 1, 2.2, 0.4),
    Group::new("different words, as a share of the words", 1, 0.9, 0.12),
    Group::new("ln sentences", 1, 1.0, 0.5),
    Group::new("ln words per sentence", 1, 2.1, 0.6),
    Group::new("ln line breaks", 1, 0.2, 0.6),
    Group::new("share of letters", 1, 0.93, 0.06),
    Group::new("share of digits", 1, 0.02, 0.05),
    Group::new("capitals, as a share of letters that have them", 1, 0.06, 0.1),
    Group::new("words with a first capital, as a share of the words", 1, 0.15, 0.2),
    Group::new("words of two capitals or more, as a share of the words", 1, 0.02, 0.08),
    Group::new("white space, as a share of all characters", 1, 0.13, 0.08),
    Group::new("share of punctuation", 1, 0.05, 0.04),
    Group::new("share of commas", 1, 0.01, 0.014),
    Group::new("share of full stops", 1, 0.015, 0.016),
    Group::new("ln question marks", 1, 0.2, 0.4),
    Group::new("ln exclamation marks", 1, 0.15, 0.35),
    Group::new("share of quotation marks and apostrophes", 1, 0.012, 0.02),
    Group::new("share of brackets", 1, 0.01, 0.03),
    Group::new("share of dashes and ellipses", 1, 0.006, 0.015),
    Group::new("share of colons, semicolons and slashes", 1, 0.005, 0.013),
    Group::new("ln currency and percent signs", 1, 0.05, 0.2),
    Group::new("share of other symbols and emoji", 1, 0.003, 0.012),
    Group::new("ln different characters / ln characters", 1, 0.83, 0.1),
    Group::new("entropy of the characters, bits", 1, 4.1, 0.4),
    Group::new("characters equal to the one before, as a share", 1, 0.025, 0.025),
    Group::new("ends with a question mark", 1, 0.1, 0.4),
    Group::new("ends with an exclamation mark", 1, 0.1, 0.4),
    Group::new("ends with a letter or a digit", 1, 0.3, 0.5),
    Group::new("Latin, as a share of the letters", 1, 0.5, 0.5),
    Group::new("Greek and Cyrillic, as a share of the letters", 1, 0.0, 0.5),
    Group::new("Han, as a share of the letters", 1, 0.0, 0.4),
    Group::new("Hiragana, as a share of the letters", 1, 0.0, 0.4),
    Group::new("Katakana, as a share of the letters", 1, 0.0, 0.4),
    Group::new("Hangul, as a share of the letters", 1, 0.0, 0.5),
    Group::new("Arabic and Hebrew, as a share of the letters", 1, 0.0, 0.5),
    Group::new("all other scripts, as a share of the letters", 1, 0.0, 0.5),
    Group::new("signed buckets of hashed n-grams", BUCKETS, 0.0, 1.0),
];

/// Embeds a text: [`TEXT_DIMENSION`] numbers of unit norm, in the order of [`TEXT_GROUPS`].
///
/// Letters count alike whether capital or small, full or half width; combining characters should be composed
/// (NFC), as keyboards and web pages give them.
///
/// # Errors
/// [`EncoderError::TextEmpty`] for nothing but white space, [`EncoderError::TextTooLong`] beyond [`MAX_TEXT_BYTES`].
pub fn text(content: &str) -> Result<Embedding, EncoderError> {
    if content.len() > MAX_TEXT_BYTES {
        return Err(EncoderError::TextTooLong { found: content.len(), limit: MAX_TEXT_BYTES });
    }
    let reading = Reading::of(content);
    if reading.is_empty() {
        return Err(EncoderError::TextEmpty);
    }
    let grams = Grams::of(&reading);
    let mut values = vec![0.0; TEXT_DIMENSION];
    scale(&TEXT_GROUPS[..SURFACE], &surface::measure(&reading, &grams), &mut values);
    // Most buckets of a sentence are empty, and stay as they are.
    let mut places = Vec::with_capacity(TEXT_DIMENSION);
    places.extend(0..SURFACE);
    grams.each_bucket(|bucket, sum| {
        values[SURFACE + bucket] = limited(sum);
        places.push(SURFACE + bucket);
    });
    values[TEXT_DIMENSION - 1] = ANCHOR;
    places.push(TEXT_DIMENSION - 1);
    Ok(Embedding::normalised_at(TEXT_ID.into(), values, places.into_iter())?)
}
