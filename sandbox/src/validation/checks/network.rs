//! IP addresses and CIDR ranges, read as leniently as the server reads them.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::super::javascript;

/// Recognises an address, or a range whose prefix starts with a number that fits: text behind that number is ignored,
/// and so is all that follows a second slash.
pub(super) fn is_ip_or_cidr(text: &str) -> bool {
    let mut parts = text.split('/');
    let bits = parts.next().and_then(address_bits);
    match (bits, parts.next()) {
        (Some(_), None) => true,
        (Some(bits), Some(prefix)) => {
            javascript::parse_int(prefix).is_some_and(|prefix| (0.0..=bits).contains(&prefix))
        }
        (None, _) => false,
    }
}

/// Gives the length of the address that a text is. An IPv6 address may name a zone after a percent sign.
fn address_bits(text: &str) -> Option<f64> {
    if text.parse::<Ipv4Addr>().is_ok() {
        return Some(32.0);
    }
    let (address, zone) = text.split_once('%').map_or((text, None), |(address, zone)| (address, Some(zone)));
    let is_zone = |zone: &str| {
        !zone.is_empty() && zone.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':'))
    };
    (address.parse::<Ipv6Addr>().is_ok() && zone.is_none_or(is_zone)).then_some(128.0)
}

#[cfg(test)]
mod tests {
    use super::is_ip_or_cidr;

    #[test]
    fn addresses_and_ranges() {
        for good in [
            "10.0.0.1",
            "::1",
            "::ffff:1.2.3.4",
            "1:2:3:4:5:6:1.2.3.4",
            "10.0.0.0/08",
            "::/0",
            "10.0.0.0/8/99",
            "10.0.0.0/ 8",
            "10.0.0.0/+8",
            "10.0.0.0/-0",
            "10.0.0.0/8.5",
            "10.0.0.0/1e9",
            "::1/128x",
            "fe80::1%eth0/64",
        ] {
            assert!(is_ip_or_cidr(good), "{good}");
        }
        for bad in [
            "",
            "10.0.0",
            "01.2.3.4",
            "256.0.0.1",
            "10.0.0.0/33",
            "10.0.0.0/",
            "10.0.0.0/abc",
            "::1/-1",
            "::1/129",
            "::1 /128",
            "fe80::1%",
            "999.1.1.1/8",
            "10.0.0.1:80",
            ":::",
            "1:2:3:4:5:6:7",
            "1.2.3.4%eth0",
        ] {
            assert!(!is_ip_or_cidr(bad), "{bad}");
        }
    }
}
