//! `network.json`: what a cell keeps of a network that another process computes, in place of weights.

use crate::fault::Fault;
use crate::network::arrays::Metadata;
use crate::records::cell::NETWORK;
use crate::records::files::{content, write_json};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::Path;

/// What a process says of where it runs and of what its network has seen: it decides no number.
const ELSEWHERE: [&str; 3] = ["lossbench.device", "lossbench.batch", "lossbench.training_volumes"];

#[derive(Deserialize, Serialize)]
struct Record {
    command: String,
    greeting: Metadata,
}

/// Writes it into a cell's folder.
///
/// # Errors
/// [`Fault`] where it cannot be written.
pub fn write(cell: &Path, command: &str, greeting: &Metadata) -> Result<(), Fault> {
    write_json(&cell.join(NETWORK), &Record { command: command.to_string(), greeting: greeting.clone() })
}

/// Checks that a process which now says `greeting` wants its images as the one that the finished cell in `cell` recorded, if it
/// recorded one.
///
/// # Errors
/// [`Fault`] that names what is otherwise, or where the record cannot be read.
pub fn check(cell: &Path, greeting: &Metadata) -> Result<(), Fault> {
    let path = cell.join(NETWORK);
    if !path.exists() {
        return Ok(());
    }
    let text = content(&path).map_err(|error| Fault::new(&path, error))?;
    let was: Record = serde_json::from_slice(&text).map_err(|error| Fault::new(&path, error))?;
    let keys: BTreeSet<&String> = was.greeting.keys().chain(greeting.keys()).collect();
    let mut decide = keys.into_iter().filter(|key| !ELSEWHERE.contains(&key.as_str()));
    let Some(key) = decide.find(|key| was.greeting.get(*key) != greeting.get(*key)) else {
        return Ok(());
    };
    let said =
        |greeting: &Metadata| greeting.get(key).map_or("nothing".to_string(), |said| format!("'{said}'"));
    let fault = format!(
        "was made when the network said {} under {key}, and it now says {}: serve it as it was, or choose another run folder with --out",
        said(&was.greeting),
        said(greeting)
    );
    Err(Fault::new(path, fault))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_decides_numbers_has_to_be_said_as_it_was() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let said = |said: &[(&str, &str)]| -> Metadata {
            said.iter().map(|(key, value)| (format!("lossbench.{key}"), value.to_string())).collect()
        };
        let here = said(&[("size", "[48,64]"), ("device", "cpu")]);
        check(folder.path(), &here)?;
        write(folder.path(), "python net.py", &here)?;
        check(folder.path(), &said(&[("size", "[48,64]"), ("device", "cuda:0"), ("batch", "8")]))?;
        for (other, says) in [
            (said(&[("size", "[64,64]")]), "said '[48,64]' under lossbench.size, and it now says '[64,64]'"),
            (said(&[]), "under lossbench.size, and it now says nothing"),
            (said(&[("size", "[48,64]"), ("multiple", "2")]), "said nothing under lossbench.multiple"),
        ] {
            let fault = check(folder.path(), &other).err().map(|fault| fault.to_string()).unwrap_or_default();
            assert!(fault.contains("network.json: ") && fault.contains(says), "{fault}");
        }
        Ok(())
    }
}
