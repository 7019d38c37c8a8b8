//! Fresh identifiers in the forms that the API uses.

use uuid::Uuid;

/// Makes a random UUID in lower case.
pub fn uuid() -> String {
    Uuid::new_v4().to_string()
}

/// Makes the `reqId` of one request: `req-` and 14 letters or digits.
pub fn request() -> String {
    format!("req-{}", alphanumeric(14))
}

/// Makes a random text of letters and digits of the given length.
pub fn alphanumeric(length: usize) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789xy";
    let mut text = String::with_capacity(length + 16);
    while text.len() < length {
        let bytes = Uuid::new_v4().into_bytes();
        // The bytes that carry the version and the variant are not random.
        let random = bytes.iter().enumerate().filter(|(index, _)| !matches!(index, 6 | 8));
        text.extend(random.map(|(_, byte)| char::from(LETTERS[usize::from(byte & 63)])));
    }
    text.truncate(length);
    text
}

/// Tells whether a text has the form of a UUID as the API's validation sees it: 8-4-4-4-12 hexadecimal digits.
pub fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_identifier_has_the_published_form() {
        let identifier = request();
        assert_eq!(identifier.len(), 18);
        assert!(identifier.strip_prefix("req-").unwrap().bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }

    #[test]
    fn uuids_are_recognised_in_any_case_and_nothing_else_is() {
        assert!(is_uuid(&uuid()));
        assert!(is_uuid("00000000-0000-0000-0000-000000000000"));
        assert!(is_uuid("FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"));
        assert!(!is_uuid("{0000000-0000-0000-0000-000000000000}"));
        assert!(!is_uuid("00000000000000000000000000000000"));
    }
}
