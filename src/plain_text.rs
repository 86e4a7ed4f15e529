//! Files of text as editors save them: UTF-8 with or without a byte order mark, or UTF-16 with one.

use std::io::{self, ErrorKind};
use std::path::Path;

/// The text of a file.
///
/// # Errors
/// What the operating system says, or that the bytes are no text.
pub fn read(path: &Path) -> io::Result<String> {
    decode(&std::fs::read(path)?)
}

/// The text that `bytes` are, without a byte order mark.
///
/// # Errors
/// [`ErrorKind::InvalidData`] where they are none.
pub fn decode(bytes: &[u8]) -> io::Result<String> {
    let text = match bytes {
        [0xef, 0xbb, 0xbf, text @ ..] => String::from_utf8(text.to_vec()).ok(),
        [0xff, 0xfe, units @ ..] => of_units(units, u16::from_le_bytes),
        [0xfe, 0xff, units @ ..] => of_units(units, u16::from_be_bytes),
        text => String::from_utf8(text.to_vec()).ok(),
    };
    text.ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "is no text: save it as UTF-8"))
}

fn of_units(bytes: &[u8], unit: impl Fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|&pair| unit(pair)).collect();
    String::from_utf16(&units).ok().filter(|_| rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(b"a = '\xc3\xa9'", Some("a = 'é'"))]
    #[case(b"\xef\xbb\xbfa = '\xc3\xa9'", Some("a = 'é'"))]
    #[case(b"\xff\xfea\0\xe9\0", Some("aé"))]
    #[case(b"\xfe\xff\0a\0\xe9", Some("aé"))]
    #[case(b"", Some(""))]
    #[case(b"\xef\xbb\xbf", Some(""))]
    #[case(b"\xff\xfea", None)]
    #[case(b"\xff\xfe\0\xd8", None)]
    #[case(b"a\xe9", None)]
    fn marks_are_no_part_of_a_text(#[case] bytes: &[u8], #[case] text: Option<&str>) {
        assert_eq!(decode(bytes).ok().as_deref(), text);
    }
}
