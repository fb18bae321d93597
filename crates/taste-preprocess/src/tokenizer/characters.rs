//! Classes of characters, as the tokenizers that networks were trained with know them.
//!
//! `tokenizers` (Hugging Face) decides some by tables of Unicode 8, some by those of its regular expressions: a class that
//! moved since would give other ids (`tables.rs`); `tests/tokenizer.rs` compares every character with what `tokenizers` uses.

use super::{
    packed::{Ranges, packed, packed_length, sets},
    tables,
};

sets!(CONTROL, DIGIT, MARK, MARK_SINCE_10, NONSPACING, PUNCTUATION, UNICODE_17);

/// Punctuation, ASCII symbols included.
pub fn is_punctuation(character: char) -> bool {
    character.is_ascii_punctuation() || PUNCTUATION.has(character)
}

/// Control and formatting characters, but for tab and line breaks.
pub fn is_control(character: char) -> bool {
    !matches!(character, '\t' | '\n' | '\r') && CONTROL.has(character)
}

/// An accent that takes no room of its own.
pub fn is_nonspacing(character: char) -> bool {
    NONSPACING.has(character)
}

/// A mark that belongs to the character before it.
pub fn is_mark(character: char) -> bool {
    MARK.has(character) || MARK_SINCE_10.has(character)
}

/// A mark that stripping accents takes away: `tokenizers` does that by tables of Unicode 9.
pub fn is_stripped(character: char) -> bool {
    MARK.has(character) || matches!(character, '\u{1CF2}' | '\u{1CF3}')
}

/// A decimal digit.
pub fn is_digit(character: char) -> bool {
    DIGIT.has(character)
}

/// As Unicode 16 has it. Rust's own tables follow Unicode, those of `tokenizers` stay, and so must ids.
fn is_alphabetic(character: char) -> bool {
    character.is_alphabetic() && !UNICODE_17.has(character)
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

/// Appends the small letter of a character: as Rust has it, which is as `tokenizers` has it, without the rule for the final sigma.
pub(super) fn push_small(text: &mut String, character: char) {
    if character.is_ascii() {
        return text.push(character.to_ascii_lowercase());
    }
    if character == 'İ' {
        return text.push_str("i\u{307}");
    }
    let code = character as u32;
    let after = tables::CAPITALS.partition_point(|(first, ..)| *first <= code);
    let small = after.checked_sub(1).and_then(|at| {
        let (first, last, step, plus) = tables::CAPITALS[at];
        let within = code <= last && (code - first).is_multiple_of(step);
        within.then(|| code.checked_add_signed(plus)).flatten()
    });
    text.push(small.and_then(char::from_u32).unwrap_or(character));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_letters_are_rusts() {
        let mut capitals = 0;
        for character in (0..=0x10_FFFF).filter_map(char::from_u32) {
            let mut ours = String::new();
            push_small(&mut ours, character);
            assert_eq!(ours, character.to_lowercase().to_string(), "{:X}", character as u32);
            capitals += usize::from(ours != character.to_string());
        }
        assert!(capitals > 1_400, "{capitals}");
    }
}
