//! Closing records: JSON files that are written last and say that what lies beside them is whole. Each
//! holds the number of its schema and, as a seal, the hash of its own content, so that a changed record is
//! told from a sound one. Those of schema 1 have neither.

use super::files::{hash, write_json};
use crate::fault::Fault;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// The schema that this version writes. It reads all from 1 up to this.
pub const SCHEMA: u64 = 2;

const SCHEMA_KEY: &str = "schema";
const SEAL_KEY: &str = "seal";

/// Writes `value`, a JSON object, with schema and seal.
///
/// # Errors
/// [`Fault`] that names the file.
pub fn write<T: Serialize>(path: &Path, value: &T) -> Result<(), Fault> {
    let mut value = serde_json::to_value(value).map_err(|error| Fault::new(path, error))?;
    if let Value::Object(fields) = &mut value {
        fields.insert(SCHEMA_KEY.to_string(), SCHEMA.into());
        let seal = hash(Value::Object(fields.clone()).to_string().as_bytes());
        fields.insert(SEAL_KEY.to_string(), seal.into());
    }
    write_json(path, &value)
}

/// Reads a closing record; none where there is no file.
///
/// # Errors
/// [`Fault`] where the file is broken, was changed, or was written by a later version.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, Fault> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        read => read.map_err(|error| Fault::new(path, error))?,
    };
    parse(&bytes).map(Some).map_err(|fault| Fault::new(path, fault))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let broken = |error: serde_json::Error| {
        format!("is damaged ({error}): put back the file as it was, or choose another run folder")
    };
    let mut value: Value = serde_json::from_slice(bytes).map_err(broken)?;
    if let Value::Object(fields) = &mut value {
        let schema = fields.get(SCHEMA_KEY).map_or(Some(1), Value::as_u64);
        if let Some(later) = schema.filter(|&schema| schema > SCHEMA) {
            return Err(format!(
                "was written by a later version of lossbench (schema {later}; this one reads up to {SCHEMA}): use that version"
            ));
        }
        let seal = fields.remove(SEAL_KEY);
        let expected = hash(Value::Object(fields.clone()).to_string().as_bytes());
        let whole = match seal {
            Some(seal) => seal == expected,
            None => schema == Some(1),
        };
        if !whole {
            let fault = "was changed since it was written (its seal does not fit): put back the file as it was, or choose another run folder";
            return Err(fault.to_string());
        }
    }
    serde_json::from_value(value).map_err(broken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    struct Record {
        loss: String,
        seconds: f64,
    }

    fn record() -> Record {
        Record { loss: "bce".into(), seconds: 0.1 + 0.2 }
    }

    #[test]
    fn a_record_reads_back_and_a_missing_one_is_not_there() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("cell.json");
        assert_eq!(read::<Record>(&path)?, None);
        write(&path, &record())?;
        assert_eq!(read(&path)?, Some(record()));
        Ok(())
    }

    /// Whatever byte changes, the record is refused by name or still says the same.
    #[test]
    fn a_changed_byte_is_named_wherever_it_is() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("cell.json");
        write(&path, &record())?;
        let sound = fs::read(&path)?;
        let mut refused = 0;
        for place in 0..sound.len() {
            let mut bytes = sound.clone();
            bytes[place] ^= 1;
            fs::write(&path, bytes)?;
            match read::<Record>(&path) {
                Ok(same) => assert_eq!(same, Some(record()), "byte {place}"),
                Err(fault) => {
                    refused += 1;
                    assert!(fault.to_string().contains("cell.json: "), "{fault}");
                }
            }
        }
        // Spaces between fields may change, nothing else.
        assert!(refused > sound.len() * 9 / 10, "{refused} of {}", sound.len());
        Ok(())
    }

    #[rstest]
    #[case(r#"{"loss": "bce", "seconds": 1.5}"#, "")]
    #[case(r#"{"schema": 1, "loss": "bce", "seconds": 1.5}"#, "")]
    #[case(r#"{"schema": 2, "loss": "bce", "seconds": 1.5}"#, "its seal does not fit")]
    #[case(r#"{"schema": 99, "loss": "bce", "seconds": 1.5}"#, "schema 99; this one reads up to 2")]
    #[case(r#"{"schema": "x", "loss": "bce", "seconds": 1.5}"#, "its seal does not fit")]
    #[case(r#"{"loss": "bce"}"#, "missing field `seconds`")]
    #[case("{", "is damaged")]
    fn schemas_are_told_apart(#[case] text: &str, #[case] says: &str) {
        match parse::<Record>(text.as_bytes()) {
            Ok(record) => assert!(says.is_empty() && record.seconds == 1.5, "{record:?}"),
            Err(fault) => assert!(!says.is_empty() && fault.contains(says), "{fault}"),
        }
    }
}
