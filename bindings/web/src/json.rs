//! JSON as a tree. What comes was written by `JSON.stringify`, so a text that is no JSON is refused without a place.

/// A value. Numbers are whole and not negative, as all of ours are; any other is only known to be one.
pub(crate) enum Json {
    Null,
    Flag(bool),
    Number(u64),
    OtherNumber,
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// Nothing of ours is nested deeper.
const DEPTH: u32 = 32;

/// The value that a text spells.
pub(crate) fn parse(text: &str) -> Option<Json> {
    let mut parser = Parser { text, at: 0 };
    let value = parser.value(DEPTH)?;
    (parser.peek() == 0).then_some(value)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn byte(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    /// The next byte that is no white space; 0 at the end.
    fn peek(&mut self) -> u8 {
        while matches!(self.byte(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
        self.byte()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek() == byte).then(|| self.at += 1)
    }

    fn word(&mut self, word: &str, value: Json) -> Option<Json> {
        self.text.get(self.at..)?.starts_with(word).then(|| self.at += word.len())?;
        Some(value)
    }

    fn value(&mut self, depth: u32) -> Option<Json> {
        let deeper = depth.checked_sub(1)?;
        match self.peek() {
            b'n' => self.word("null", Json::Null),
            b't' => self.word("true", Json::Flag(true)),
            b'f' => self.word("false", Json::Flag(false)),
            b'"' => self.string().map(Json::Text),
            b'[' => {
                let mut items = Vec::new();
                self.at += 1;
                while self.peek() != b']' {
                    if !items.is_empty() {
                        self.take(b',')?;
                    }
                    items.push(self.value(deeper)?);
                }
                self.at += 1;
                Some(Json::List(items))
            }
            b'{' => {
                let mut fields = Vec::new();
                self.at += 1;
                while self.peek() != b'}' {
                    if !fields.is_empty() {
                        self.take(b',')?;
                        self.peek();
                    }
                    let name = self.string()?;
                    self.take(b':')?;
                    fields.push((name, self.value(deeper)?));
                }
                self.at += 1;
                Some(Json::Object(fields))
            }
            b'-' | b'0'..=b'9' => Some(self.number()),
            _ => None,
        }
    }

    fn number(&mut self) -> Json {
        let (mut number, mut whole) = (0u64, true);
        loop {
            match self.byte() {
                digit @ b'0'..=b'9' => {
                    let digit = u64::from(digit - b'0');
                    match number.checked_mul(10).and_then(|tens| tens.checked_add(digit)) {
                        Some(more) => number = more,
                        None => whole = false,
                    }
                }
                b'-' | b'+' | b'.' | b'e' | b'E' => whole = false,
                _ => break,
            }
            self.at += 1;
        }
        if whole { Json::Number(number) } else { Json::OtherNumber }
    }

    fn string(&mut self) -> Option<String> {
        (self.byte() == b'"').then_some(())?;
        let mut string = String::new();
        loop {
            let start = self.at + 1;
            self.at = start;
            while !matches!(self.byte(), b'"' | b'\\' | 0) {
                self.at += 1;
            }
            string.push_str(self.text.get(start..self.at)?);
            match self.byte() {
                b'"' => break,
                b'\\' => {
                    self.at += 1;
                    string.push(match self.byte() {
                        b'n' => '\n',
                        b'r' => '\r',
                        b't' => '\t',
                        b'b' => '\u{8}',
                        b'f' => '\u{c}',
                        b'u' => self.unicode()?,
                        other @ (b'"' | b'\\' | b'/') => char::from(other),
                        _ => return None,
                    });
                }
                _ => return None,
            }
        }
        self.at += 1;
        Some(string)
    }

    /// At the `u`; ends at the last digit. Half of a pair without its other half is the replacement character.
    fn unicode(&mut self) -> Option<char> {
        let high = self.hex()?;
        if !(0xd800..0xe000).contains(&high) {
            return char::from_u32(high);
        }
        let before = self.at;
        if high < 0xdc00 && self.text.get(self.at + 1..).is_some_and(|rest| rest.starts_with("\\u")) {
            self.at += 2;
            let low = self.hex()?;
            if (0xdc00..0xe000).contains(&low) {
                return char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
            }
        }
        self.at = before;
        Some(char::REPLACEMENT_CHARACTER)
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at + 1..self.at + 5)?;
        self.at += 4;
        digits.bytes().try_fold(0, |sum, digit| Some(sum * 16 + char::from(digit).to_digit(16)?))
    }
}
