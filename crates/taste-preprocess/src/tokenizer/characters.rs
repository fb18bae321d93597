//! Classes of characters, as the tokenizers that networks were trained with know them.
//!
//! `tokenizers` (Hugging Face) decides some by tables of Unicode 8, some by those of its regular expressions: a class that
//! moved since would give other ids (`tables.rs`); `tests/tokenizer.rs` compares every character with what `tokenizers` uses.

use super::tables::{CONTROL, DIGIT, MARK, MARK_SINCE_10, NONSPACING, PUNCTUATION, UNICODE_17};

/// Whether a table has the character.
fn within(table: &[(u32, u32)], character: char) -> bool {
    let code = character as u32;
    let after = table.partition_point(|(first, _)| *first <= code);
    after > 0 && code <= table[after - 1].1
}

/// Punctuation, ASCII symbols included.
pub fn is_punctuation(character: char) -> bool {
    character.is_ascii_punctuation() || within(PUNCTUATION, character)
}

/// Control and formatting characters, but for tab and line breaks.
pub fn is_control(character: char) -> bool {
    !matches!(character, '\t' | '\n' | '\r') && within(CONTROL, character)
}

/// An accent that takes no room of its own.
pub fn is_nonspacing(character: char) -> bool {
    within(NONSPACING, character)
}

/// A mark that belongs to the character before it.
pub fn is_mark(character: char) -> bool {
    within(MARK, character) || within(MARK_SINCE_10, character)
}

/// A mark that stripping accents takes away: `tokenizers` does that by tables of Unicode 9.
pub fn is_stripped(character: char) -> bool {
    within(MARK, character) || matches!(character, '\u{1CF2}' | '\u{1CF3}')
}

/// A decimal digit.
pub fn is_digit(character: char) -> bool {
    within(DIGIT, character)
}

/// As Unicode 16 has it. Rust's own tables follow Unicode, those of `tokenizers` stay, and so must ids.
fn is_alphabetic(character: char) -> bool {
    character.is_alphabetic() && !within(UNICODE_17, character)
}

/// A letter (`L*`): alphabetic, and neither a mark, a number nor a letter in a circle.
pub fn is_letter(character: char) -> bool {
    is_alphabetic(character)
        && !is_mark(character)
        && !character.is_numeric()
        && !matches!(character as u32, 0x24B6..=0x24E9 | 0x1F130..=0x1F149 | 0x1F150..=0x1F169 | 0x1F170..=0x1F189)
}

/// What regular expressions call a word's character.
pub fn is_word(character: char) -> bool {
    is_alphabetic(character)
        || is_mark(character)
        || is_digit(character)
        || matches!(
            character,
            '_' | '\u{200C}'
                | '\u{200D}'
                | '\u{203F}'
                | '\u{2040}'
                | '\u{2054}'
                | '\u{FE33}'
                | '\u{FE34}'
                | '\u{FE4D}'..='\u{FE4F}' | '\u{FF3F}'
        )
}
