//! One pass over a text: folded characters for the n-grams, words, and counts of kinds.

use core::ops::Range;

use super::letters::{Kind, Script, folded, has_capital, kind};

/// A word: a run of letters and digits, apostrophes inside included. Where Han, Hiragana and Katakana meet, one word
/// ends and the next begins, since those scripts write no spaces.
pub(super) struct Word {
    /// Its place in [`Reading::characters`].
    pub(super) range: Range<usize>,
    /// Letters written as capitals.
    capitals: u32,
    /// Whether the first one is.
    starts_with_capital: bool,
}

impl Word {
    pub(super) fn starts_with_capital(&self) -> bool {
        self.starts_with_capital
    }

    /// `FREE`, `N.A.T.O`'s parts are not: two capitals or more and nothing else.
    pub(super) fn is_all_capitals(&self) -> bool {
        self.capitals >= 2 && self.capitals as usize == self.range.len()
    }
}

/// A text as read.
#[derive(Default)]
pub(super) struct Reading {
    /// Folded characters, each run of white space as one blank, with a blank at both ends.
    pub(super) characters: Vec<char>,
    pub(super) words: Vec<Word>,
    /// Characters of white space.
    pub(super) spaces: u32,
    pub(super) lines: u32,
    pub(super) letters: [u32; Script::COUNT],
    pub(super) digits: u32,
    pub(super) cased: u32,
    pub(super) capitals: u32,
    pub(super) sentences: u32,
    /// Characters equal to the one before, blanks aside.
    pub(super) repeats: u32,
    /// Commas, stops, questions, exclamations, quotes, brackets, dashes, colons, money, other punctuation, symbols.
    pub(super) marks: [u32; 11],
    /// The kind of the last character that is not white space, a closing quote or a bracket.
    pub(super) last: Option<Kind>,
}

impl Reading {
    pub(super) fn of(content: &str) -> Self {
        let mut reading = Self { characters: Vec::with_capacity(content.len() + 2), ..Self::default() };
        reading.characters.push(' ');
        let mut word: Option<Word> = None;
        let mut previous = Kind::Space;
        let mut sentence_open = false;
        const LATIN: Kind = Kind::Letter(Script::Latin);
        for character in content.chars() {
            // Most letters of most pages: a small one after another, in a word and a sentence that are open.
            if let (true, LATIN, Some(open)) = (character.is_ascii_lowercase(), previous, &mut word) {
                reading.repeats += u32::from(reading.characters.last() == Some(&character));
                reading.characters.push(character);
                reading.letters[Script::Latin as usize] += 1;
                reading.cased += 1;
                open.range.end = reading.characters.len();
                reading.last = Some(LATIN);
                continue;
            }
            let (character, capital) = folded(character);
            let kind = kind(character);
            if kind == Kind::Nothing {
                continue;
            }
            if matches!(kind, Kind::Space | Kind::Line) {
                reading.spaces += 1;
                reading.lines += u32::from(kind == Kind::Line);
                if reading.characters.last() != Some(&' ') {
                    reading.characters.push(' ');
                }
            } else {
                reading.repeats += u32::from(reading.characters.last() == Some(&character));
                reading.characters.push(character);
            }
            reading.count(kind, character, capital);
            reading.spell(&mut word, previous, kind, capital);
            match kind {
                Kind::Letter(_) | Kind::Digit => sentence_open = true,
                Kind::Stop | Kind::Question | Kind::Exclamation | Kind::Line if sentence_open => {
                    reading.sentences += 1;
                    sentence_open = false;
                }
                _ => {}
            }
            if !matches!(kind, Kind::Space | Kind::Line | Kind::Quote | Kind::Bracket | Kind::Mark) {
                reading.last = Some(kind);
            }
            if kind != Kind::Mark {
                previous = kind;
            }
        }
        reading.words.extend(word);
        reading.sentences += u32::from(sentence_open);
        if reading.characters.last() != Some(&' ') {
            reading.characters.push(' ');
        }
        reading
    }

    /// Whether there was nothing but white space.
    pub(super) fn is_empty(&self) -> bool {
        self.characters.len() < 3
    }

    /// Characters that are not white space.
    pub(super) fn visible(&self) -> u32 {
        self.characters.iter().filter(|&&character| character != ' ').count() as u32
    }

    fn count(&mut self, kind: Kind, character: char, capital: bool) {
        let mark = match kind {
            Kind::Letter(script) => {
                self.letters[script as usize] += 1;
                self.cased += u32::from(has_capital(script, character));
                self.capitals += u32::from(capital);
                return;
            }
            Kind::Digit => {
                self.digits += 1;
                return;
            }
            Kind::Space | Kind::Line | Kind::Mark | Kind::Nothing => return,
            Kind::Comma => 0,
            Kind::Stop => 1,
            Kind::Question => 2,
            Kind::Exclamation => 3,
            Kind::Quote => 4,
            Kind::Bracket => 5,
            Kind::Dash => 6,
            Kind::Colon => 7,
            Kind::Money => 8,
            Kind::Punctuation => 9,
            Kind::Symbol => 10,
        };
        self.marks[mark] += 1;
    }

    /// Begins, continues or ends the word being read, whose newest character is the last of `characters`.
    fn spell(&mut self, word: &mut Option<Word>, previous: Kind, kind: Kind, capital: bool) {
        let at = self.characters.len() - 1;
        let unspaced = |kind| matches!(kind, Kind::Letter(Script::Han | Script::Hiragana | Script::Katakana));
        let belongs = match kind {
            Kind::Letter(_) | Kind::Digit => !((unspaced(kind) || unspaced(previous)) && kind != previous),
            Kind::Mark => true,
            _ => false,
        };
        match (belongs, &mut *word) {
            (true, Some(open)) => {
                // An apostrophe between the word and this letter is inside the word.
                open.range.end = at + 1;
                open.capitals += u32::from(capital);
            }
            _ => {
                let apostrophe = matches!(self.characters[at], '\'' | '’');
                if apostrophe && matches!(previous, Kind::Letter(_)) && word.is_some() {
                    return;
                }
                self.words.extend(word.take());
                if matches!(kind, Kind::Letter(_) | Kind::Digit) {
                    *word = Some(Word {
                        range: at..at + 1,
                        capitals: u32::from(capital),
                        starts_with_capital: capital,
                    });
                }
            }
        }
    }
}
