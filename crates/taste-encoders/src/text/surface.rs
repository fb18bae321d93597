//! Surface statistics: what can be said about a text without knowing its language.

use super::{grams::Grams, letters::Kind, reading::Reading};
use crate::roots::sqrt;

/// `ln(1 + count)`.
fn ln(count: u32) -> f64 {
    libm::log1p(f64::from(count))
}

/// 40 numbers: the groups before the buckets.
pub(super) fn measure(reading: &Reading, grams: &Grams) -> Vec<f64> {
    let visible = reading.visible();
    // Nothing is divided by nothing: a text without words or letters has shares of zero.
    let of = |count: u32, whole: u32| f64::from(count) / f64::from(whole.max(1));
    let share = |count: u32| of(count, visible);
    let words = reading.words.len() as u32;
    let lengths = WordLengths::of(reading);
    let letters: u32 = reading.letters.iter().sum();
    let capitalised = reading.words.iter().filter(|word| word.starts_with_capital()).count() as u32;
    let all_capitals = reading.words.iter().filter(|word| word.is_all_capitals()).count() as u32;
    let [commas, stops, questions, exclamations, quotes, brackets, dashes, colons, money, others, symbols] =
        reading.marks;
    let punctuation =
        commas + stops + questions + exclamations + quotes + brackets + dashes + colons + others;
    let ends = |test: fn(Kind) -> bool| f64::from(u8::from(reading.last.is_some_and(test)));
    let mut raw = vec![
        ln(visible),
        ln(words),
        lengths.mean,
        lengths.deviation,
        ln(lengths.longest),
        of(grams.different_words, words),
        ln(reading.sentences),
        libm::log1p(of(words, reading.sentences)),
        ln(reading.lines),
        share(letters),
        share(reading.digits),
        of(reading.capitals, reading.cased),
        of(capitalised, words),
        of(all_capitals, words),
        of(reading.spaces, reading.spaces + visible),
        share(punctuation),
        share(commas),
        share(stops),
        ln(questions),
        ln(exclamations),
        share(quotes),
        share(brackets),
        share(dashes),
        share(colons),
        ln(money),
        share(symbols),
        // 1 more each: a text of one character has all of its characters different.
        libm::log1p(f64::from(grams.different_characters)) / ln(visible),
        grams.entropy,
        share(reading.repeats),
        ends(|kind| kind == Kind::Question),
        ends(|kind| kind == Kind::Exclamation),
        ends(|kind| matches!(kind, Kind::Letter(_) | Kind::Digit)),
    ];
    raw.extend(reading.letters.map(|count| of(count, letters)));
    raw
}

struct WordLengths {
    mean: f64,
    deviation: f64,
    longest: u32,
}

impl WordLengths {
    fn of(reading: &Reading) -> Self {
        let count = reading.words.len().max(1) as f64;
        let lengths = reading.words.iter().map(|word| word.range.len() as u32);
        let mean = f64::from(lengths.clone().sum::<u32>()) / count;
        let mut squares = 0.0;
        for length in lengths.clone() {
            squares += (f64::from(length) - mean) * (f64::from(length) - mean);
        }
        Self { mean, deviation: sqrt(squares / count), longest: lengths.max().unwrap_or(0) }
    }
}
