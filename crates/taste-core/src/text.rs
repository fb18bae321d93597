//! Numbers, bytes and parts of texts. By hand: what the standard library has for all cases is large in a page's wasm.

use alloc::string::String;

/// `0x` and two lowercase hex digits for each byte.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::from("0x");
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// Reads `0x` and two hex digits for each byte, of either case, into exactly these bytes. None for anything else.
pub fn unhex(text: &str, bytes: &mut [u8]) -> Option<()> {
    let digits = text.strip_prefix("0x")?.as_bytes();
    if digits.len() != 2 * bytes.len() {
        return None;
    }
    let digit = |place: usize| char::from(digits[place]).to_digit(16);
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = (digit(2 * at)? * 16 + digit(2 * at + 1)?) as u8;
    }
    Some(())
}

/// A number in digits.
pub fn decimal(mut number: u64) -> String {
    let (mut digits, mut at) = ([0; 20], 20);
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    digits[at..].iter().map(|digit| char::from(*digit)).collect()
}

/// The number that these digits are in its one spelling: nothing before them, no leading zero, below 2⁶⁴.
pub fn whole(digits: &str) -> Option<u64> {
    if digits.is_empty() || (digits.len() > 1 && digits.starts_with('0')) {
        return None;
    }
    let mut number = 0u64;
    for digit in digits.bytes() {
        if !digit.is_ascii_digit() {
            return None;
        }
        number = number.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
    }
    Some(number)
}

/// Takes the part before the next separator off a text, an ASCII character; the last part leaves nothing. As `str::split` does,
/// an empty text has one part.
pub fn cut<'a>(text: &mut Option<&'a str>, separator: u8) -> Option<&'a str> {
    let left = (*text)?;
    let end = left.bytes().position(|byte| byte == separator);
    *text = end.map(|end| &left[end + 1..]);
    Some(&left[..end.unwrap_or(left.len())])
}

/// The start of something that was found: errors quote it, and it may be long.
pub fn shortened(found: &str) -> String {
    let mut end = found.len().min(48);
    while !found.is_char_boundary(end) {
        end -= 1;
    }
    found[..end].into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{string::ToString, vec::Vec};

    #[test]
    fn numbers_are_written_as_the_standard_library_does() {
        for number in [0, 7, 10, 1_234_567, u64::from(u32::MAX), u64::MAX] {
            assert_eq!(decimal(number), number.to_string());
        }
    }

    #[test]
    fn a_number_has_one_spelling() {
        for number in [0, 7, 10, u64::MAX] {
            assert_eq!(whole(&decimal(number)), Some(number));
        }
        for wrong in ["", "+7", "-7", "07", "00", " 7", "7.0", "1e3", "18446744073709551616", "٣"] {
            assert_eq!(whole(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn parts_are_cut_as_split_does() {
        for text in ["", "a", " ", "a b", " a  é ", "no separator"] {
            let mut left = Some(text);
            let parts: Vec<&str> = core::iter::from_fn(|| cut(&mut left, b' ')).collect();
            assert_eq!(parts, text.split(' ').collect::<Vec<_>>(), "{text:?}");
        }
    }

    #[test]
    fn what_is_quoted_ends_between_characters() {
        assert_eq!(shortened("short"), "short");
        let long = "é".repeat(100);
        assert_eq!(shortened(&long), "é".repeat(24));
        assert_eq!(shortened(&("a".to_string() + &long)).len(), 47);
    }
}
