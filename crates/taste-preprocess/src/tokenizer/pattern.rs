//! The regular expressions of tokenizer files: a small backtracking matcher.
//!
//! What published tokenizers use, and no more: literals, `.`, classes with `\p{L}`, `\p{N}`, `\p{M}`, `\p{P}`, `\s`, `\w`,
//! `\d` and ranges, groups, `(?i:…)`, alternatives, `? * + {m,n}` (greedy or not), lookahead. Anything else is
//! refused when the file is read. A pattern that searches too long on a text is an error, not a hang.

use std::cell::Cell;

use super::characters;
use crate::error::PreprocessError;

/// Steps a search may take per character of the text, plus a constant.
const STEPS_PER_BYTE: u64 = 2_000;

#[derive(Debug, Clone)]
enum Node {
    One(Set),
    Sequence(Vec<Node>),
    Either(Vec<Node>),
    Repeat { node: Box<Node>, least: usize, most: usize, greedy: bool },
    Ahead { node: Box<Node>, negative: bool },
    Start,
    End,
}

/// A set of characters.
#[derive(Debug, Clone)]
struct Set {
    negative: bool,
    parts: Vec<Part>,
    ignore_case: bool,
}

#[derive(Debug, Clone)]
enum Part {
    Range(char, char),
    Class(char, bool),
    Set(Set),
}

impl Set {
    fn contains(&self, character: char) -> bool {
        let has = |character: char| self.parts.iter().any(|part| part.contains(character));
        let found = has(character)
            || self.ignore_case && other_cases(character).is_some_and(|other| other.into_iter().any(has));
        found != self.negative
    }
}

/// The letters a to z that differ from a character only by case, both of them. Patterns that ignore the case of other letters are
/// refused when they are read.
fn other_cases(character: char) -> Option<[char; 2]> {
    let letter = match character {
        'a'..='z' | 'A'..='Z' => character,
        // The long s, and the sign of the kelvin.
        '\u{17F}' => 's',
        '\u{212A}' => 'k',
        _ => return None,
    };
    Some([letter.to_ascii_lowercase(), letter.to_ascii_uppercase()])
}

impl Part {
    fn contains(&self, character: char) -> bool {
        match self {
            Self::Range(first, last) => (*first..=*last).contains(&character),
            Self::Class(class, negative) => in_class(*class, character) != *negative,
            Self::Set(set) => set.contains(character),
        }
    }
}

fn in_class(class: char, character: char) -> bool {
    match class {
        'L' => characters::is_letter(character),
        'N' => character.is_numeric(),
        'M' => characters::is_mark(character),
        'P' => characters::is_punctuation(character),
        's' => character.is_whitespace(),
        'd' => characters::is_digit(character),
        'w' => characters::is_word(character),
        // `.`: everything but a line feed.
        _ => character != '\n',
    }
}

/// A compiled pattern.
#[derive(Debug, Clone)]
pub(super) struct Pattern(Node);

impl Pattern {
    /// A pattern that is a text.
    pub(super) fn literal(text: &str) -> Self {
        Self(Node::Sequence(text.chars().map(|character| one(character, false)).collect()))
    }

    pub(super) fn parse(source: &str) -> Result<Self, PreprocessError> {
        let characters: Vec<char> = source.chars().collect();
        let mut parser = Parser { characters: &characters, at: 0, ignore_case: false, depth: 0 };
        let node = parser.alternatives().ok_or_else(|| PreprocessError::TokenizerUnsupported {
            what: format!("the pattern \"{}\"", source.chars().take(120).collect::<String>()),
        })?;
        if parser.at != characters.len() {
            return Err(PreprocessError::TokenizerUnsupported {
                what: format!("the pattern \"{}\"", source.chars().take(120).collect::<String>()),
            });
        }
        Ok(Self(node))
    }

    /// The text in consecutive ranges, with whether each is a match; together they cover it. As `tokenizers` has it, an
    /// empty text is one range that is none.
    pub(super) fn ranges(&self, text: &str) -> Result<Vec<(usize, usize, bool)>, PreprocessError> {
        if text.is_empty() {
            return Ok(vec![(0, 0, false)]);
        }
        let steps = Cell::new(STEPS_PER_BYTE * (text.len() as u64 + 100));
        let matcher = Matcher { text, steps: &steps };
        let (mut ranges, mut from, mut at) = (Vec::new(), 0, 0);
        while at <= text.len() {
            let mut end = None;
            matcher.go(&self.0, at, 0, &mut |stop| {
                end = Some(stop);
                true
            });
            if steps.get() == 0 {
                return Err(PreprocessError::Tokenizer {
                    reason: "a pattern of the tokenizer searches too long on this text".to_owned(),
                });
            }
            match end {
                Some(stop) if stop > at => {
                    if from < at {
                        ranges.push((from, at, false));
                    }
                    ranges.push((at, stop, true));
                    (from, at) = (stop, stop);
                }
                _ => at += text[at..].chars().next().map_or(1, char::len_utf8),
            }
        }
        if from < text.len() {
            ranges.push((from, text.len(), false));
        }
        Ok(ranges)
    }
}

fn one(character: char, ignore_case: bool) -> Node {
    Node::One(Set { negative: false, parts: vec![Part::Range(character, character)], ignore_case })
}

struct Matcher<'a> {
    text: &'a str,
    steps: &'a Cell<u64>,
}

/// Groups within groups and repetitions of groups recurse; deeper than this is a hostile pattern.
const MAX_DEPTH: usize = 200;

impl Matcher<'_> {
    /// Matches `node` at `at` and goes on with `then`; whether all of that succeeded.
    fn go(&self, node: &Node, at: usize, depth: usize, then: &mut dyn FnMut(usize) -> bool) -> bool {
        let left = self.steps.get();
        if left == 0 || depth > MAX_DEPTH {
            self.steps.set(0);
            return false;
        }
        self.steps.set(left - 1);
        match node {
            Node::One(set) => self.step(set, at).is_some_and(then),
            Node::Sequence(nodes) => self.sequence(nodes, at, depth, then),
            Node::Either(nodes) => nodes.iter().any(|node| self.go(node, at, depth + 1, then)),
            Node::Ahead { node, negative } => {
                let found = self.go(node, at, depth + 1, &mut |_| true);
                found != *negative && then(at)
            }
            Node::Start => at == 0 && then(at),
            Node::End => at == self.text.len() && then(at),
            Node::Repeat { node, least, most, greedy } => match &**node {
                Node::One(set) => self.run(set, at, (*least, *most, *greedy), then),
                node => self.repeat(node, at, (*least, *most, *greedy), depth + 1, then),
            },
        }
    }

    fn step(&self, set: &Set, at: usize) -> Option<usize> {
        let character = self.text[at..].chars().next()?;
        set.contains(character).then(|| at + character.len_utf8())
    }

    fn sequence(&self, nodes: &[Node], at: usize, depth: usize, then: &mut dyn FnMut(usize) -> bool) -> bool {
        match nodes.split_first() {
            None => then(at),
            Some((first, rest)) => {
                self.go(first, at, depth + 1, &mut |stop| self.sequence(rest, stop, depth + 1, then))
            }
        }
    }

    /// A repetition of single characters: counted, not recursed, however long.
    fn run(
        &self,
        set: &Set,
        at: usize,
        (least, most, greedy): (usize, usize, bool),
        then: &mut dyn FnMut(usize) -> bool,
    ) -> bool {
        let (mut stop, mut count) = (at, 0);
        while count < if greedy { most } else { least } {
            let Some(next) = self.step(set, stop) else { break };
            (stop, count) = (next, count + 1);
        }
        if count < least {
            return false;
        }
        loop {
            let left = self.steps.get();
            if left == 0 {
                return false;
            }
            self.steps.set(left - 1);
            if then(stop) {
                return true;
            }
            if greedy {
                if count == least {
                    return false;
                }
                stop -= self.text[..stop].chars().next_back().map_or(1, char::len_utf8);
                count -= 1;
            } else {
                match self.step(set, stop) {
                    Some(next) if count < most => (stop, count) = (next, count + 1),
                    _ => return false,
                }
            }
        }
    }

    fn repeat(
        &self,
        node: &Node,
        at: usize,
        (least, most, greedy): (usize, usize, bool),
        depth: usize,
        then: &mut dyn FnMut(usize) -> bool,
    ) -> bool {
        let enough = least == 0;
        if enough && !greedy && then(at) {
            return true;
        }
        let again = most > 0
            && self.go(node, at, depth + 1, &mut |stop| {
                // A repetition that consumed nothing would go on for ever.
                stop > at
                    && self.repeat(
                        node,
                        stop,
                        (least.saturating_sub(1), most.saturating_sub(1), greedy),
                        depth + 1,
                        then,
                    )
            });
        again || enough && greedy && then(at)
    }
}

struct Parser<'a> {
    characters: &'a [char],
    at: usize,
    ignore_case: bool,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.at += 1;
        Some(character)
    }

    fn eats(&mut self, text: &str) -> bool {
        let there = self.characters[self.at..].iter().take(text.chars().count()).copied().eq(text.chars());
        if there {
            self.at += text.chars().count();
        }
        there
    }

    fn alternatives(&mut self) -> Option<Node> {
        self.depth += 1;
        if self.depth > 50 {
            return None;
        }
        let mut alternatives = vec![self.concatenation()?];
        while self.eats("|") {
            alternatives.push(self.concatenation()?);
        }
        self.depth -= 1;
        Some(if alternatives.len() == 1 { alternatives.remove(0) } else { Node::Either(alternatives) })
    }

    fn concatenation(&mut self) -> Option<Node> {
        let mut nodes = Vec::new();
        while let Some(character) = self.peek() {
            if character == '|' || character == ')' {
                break;
            }
            let node = self.atom()?;
            nodes.push(self.repeated(node)?);
        }
        Some(Node::Sequence(nodes))
    }

    fn repeated(&mut self, node: Node) -> Option<Node> {
        let (least, most) = match self.peek() {
            Some('?') => (0, 1),
            Some('*') => (0, usize::MAX),
            Some('+') => (1, usize::MAX),
            Some('{') => {
                self.at += 1;
                let least = self.number()?;
                let most = if self.eats(",") {
                    if self.peek() == Some('}') { usize::MAX } else { self.number()? }
                } else {
                    least
                };
                if self.peek() != Some('}') {
                    return None;
                }
                (least, most)
            }
            _ => return Some(node),
        };
        self.at += 1;
        let greedy = !self.eats("?");
        // A possessive or doubled quantifier.
        if matches!(self.peek(), Some('+' | '*')) {
            return None;
        }
        Some(Node::Repeat { node: Box::new(node), least, most, greedy })
    }

    fn number(&mut self) -> Option<usize> {
        let from = self.at;
        while self.peek().is_some_and(|character| character.is_ascii_digit()) {
            self.at += 1;
        }
        self.characters[from..self.at].iter().collect::<String>().parse().ok()
    }

    fn atom(&mut self) -> Option<Node> {
        let ignore_case = self.ignore_case;
        let single = |part: Part| Node::One(Set { negative: false, parts: vec![part], ignore_case });
        match self.next()? {
            '(' => {
                let before = self.ignore_case;
                let ahead = if self.eats("?!") {
                    Some(true)
                } else if self.eats("?=") {
                    Some(false)
                } else {
                    if self.eats("?i:") {
                        self.ignore_case = true;
                    } else if !self.eats("?:") && self.peek() == Some('?') {
                        return None;
                    }
                    None
                };
                let node = self.alternatives()?;
                self.ignore_case = before;
                if !self.eats(")") {
                    return None;
                }
                Some(match ahead {
                    Some(negative) => Node::Ahead { node: Box::new(node), negative },
                    None => node,
                })
            }
            '[' => Some(Node::One(self.set()?)),
            '.' => Some(single(Part::Class('.', false))),
            '^' => Some(Node::Start),
            '$' => Some(Node::End),
            '\\' => {
                let part = self.escaped()?;
                self.is_read(&part).then(|| single(part))
            }
            '*' | '+' | '?' | '{' | '}' | ')' | ']' => None,
            character if ignore_case && !character.is_ascii() => None,
            character => Some(one(character, ignore_case)),
        }
    }

    fn set(&mut self) -> Option<Set> {
        self.depth += 1;
        if self.depth > 50 {
            return None;
        }
        let mut set = Set { negative: self.eats("^"), parts: Vec::new(), ignore_case: self.ignore_case };
        loop {
            let part = match self.next()? {
                ']' if !set.parts.is_empty() => break,
                '[' => Part::Set(self.set()?),
                '\\' => self.escaped()?,
                // Intersections of sets.
                '&' if self.peek() == Some('&') => return None,
                character => Part::Range(character, character),
            };
            let range = matches!((&part, self.characters.get(self.at..self.at + 2)), (Part::Range(..), Some(['-', end])) if *end != ']');
            if range {
                self.at += 1;
                let last = match self.next()? {
                    '\\' => self.escaped()?,
                    character => Part::Range(character, character),
                };
                let (Part::Range(first, _), Part::Range(last, _)) = (part, last) else { return None };
                set.parts.push(Part::Range(first, last));
            } else {
                set.parts.push(part);
            }
        }
        self.depth -= 1;
        set.parts.iter().all(|part| self.is_read(part)).then_some(set)
    }

    /// Only the cases of a to z are known.
    fn is_read(&self, part: &Part) -> bool {
        !self.ignore_case || !matches!(part, Part::Range(_, last) if !last.is_ascii())
    }

    fn escaped(&mut self) -> Option<Part> {
        let plain = |character| Part::Range(character, character);
        Some(match self.next()? {
            'r' => plain('\r'),
            'n' => plain('\n'),
            't' => plain('\t'),
            class @ ('s' | 'd' | 'w') => Part::Class(class, false),
            class @ ('S' | 'D' | 'W') => Part::Class(class.to_ascii_lowercase(), true),
            kind @ ('p' | 'P') => {
                let class = if self.eats("{") {
                    let class = self.next()?;
                    if !self.eats("}") {
                        return None;
                    }
                    class
                } else {
                    self.next()?
                };
                if !"LNMP".contains(class) {
                    return None;
                }
                Part::Class(class, kind == 'P')
            }
            'x' | 'u' => {
                let braces = self.eats("{");
                let from = self.at;
                while self.peek().is_some_and(|character| character.is_ascii_hexdigit())
                    && (braces || self.at - from < 4)
                {
                    self.at += 1;
                }
                let digits: String = self.characters[from..self.at].iter().collect();
                if braces && !self.eats("}") {
                    return None;
                }
                plain(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?)
            }
            character if !character.is_ascii_alphanumeric() => plain(character),
            _ => return None,
        })
    }
}
