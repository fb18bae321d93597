//! Which kind of character a character is, and its small form.
//!
//! Short tables of whole Unicode blocks: coarse, but fixed. The standard library's tables follow the compiler's
//! Unicode version, so two builds could disagree about a bit.

/// What a character does in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// White space, except line breaks.
    Space,
    /// A line break.
    Line,
    /// A decimal digit.
    Digit,
    /// A letter, syllable or ideograph.
    Letter(Script),
    /// A mark that belongs to the character before it.
    Mark,
    Comma,
    Stop,
    Question,
    Exclamation,
    Quote,
    Bracket,
    /// Dashes and ellipses.
    Dash,
    /// Colons, semicolons, slashes.
    Colon,
    /// Currency and percent signs.
    Money,
    /// Punctuation that has no kind of its own.
    Punctuation,
    /// Other symbols and emoji.
    Symbol,
    /// Control and formatting characters; as if they were not there.
    Nothing,
}

/// Families of scripts, as `text@1` tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    Latin,
    GreekCyrillic,
    Han,
    Hiragana,
    Katakana,
    Hangul,
    ArabicHebrew,
    Other,
}

impl Script {
    pub(super) const COUNT: usize = 8;
}

/// Small letters for capitals, half-width forms for full-width ones (Latin, Greek, Cyrillic, Armenian); everything else as
/// it is. The second value says whether the letter was a capital.
pub(super) fn folded(character: char) -> (char, bool) {
    // Most letters of most pages.
    if character.is_ascii_lowercase() {
        return (character, false);
    }
    let code = character as u32;
    let (small, capital) = match code {
        // Full-width ASCII, and the ideographic space.
        0xFF01..=0xFF5E => {
            let (small, capital) = folded(char::from_u32(code - 0xFEE0).unwrap_or(character));
            return (small, capital);
        }
        0x3000 => (0x20, false),
        0x41..=0x5A => (code + 32, true),
        0xC0..=0xD6 | 0xD8..=0xDE => (code + 32, true),
        // Latin Extended-A and Vietnamese: capitals and small letters alternate, in three places shifted by one.
        0x100..=0x137 | 0x14A..=0x177 | 0x1E00..=0x1E95 | 0x1EA0..=0x1EFF if code & 1 == 0 => {
            (code + 1, true)
        }
        0x139..=0x148 | 0x179..=0x17E if code & 1 == 1 => (code + 1, true),
        0x178 => (0xFF, true),
        0x386 => (0x3AC, true),
        0x388..=0x38A => (code + 37, true),
        0x38C => (0x3CC, true),
        0x38E | 0x38F => (code + 63, true),
        0x391..=0x3A1 | 0x3A3..=0x3AB => (code + 32, true),
        // Final sigma is a sigma.
        0x3C2 => (0x3C3, false),
        0x400..=0x40F => (code + 80, true),
        0x410..=0x42F => (code + 32, true),
        0x460..=0x481 | 0x48A..=0x4BF | 0x4D0..=0x52F if code & 1 == 0 => (code + 1, true),
        0x531..=0x556 => (code + 48, true),
        _ => (code, false),
    };
    (char::from_u32(small).unwrap_or(character), capital)
}

/// Whether a (folded) letter has a capital form.
pub(super) fn has_capital(script: Script, character: char) -> bool {
    matches!(script, Script::Latin | Script::GreekCyrillic) && !matches!(character, 'ª' | 'º')
        || (0x561..=0x586).contains(&(character as u32))
}

/// The kind of a folded character.
pub(super) fn kind(character: char) -> Kind {
    use Kind::*;
    if character.is_ascii_lowercase() {
        return Letter(Script::Latin);
    }
    match character {
        ' ' | '\t' | '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' => Space,
        '\n' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Line,
        '\0'..='\u{1F}' | '\u{7F}'..='\u{9F}' | '\u{AD}' => Nothing,
        '0'..='9' | '\u{660}'..='\u{669}' | '\u{6F0}'..='\u{6F9}' | '\u{966}'..='\u{96F}' => Digit,
        'a'..='z' | 'ª' | 'º' => Letter(Script::Latin),
        ',' | '،' | '、' | '､' => Comma,
        '.' | '。' | '｡' | '।' | '۔' => Stop,
        '?' | '¿' | '؟' | '⁇' => Question,
        '!' | '¡' | '‼' => Exclamation,
        '"'
        | '\''
        | '`'
        | '´'
        | '«'
        | '»'
        | '‘'..='‟'
        | '‹'
        | '›'
        | '「'..='』'
        | '｢'
        | '｣'
        | '〝'..='〟' => Quote,
        '(' | ')' | '[' | ']' | '{' | '}' | '<' | '>' | '〈'..='》' | '【' | '】' | '〔'..='〛' => {
            Bracket
        }
        '-' | '–' | '—' | '―' | '‐'..='‒' | '…' | '‥' | '〜' | '~' | '〰' => Dash,
        ':' | ';' | '/' | '\\' | '|' | '؛' => Colon,
        '$'
        | '%'
        | '¢'..='¥'
        | '€'
        | '₩'
        | '‰'
        | '\u{20A0}'..='\u{20BF}'
        | '\u{FFE0}'
        | '\u{FFE1}'
        | '\u{FFE5}' => Money,
        '!'..='/' | ':'..='@' | '^' | '_' | '¶' | '§' | '·' | '・' | '･' => Punctuation,
        _ => kind_by_block(character as u32),
    }
}

/// What remains, by whole blocks.
fn kind_by_block(code: u32) -> Kind {
    use Kind::*;
    let script = match code {
        0xA1..=0xBF | 0xD7 | 0xF7 => return Symbol,
        0xC0..=0x2AF
        | 0x1D00..=0x1DBF
        | 0x1E00..=0x1EFF
        | 0x2C60..=0x2C7F
        | 0xA720..=0xA7FF
        | 0xFB00..=0xFB06 => Script::Latin,
        0x2B0..=0x2FF => return Symbol,
        0x300..=0x36F
        | 0x483..=0x489
        | 0x591..=0x5C7
        | 0x610..=0x61A
        | 0x64B..=0x65F
        | 0x1AB0..=0x1AFF
        | 0x1DC0..=0x1DFF
        | 0x20D0..=0x20FF
        | 0x3099..=0x309A
        | 0xFE20..=0xFE2F => return Mark,
        0x370..=0x52F | 0x1C80..=0x1C8F | 0x1F00..=0x1FFF | 0x2DE0..=0x2DFF | 0xA640..=0xA69F => {
            Script::GreekCyrillic
        }
        0x5D0..=0x5F4
        | 0x620..=0x64A
        | 0x66E..=0x6D3
        | 0x6D5
        | 0x6E5..=0x6EF
        | 0x6FA..=0x7FF
        | 0x8A0..=0x8FF
        | 0xFB1D..=0xFDFF
        | 0xFE70..=0xFEFC => Script::ArabicHebrew,
        0x600..=0x6FF => return Punctuation,
        0x1100..=0x11FF | 0x3130..=0x318F | 0xA960..=0xA97F | 0xAC00..=0xD7FF | 0xFFA0..=0xFFDC => {
            Script::Hangul
        }
        // Zero-width spaces and joiners, direction marks, variation selectors, the byte order mark, tags.
        0x200B..=0x200F
        | 0x202A..=0x202E
        | 0x2060..=0x206F
        | 0xFE00..=0xFE0F
        | 0xFEFF
        | 0xE0000..=0xE0FFF => {
            return Nothing;
        }
        0x2E80..=0x2FDF
        | 0x3005..=0x3007
        | 0x3400..=0x4DBF
        | 0x4E00..=0x9FFF
        | 0xF900..=0xFAFF
        | 0x20000..=0x3FFFD => Script::Han,
        0x2010..=0x205E | 0x2E00..=0x2E7F | 0x3001..=0x303F | 0xFE10..=0xFE1F | 0xFE30..=0xFE6F => {
            return Punctuation;
        }
        0x3041..=0x309F => Script::Hiragana,
        0x30A0..=0x30FF | 0x31F0..=0x31FF | 0xFF66..=0xFF9F => Script::Katakana,
        0x2070..=0x2BFF
        | 0x3200..=0x33FF
        | 0x4DC0..=0x4DFF
        | 0xFFE2..=0xFFFF
        | 0xE000..=0xF8FF
        | 0x1F000..=0x1FAFF
        | 0x1D000..=0x1D7FF => return Symbol,
        _ => Script::Other,
    };
    Letter(script)
}
