//! Tables of characters, small where they lie and quick where they are asked.
//!
//! A page waits for every byte of the module, so a table lies in it as the gaps between its ranges and their lengths, most of
//! them a byte each; the first question unpacks it.

use std::sync::OnceLock;

/// A set of characters.
pub(super) struct Ranges {
    packed: &'static [u8],
    unpacked: OnceLock<Vec<(u32, u32)>>,
}

impl Ranges {
    pub(super) const fn new(packed: &'static [u8]) -> Self {
        Self { packed, unpacked: OnceLock::new() }
    }

    pub(super) fn has(&self, character: char) -> bool {
        let ranges = self.unpacked.get_or_init(|| unpacked(self.packed));
        let code = character as u32;
        let after = ranges.partition_point(|(first, _)| *first <= code);
        after > 0 && code <= ranges[after - 1].1
    }
}

fn unpacked(packed: &[u8]) -> Vec<(u32, u32)> {
    let mut bytes = packed.iter();
    let mut number = || {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = *bytes.next()?;
            number |= u32::from(byte & 127) << shift;
            shift += 7;
            if byte < 128 {
                return Some(number);
            }
        }
    };
    let (mut ranges, mut next) = (Vec::new(), 0);
    while let (Some(gap), Some(length)) = (number(), number()) {
        let first = next + gap;
        ranges.push((first, first + length));
        next = first + length + 1;
    }
    ranges
}

/// How many bytes [`packed`] makes of a table.
pub(super) const fn packed_length(table: &[(u32, u32)]) -> usize {
    let (mut length, mut at, mut next) = (0, 0, 0);
    while at < table.len() {
        let (first, last) = table[at];
        length += bytes(first - next) + bytes(last - first);
        next = last + 1;
        at += 1;
    }
    length
}

const fn bytes(mut number: u32) -> usize {
    let mut count = 1;
    while number > 127 {
        number >>= 7;
        count += 1;
    }
    count
}

/// A table of ranges, in order and apart, as bytes.
pub(super) const fn packed<const LENGTH: usize>(table: &[(u32, u32)]) -> [u8; LENGTH] {
    let mut packed = [0; LENGTH];
    let (mut end, mut at, mut next) = (0, 0, 0);
    while at < table.len() {
        let (first, last) = table[at];
        let numbers = [first - next, last - first];
        let mut which = 0;
        while which < 2 {
            let mut number = numbers[which];
            while number > 127 {
                packed[end] = number as u8 | 128;
                number >>= 7;
                end += 1;
            }
            packed[end] = number as u8;
            end += 1;
            which += 1;
        }
        next = last + 1;
        at += 1;
    }
    packed
}

/// Statics of packed tables.
macro_rules! sets {
    ($($name:ident),+) => {
        $(static $name: Ranges = Ranges::new(&packed::<{ packed_length(tables::$name) }>(tables::$name));)+
    };
}
pub(super) use sets;
