//! The map of an example slice by one method, small enough that every method's lies in the record: a byte a position.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// The byte of 0, and how far from it the largest absolute value lies.
const ZERO: u8 = 128;
const STEPS: f32 = 127.0;

/// What each scanned position of a slice is worth to a method, in 127ths of the largest absolute value.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ExampleMap {
    /// The method, as the study names it.
    pub method: String,
    /// The largest absolute value.
    pub largest: f32,
    /// The positions, row-major.
    bytes: Bytes,
}

impl ExampleMap {
    /// That of `method`, whose finite `values` are signed and row-major.
    pub fn of(method: String, values: &[f32]) -> Self {
        let largest = values.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        let byte = |value: &f32| match largest > 0.0 {
            true => (f32::from(ZERO) + STEPS * (value / largest)).round() as u8,
            false => ZERO,
        };
        Self { method, largest, bytes: Bytes(values.iter().map(byte).collect()) }
    }

    /// Signed values, row-major, each within half a 127th of the largest of what it was.
    pub fn values(&self) -> Vec<f32> {
        let value = |byte: &u8| (f32::from(*byte) - f32::from(ZERO)) / STEPS * self.largest;
        self.bytes.0.iter().map(value).collect()
    }

    /// Whether it has a value for each of `pixels` positions.
    pub(super) fn covers(&self, pixels: usize) -> bool {
        self.bytes.0.len() == pixels && self.largest.is_finite() && self.largest >= 0.0
    }
}

/// Bytes that are written as base64.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
struct Bytes(Vec<u8>);

impl TryFrom<String> for Bytes {
    type Error = base64::DecodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        STANDARD.decode(text).map(Self)
    }
}

impl From<Bytes> for String {
    fn from(bytes: Bytes) -> Self {
        STANDARD.encode(bytes.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(&[-2.0, 0.0, 1.0, 2.0])]
    #[case(&[0.0, 0.0])]
    #[case(&[1e-42, -5e-43])]
    #[case(&[f32::MAX, f32::MIN])]
    fn values_come_back_within_half_a_step(#[case] values: &[f32]) -> anyhow::Result<()> {
        let map = ExampleMap::of("gradient".into(), values);
        let text = serde_json::to_string(&map)?;
        let read: ExampleMap = serde_json::from_str(&text)?;
        assert_eq!(read, map);
        assert!(read.covers(values.len()) && !read.covers(values.len() + 1));
        for (value, kept) in values.iter().zip(read.values()) {
            assert!((value - kept).abs() <= 0.5001 / STEPS * map.largest, "{value}: {kept}");
        }
        Ok(())
    }

    #[test]
    fn the_record_is_a_byte_a_position() -> anyhow::Result<()> {
        let map = ExampleMap::of("gradient".into(), &[-2.0, 0.0, 2.0]);
        // 1, 128 and 255.
        assert_eq!(serde_json::to_string(&map)?, r#"{"method":"gradient","largest":2.0,"bytes":"AYD/"}"#);
        Ok(())
    }

    #[rstest]
    #[case(r#"{"method":"gradient","largest":2.0,"bytes":"AYD"}"#, "padding")]
    #[case(r#"{"method":"gradient","largest":2.0,"bytes":"A-D/"}"#, "symbol")]
    fn what_is_no_base64_is_refused(#[case] text: &str, #[case] says: &str) {
        let message = serde_json::from_str::<ExampleMap>(text).unwrap_err().to_string();
        assert!(message.contains(says), "{message}");
    }

    #[rstest]
    #[case("-1.0")]
    #[case("1e400")]
    fn a_scale_that_is_none_covers_nothing(#[case] largest: &str) {
        let text = format!(r#"{{"method":"gradient","largest":{largest},"bytes":"AYD/"}}"#);
        assert!(serde_json::from_str::<ExampleMap>(&text).map_or(true, |map| !map.covers(3)));
    }
}
