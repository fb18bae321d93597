//! JSON as manifests and tokenizers have it, read into values. A small reader of our own: in a page, a general one is a fifth of
//! the encoder module. Numbers come out as `serde_json` reads them, which the tests compare with.

use std::ops::Index;

/// How deep lists and objects may lie within each other.
const MAX_DEPTH: usize = 128;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    /// A number without sign, point and exponent.
    Whole(u64),
    /// Any other number.
    Number(f64),
    String(String),
    Array(Vec<Value>),
    /// In the file's order. Of equal names the last one counts.
    Object(Vec<(String, Value)>),
}

static NULL: Value = Value::Null;

impl Value {
    /// Reads a whole text. The error says what was wanted, and at which byte.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(json).map_err(|_| "it is not UTF-8".to_owned())?;
        let mut reader = Reader { text, at: 0 };
        let value = reader.value(0).and_then(|value| match reader.peek() {
            None => Ok(value),
            Some(_) => Err("the end"),
        });
        value.map_err(|wanted| format!("it is not JSON: {wanted} is wanted at byte {}", reader.at))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.as_object()?.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    pub(crate) fn is_null(&self) -> bool {
        *self == Self::Null
    }

    pub(crate) fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    pub(crate) fn as_u64(&self) -> Option<u64> {
        if let Self::Whole(value) = self { Some(*value) } else { None }
    }

    pub(crate) fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Whole(value) => Some(*value as f64),
            Self::Number(value) => Some(*value),
            _ => None,
        }
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        if let Self::String(value) = self { Some(value) } else { None }
    }

    pub(crate) fn as_array(&self) -> Option<&[Value]> {
        if let Self::Array(values) = self { Some(values) } else { None }
    }

    pub(crate) fn as_object(&self) -> Option<&[(String, Value)]> {
        if let Self::Object(fields) = self { Some(fields) } else { None }
    }
}

/// Null where there is no such field.
impl Index<&str> for Value {
    type Output = Self;

    fn index(&self, name: &str) -> &Self {
        self.get(name).unwrap_or(&NULL)
    }
}

/// Null where there is no such place.
impl Index<usize> for Value {
    type Output = Self;

    fn index(&self, at: usize) -> &Self {
        self.as_array().and_then(|values| values.get(at)).unwrap_or(&NULL)
    }
}

/// What was wanted instead.
type Wanted = &'static str;

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is not white space.
    fn peek(&mut self) -> Option<u8> {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        self.byte()
    }

    fn eats(&mut self, byte: u8) -> bool {
        let there = self.byte() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, Wanted> {
        if !self.text[self.at..].starts_with(word) {
            return Err("a value");
        }
        self.at += word.len();
        Ok(value)
    }

    fn value(&mut self, depth: usize) -> Result<Value, Wanted> {
        if depth > MAX_DEPTH {
            return Err("less depth");
        }
        match self.peek() {
            Some(b'n') => self.word("null", Value::Null),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'"') => Ok(Value::String(self.string()?)),
            Some(b'[') => {
                let mut values = Vec::new();
                self.list(b']', |reader| {
                    values.push(reader.value(depth + 1)?);
                    Ok(())
                })?;
                Ok(Value::Array(values))
            }
            Some(b'{') => {
                let mut fields = Vec::new();
                self.list(b'}', |reader| {
                    if reader.peek() != Some(b'"') {
                        return Err("a name");
                    }
                    let name = reader.string()?;
                    reader.peek();
                    if !reader.eats(b':') {
                        return Err("a colon");
                    }
                    fields.push((name, reader.value(depth + 1)?));
                    Ok(())
                })?;
                Ok(Value::Object(fields))
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err("a value"),
        }
    }

    /// What lies between two brackets, with commas between.
    fn list(&mut self, end: u8, mut item: impl FnMut(&mut Self) -> Result<(), Wanted>) -> Result<(), Wanted> {
        self.at += 1;
        self.peek();
        if self.eats(end) {
            return Ok(());
        }
        loop {
            item(self)?;
            self.peek();
            if self.eats(end) {
                return Ok(());
            }
            if !self.eats(b',') {
                return Err("a comma or a closing bracket");
            }
        }
    }

    fn string(&mut self) -> Result<String, Wanted> {
        self.at += 1;
        let mut string = String::new();
        loop {
            let from = self.at;
            while self.byte().is_some_and(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
                self.at += 1;
            }
            string.push_str(&self.text[from..self.at]);
            if self.eats(b'"') {
                return Ok(string);
            }
            if !self.eats(b'\\') {
                return Err("a closing quotation mark");
            }
            let escaped = self.byte().ok_or("an escaped character")?;
            self.at += 1;
            string.push(match escaped {
                b'"' | b'\\' | b'/' => char::from(escaped),
                b'b' => '\u{8}',
                b'f' => '\u{c}',
                b'n' => '\n',
                b'r' => '\r',
                b't' => '\t',
                b'u' => self.unicode()?,
                _ => return Err("an escaped character"),
            });
        }
    }

    fn unicode(&mut self) -> Result<char, Wanted> {
        let first = self.unit()?;
        let code = if (0xD800..0xDC00).contains(&first) {
            if !self.eats(b'\\') || !self.eats(b'u') {
                return Err("the second half of a character");
            }
            let second = self.unit()?;
            if !(0xDC00..0xE000).contains(&second) {
                return Err("the second half of a character");
            }
            0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00)
        } else {
            first
        };
        char::from_u32(code).ok_or("the first half of a character")
    }

    fn unit(&mut self) -> Result<u32, Wanted> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit =
                self.byte().and_then(|byte| char::from(byte).to_digit(16)).ok_or("four hex digits")?;
            unit = unit * 16 + digit;
            self.at += 1;
        }
        Ok(unit)
    }

    fn digit(&mut self) -> Option<u64> {
        let digit = self.byte().filter(u8::is_ascii_digit)?;
        self.at += 1;
        Some(u64::from(digit - b'0'))
    }

    fn number(&mut self) -> Result<Value, Wanted> {
        let negative = self.eats(b'-');
        let (mut significand, mut exponent, mut whole) = (0u64, 0i32, !negative);
        let grown = |significand: u64, digit: u64| significand.checked_mul(10)?.checked_add(digit);
        if !self.eats(b'0') {
            let from = self.at;
            while let Some(digit) = self.digit() {
                match grown(significand, digit).filter(|_| exponent == 0) {
                    Some(more) => significand = more,
                    // More digits than a double holds: they only count.
                    None => (exponent, whole) = (exponent.saturating_add(1), false),
                }
            }
            if self.at == from {
                return Err("a digit");
            }
        }
        if self.eats(b'.') {
            whole = false;
            let from = self.at;
            let mut full = exponent > 0;
            while let Some(digit) = self.digit() {
                match grown(significand, digit).filter(|_| !full) {
                    Some(more) => (significand, exponent) = (more, exponent - 1),
                    None => full = true,
                }
            }
            if self.at == from {
                return Err("a digit");
            }
        }
        if self.eats(b'e') || self.eats(b'E') {
            whole = false;
            let down = self.eats(b'-');
            if !down {
                self.eats(b'+');
            }
            let mut power = self.digit().ok_or("a digit")?;
            while let Some(digit) = self.digit() {
                power = (power * 10 + digit).min(100_000);
            }
            let power = power as i32;
            exponent = exponent.saturating_add(if down { -power } else { power });
        }
        if whole {
            return Ok(Value::Whole(significand));
        }
        let value = scaled(significand, exponent);
        if !value.is_finite() {
            return Err("a smaller number");
        }
        Ok(Value::Number(if negative { -value } else { value }))
    }
}

/// `significand` · 10^`exponent`, rounded once where the power is exact (up to 22).
fn scaled(significand: u64, exponent: i32) -> f64 {
    let mut value = significand as f64;
    let mut left = exponent.unsigned_abs();
    while left > 0 && value != 0.0 && value.is_finite() {
        let step = left.min(22);
        let power = (0..step).fold(1.0, |power, _| power * 10.0);
        value = if exponent < 0 { value / power } else { value * power };
        left -= step;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn theirs(json: &str) -> Option<serde_json::Value> {
        serde_json::from_str(json).ok()
    }

    fn same(ours: &Value, theirs: &serde_json::Value) -> bool {
        match (ours, theirs) {
            (Value::Null, serde_json::Value::Null) => true,
            (Value::Bool(a), serde_json::Value::Bool(b)) => a == b,
            (Value::String(a), serde_json::Value::String(b)) => a == b,
            (Value::Whole(a), b) => b.as_u64() == Some(*a),
            (Value::Number(a), b) => b.is_number() && b.as_f64().map(f64::to_bits) == Some(a.to_bits()),
            (Value::Array(a), serde_json::Value::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
            }
            (object @ Value::Object(a), serde_json::Value::Object(b)) => {
                a.iter().all(|(name, _)| b.get(name).is_some_and(|b| same(&object[name.as_str()], b)))
                    && b.keys().all(|name| object.get(name).is_some())
            }
            _ => false,
        }
    }

    #[test]
    fn what_serde_json_reads_is_read_the_same_and_what_it_refuses_is_refused() {
        let texts = [
            "null",
            " true ",
            "false",
            "nul",
            "truefalse",
            "",
            " ",
            "[]",
            "[1, 2,3 ]",
            "[1,]",
            "[,1]",
            "[1 2]",
            "[",
            "]",
            "{}",
            r#"{"a": 1, "b": [{}], "a": 2}"#,
            r#"{"a" 1}"#,
            r#"{"a": 1,}"#,
            "{a: 1}",
            r#"{"a": }"#,
            r#""a"#,
            r#""a\"""#,
            r#""\u0041\u00e9\ud83d\ude00\n\/\b\f""#,
            r#""\ud83d""#,
            r#""\ud83dx""#,
            r#""\ude00""#,
            r#""\x""#,
            r#""\u12""#,
            "\"\u{1}\"",
            "\"é😀\"",
            "0",
            "-0",
            "01",
            "1",
            "-1",
            "1.",
            ".5",
            "-",
            "1.5",
            "-0.05",
            "1e3",
            "1E+3",
            "1e-3",
            "1e",
            "1e+",
            "18446744073709551615",
            "18446744073709551616",
            "123456789012345678901234567890",
            "0.1234567890123456789012345",
            "-10.412345886230469",
            "1e400",
            "0e999",
            "1e-400",
            "9007199254740993",
            "2e308",
            "1 1",
        ];
        for text in texts {
            match (Value::parse(text.as_bytes()), theirs(text)) {
                (Ok(ours), Some(theirs)) => assert!(same(&ours, &theirs), "{text}: {ours:?}"),
                (Err(_), None) => {}
                (ours, theirs) => panic!("{text}: {ours:?} {theirs:?}"),
            }
        }
        assert!(Value::parse(b"\"\xff\"").is_err());
        let deep = |depth| "[".repeat(depth) + &"]".repeat(depth);
        assert!(
            Value::parse(deep(100).as_bytes()).is_ok() && Value::parse(deep(100_000).as_bytes()).is_err()
        );
    }

    #[test]
    fn numbers_have_the_bits_that_serde_json_gives_them() {
        let mut state = 1u64;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for _ in 0..20_000 {
            let size = random(31);
            let whole = random(1 << size);
            let fraction: String = (0..random(17)).map(|_| char::from(b'0' + random(10) as u8)).collect();
            let power = random(11) as i32 - 5;
            let text = match random(3) {
                0 => format!("{whole}"),
                1 => format!("-{whole}.{fraction}1"),
                _ => format!("{whole}.0{fraction}e{power}"),
            };
            let (ours, theirs) = (Value::parse(text.as_bytes()).unwrap(), theirs(&text).unwrap());
            assert!(same(&ours, &theirs), "{text}: {ours:?}");
        }
    }
}
