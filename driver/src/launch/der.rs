//! As much DER as certificates need: writing one by hand, and reading a few fields of another.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const UTF8_STRING: u8 = 0x0c;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;

const SECONDS_PER_DAY: u64 = 86_400;

/// Writes one element around contents that are DER already.
pub(super) fn element(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let contents = contents.concat();
    let mut bytes = vec![tag];
    match u8::try_from(contents.len()) {
        Ok(short) if short < 0x80 => bytes.push(short),
        Ok(length) => bytes.extend([0x81, length]),
        Err(_) => {
            let length = u16::try_from(contents.len()).unwrap_or(u16::MAX);
            bytes.push(0x82);
            bytes.extend(length.to_be_bytes());
        }
    }
    bytes.extend(contents);
    bytes
}

/// Writes a time as certificates want it: with two digits of the year before 2050, with four from then on.
pub(super) fn time(moment: SystemTime) -> Vec<u8> {
    let seconds = moment.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (year, month, day) = date_of(seconds / SECONDS_PER_DAY);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let rest = format!("{month:02}{day:02}{hour:02}{minute:02}{second:02}Z");
    if year < 2050 {
        element(UTC_TIME, &[format!("{:02}{rest}", year % 100).as_bytes()])
    } else {
        element(GENERALIZED_TIME, &[format!("{year:04}{rest}").as_bytes()])
    }
}

/// Reads a time element's contents.
pub(super) fn moment(tag: u8, contents: &[u8]) -> Option<SystemTime> {
    let text = std::str::from_utf8(contents).ok()?;
    let (year, rest) = match tag {
        UTC_TIME => {
            let year: u64 = text.get(..2)?.parse().ok()?;
            (if year < 50 { 2000 + year } else { 1900 + year }, text.get(2..)?)
        }
        GENERALIZED_TIME => (text.get(..4)?.parse().ok()?, text.get(4..)?),
        _ => return None,
    };
    let part = |at: usize| rest.get(at..at + 2)?.parse::<u64>().ok();
    let days = days_before(year, part(0)?)? + part(2)?.checked_sub(1)?;
    let seconds = days * SECONDS_PER_DAY + part(4)? * 3600 + part(6)? * 60 + part(8)?;
    Some(UNIX_EPOCH + Duration::from_secs(seconds))
}

/// Splits the first element off DER bytes: its tag, its contents, and what follows it.
pub(super) fn split(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        (
            digits
                .iter()
                .try_fold(0_usize, |length, digit| length.checked_mul(256)?.checked_add(usize::from(*digit)))?,
            rest,
        )
    };
    let (contents, rest) = rest.split_at_checked(length)?;
    Some((tag, contents, rest))
}

/// Splits contents into the elements that they consist of.
pub(super) fn children(mut bytes: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let mut elements = Vec::new();
    while !bytes.is_empty() {
        let (tag, contents, rest) = split(bytes)?;
        elements.push((tag, contents));
        bytes = rest;
    }
    Some(elements)
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400)
}

fn month_lengths(year: u64) -> [u64; 12] {
    [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

fn date_of(mut days: u64) -> (u64, usize, u64) {
    let mut year = 1970;
    while days >= 365 + u64::from(is_leap(year)) {
        days -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    for (month, length) in month_lengths(year).into_iter().enumerate() {
        if days < length {
            return (year, month + 1, days + 1);
        }
        days -= length;
    }
    (year, 12, 31)
}

fn days_before(year: u64, month: u64) -> Option<u64> {
    let years: u64 = (1970..year).map(|year| 365 + u64::from(is_leap(year))).sum();
    let months = month_lengths(year);
    let months = months.get(..usize::try_from(month.checked_sub(1)?).ok()?)?;
    Some(years + months.iter().sum::<u64>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_round_trip_on_both_sides_of_2050() {
        for seconds in [0, 951_782_400, 951_868_799, 1_767_225_599, 2_524_607_999, 2_524_608_000, 2_729_000_000] {
            let wanted = UNIX_EPOCH + Duration::from_secs(seconds);
            let encoded = time(wanted);
            let (tag, contents, rest) = split(&encoded).unwrap();
            assert_eq!((moment(tag, contents), rest), (Some(wanted), &[][..]), "{seconds}");
        }
        assert_eq!(time(UNIX_EPOCH + Duration::from_secs(951_782_400))[2..], *b"000229000000Z");
    }

    #[test]
    fn lengths_of_each_form_round_trip() {
        for length in [0, 1, 127, 128, 255, 256, 65_535] {
            let bytes = element(OCTET_STRING, &[&vec![7; length]]);
            assert_eq!(split(&bytes).map(|(_, contents, _)| contents.len()), Some(length));
        }
    }
}
