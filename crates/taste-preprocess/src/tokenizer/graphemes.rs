//! Where a text may be cut so that what a reader takes for one character stays whole: Unicode's extended grapheme clusters
//! (UAX 29, Unicode 17), which SentencePiece's normalisation goes by.

use super::{
    packed::{Ranges, packed, packed_length, sets},
    tables,
};

sets!(CLUSTER_CONTROL, CLUSTER_EXTEND, CLUSTER_PREPEND, CLUSTER_SPACING, CONJUNCT_CONSONANT, PICTOGRAPHIC);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Any,
    Return,
    LineFeed,
    Control,
    Extend,
    Joiner,
    Regional,
    Prepend,
    Spacing,
    Leading,
    Vowel,
    Trailing,
    /// A syllable of Hangul without a trailing consonant.
    Open,
    /// One with it.
    Closed,
    Consonant,
    Pictographic,
}

fn class(character: char) -> Class {
    match character {
        ' '..='~' => Class::Any,
        '\r' => Class::Return,
        '\n' => Class::LineFeed,
        '\u{200D}' => Class::Joiner,
        '\u{1100}'..='\u{115F}' | '\u{A960}'..='\u{A97C}' => Class::Leading,
        '\u{1160}'..='\u{11A7}' | '\u{D7B0}'..='\u{D7C6}' | '\u{16D63}' | '\u{16D67}'..='\u{16D6A}' => {
            Class::Vowel
        }
        '\u{11A8}'..='\u{11FF}' | '\u{D7CB}'..='\u{D7FB}' => Class::Trailing,
        '\u{AC00}'..='\u{D7A3}' if (character as u32 - 0xAC00).is_multiple_of(28) => Class::Open,
        '\u{AC00}'..='\u{D7A3}' => Class::Closed,
        '\u{1F1E6}'..='\u{1F1FF}' => Class::Regional,
        _ if CLUSTER_EXTEND.has(character) => Class::Extend,
        _ if CLUSTER_SPACING.has(character) => Class::Spacing,
        _ if CONJUNCT_CONSONANT.has(character) => Class::Consonant,
        _ if PICTOGRAPHIC.has(character) => Class::Pictographic,
        _ if CLUSTER_PREPEND.has(character) => Class::Prepend,
        _ if CLUSTER_CONTROL.has(character) => Class::Control,
        _ => Class::Any,
    }
}

/// Signs that join the consonants of Indic scripts (`InCB=Linker`).
fn is_linker(character: char) -> bool {
    matches!(
        character as u32,
        0x94D
            | 0x9CD
            | 0xACD
            | 0xB4D
            | 0xC4D
            | 0xD4D
            | 0x1039
            | 0x17D2
            | 0x1A60
            | 0x1B44
            | 0x1BAB
            | 0xA9C0
            | 0xAAF6
            | 0x10A3F
            | 0x11133
            | 0x113D0
            | 0x1193E
            | 0x11A47
            | 0x11A99
            | 0x11F42
    )
}

/// Calls `each` with every cluster, in order.
pub(super) fn clusters<'a>(text: &'a str, mut each: impl FnMut(&'a str)) {
    let (mut from, mut before) = (0, None);
    // An even number of regional indicators so far; a consonant, and whether a linker followed it; a pictograph, extended.
    let (mut paired, mut conjunct, mut pictograph) = (true, None, false);
    for (at, character) in text.char_indices() {
        let class = class(character);
        if let Some(before) = before
            && breaks(before, class, paired, conjunct == Some(true), pictograph)
        {
            each(&text[from..at]);
            from = at;
        }
        paired = class != Class::Regional || !paired;
        conjunct = match class {
            Class::Consonant => Some(false),
            Class::Extend | Class::Joiner if character != '\u{200C}' => {
                conjunct.map(|linked| linked || is_linker(character))
            }
            _ => None,
        };
        // Of the joiner that follows, `breaks` knows by `before`.
        pictograph = match class {
            Class::Pictographic => true,
            Class::Extend => pictograph && before != Some(Class::Joiner),
            Class::Joiner => pictograph && before != Some(Class::Joiner),
            _ => false,
        };
        before = Some(class);
    }
    if from < text.len() {
        each(&text[from..]);
    }
}

fn breaks(before: Class, after: Class, paired: bool, linked: bool, pictograph: bool) -> bool {
    use Class::{
        Closed, Consonant, Control, Extend, Joiner, Leading, LineFeed, Open, Pictographic, Prepend, Regional,
        Return, Spacing, Trailing, Vowel,
    };
    match (before, after) {
        (Return, LineFeed) => false,
        (Control | Return | LineFeed, _) | (_, Control | Return | LineFeed) => true,
        (Leading, Leading | Vowel | Open | Closed)
        | (Open | Vowel, Vowel | Trailing)
        | (Closed | Trailing, Trailing)
        | (_, Extend | Joiner | Spacing)
        | (Prepend, _) => false,
        (_, Consonant) => !linked,
        (Joiner, Pictographic) => !pictograph,
        (Regional, Regional) => paired,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use unicode_segmentation::UnicodeSegmentation as _;

    use super::*;

    fn ours(text: &str) -> Vec<&str> {
        let mut clusters_found = Vec::new();
        clusters(text, |cluster| clusters_found.push(cluster));
        clusters_found
    }

    #[test]
    fn clusters_are_those_of_the_library_for_every_character_and_many_neighbours() {
        // One of each class, those that matter in a row twice, and both kinds of joiners.
        let samples = [
            'a',
            '\r',
            '\n',
            '\u{1}',
            '\u{301}',
            '\u{200C}',
            '\u{200D}',
            '\u{1F1E6}',
            '\u{600}',
            '\u{903}',
            '\u{1100}',
            '\u{1160}',
            '\u{11A8}',
            '\u{AC00}',
            '\u{AC01}',
            '\u{915}',
            '\u{94D}',
            '\u{1F468}',
            '\u{A9}',
            '\u{1F3FB}',
            '\u{93C}',
        ];
        for character in (0..=0x10_FFFF).filter_map(char::from_u32) {
            for around in ['a', '\u{301}', '\u{1100}', '\u{200D}', '\u{94D}'] {
                let text: String = [
                    '\u{A9}', '\u{915}', around, character, around, '\u{915}', '\u{A9}', '\u{1160}',
                    character,
                ]
                .iter()
                .collect();
                assert_eq!(ours(&text), text.graphemes(true).collect::<Vec<_>>(), "{:X}", character as u32);
            }
        }
        let mut state = 1u64;
        for _ in 0..200_000 {
            let mut text = String::new();
            for _ in 0..9 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push(samples[(state >> 33) as usize % samples.len()]);
            }
            assert_eq!(ours(&text), text.graphemes(true).collect::<Vec<_>>(), "{text:?}");
        }
    }
}
