//! The clock, and how people write times.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::error::CliError;

/// Now, in Unix seconds.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_secs())
}

/// A time as `now`, Unix seconds, or a distance from now such as `90m`, `12h`, `7d`.
pub(crate) fn parse(text: &str, now: u64) -> Result<u64, CliError> {
    let wrong = || {
        CliError::Usage(format!(
            "{text:?} is not a time: write `now`, Unix seconds, or a distance such as 90m, 12h, 7d"
        ))
    };
    if text == "now" {
        return Ok(now);
    }
    let (digits, factor) = match text.char_indices().next_back() {
        Some((at, 'm')) => (&text[..at], Some(60)),
        Some((at, 'h')) => (&text[..at], Some(3600)),
        Some((at, 'd')) => (&text[..at], Some(86_400)),
        _ => (text, None),
    };
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    match factor {
        None => Ok(number),
        Some(seconds) => number.checked_mul(seconds).and_then(|s| s.checked_add(now)).ok_or_else(wrong),
    }
}

/// A time that is over, as `now`, Unix seconds, or a distance back from now such as `90m`, `12h`, `7d`.
pub(crate) fn past(text: &str, now: u64) -> Result<u64, CliError> {
    let distance = text.ends_with(['m', 'h', 'd']);
    if distance { Ok(now.saturating_sub(parse(text, 0)?)) } else { parse(text, now) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn past_times_are_absolute_or_back_from_now() {
        for (text, time) in [("now", 100_000), ("5", 5), ("2m", 99_880), ("1d", 13_600), ("2d", 0)] {
            assert_eq!(super::past(text, 100_000).unwrap(), time);
        }
        assert!(super::past("last week", 100_000).is_err());
    }

    #[test]
    fn times_are_absolute_or_from_now() {
        for (text, time) in [("now", 100), ("5", 5), ("2m", 220), ("1h", 3700), ("1d", 86_500)] {
            assert_eq!(super::parse(text, 100).unwrap(), time);
        }
        for wrong in ["", "m", "-1d", "tomorrow", "99999999999999999999d", "1é"] {
            assert!(super::parse(wrong, 100).is_err(), "{wrong}");
        }
    }
}
