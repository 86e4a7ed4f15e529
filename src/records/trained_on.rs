//! What a network saw in training: its volumes, and what their labels meant. Its weights carry both as metadata of their file,
//! so that whoever attacks it hears where it was trained on what it is attacked on, or learned another task. Names of volumes are
//! hashed, for they may name patients, and weights are handed on.

use crate::data::hash::hex;
use crate::image::truth::Labels;
use crate::network::arrays::Metadata;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// Keys of the metadata.
const VOLUMES: &str = "lossbench.training_volumes";
const LABELS: &str = "lossbench.labels";

/// Volumes that a line names.
const NAMED: usize = 3;

/// What weights are to say that were trained and validated on volumes of these ids, labelled so.
pub fn metadata<'a>(volumes: impl IntoIterator<Item = &'a str>, labels: &Labels) -> [(String, String); 2] {
    let volumes: Vec<String> = volumes.into_iter().map(digest).collect();
    [(VOLUMES.to_string(), volumes.join(" ")), (LABELS.to_string(), text(labels))]
}

/// Whether `said` names the volumes of the training.
pub fn names_volumes(said: &Metadata) -> bool {
    said.contains_key(VOLUMES)
}

/// Lines where the network `who` saw some of the `tested` volumes in training, or learned from other labels than `labels`; none
/// where it does not say, as networks trained elsewhere and weights of earlier versions.
pub fn warnings(who: &str, said: &Metadata, tested: &[&str], labels: &Labels) -> Vec<String> {
    let volumes = said.get(VOLUMES).map(String::as_str).unwrap_or_default();
    let trained: BTreeSet<&str> = volumes.split_whitespace().collect();
    let seen = tested.iter().copied().filter(|id| trained.contains(digest(id).as_str()));
    let seen: Vec<&str> = seen.collect();
    let mut lines = Vec::new();
    if !seen.is_empty() {
        let more = match seen.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        lines.push(format!(
            "{who}: was trained on {} of the {} volumes that it is attacked on, by their names ({}{more}), and scores too well on them: take the split of its training, or name others with --out and --test-volumes",
            seen.len(),
            tested.len(),
            seen[..seen.len().min(NAMED)].join(", ")
        ));
    }
    if let Some(other) = said.get(LABELS).filter(|other| **other != text(labels)) {
        lines.push(format!(
            "{who}: learned from {other}, but is scored by {} (data.foreground, data.ignore)",
            text(labels)
        ));
    }
    lines
}

/// The first sixteen hexadecimal digits of the SHA-256 of a name.
fn digest(id: &str) -> String {
    hex(&Sha256::digest(id.as_bytes())[..8])
}

fn text(labels: &Labels) -> String {
    let foreground = match &labels.foreground {
        None => "every label above 0 as foreground".to_string(),
        Some(values) => format!("labels {values:?} as foreground"),
    };
    match labels.ignore.is_empty() {
        true => foreground,
        false => format!("{foreground}, {:?} ignored", labels.ignore),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volumes_of_the_training_and_other_labels_are_said() {
        let any = Labels { foreground: None, ignore: Vec::new() };
        let said = Metadata::from(metadata(["a", "b", "c d", "e"], &any));
        // `printf a | sha256sum`.
        assert!(said[VOLUMES].starts_with("ca978112ca1bbdca 3e23e8160039594a "), "{said:?}");
        assert!(warnings("net", &said, &["x", "y"], &any).is_empty());
        assert!(
            warnings("net", &Metadata::new(), &["a"], &any).is_empty(),
            "what it does not say is not known"
        );
        let lines = warnings("net", &said, &["a", "b", "x", "c d", "e"], &any);
        assert!(lines[0].starts_with("net: was trained on 4 of the 5 volumes"), "{lines:?}");
        assert!(lines[0].contains("(a, b, c d and 1 more)"), "{lines:?}");
        let second = Labels { foreground: Some(vec![2]), ignore: vec![255] };
        let lines = warnings("net", &said, &[], &second);
        let says = "net: learned from every label above 0 as foreground, but is scored by labels [2] as foreground, [255] ignored";
        assert!(lines.len() == 1 && lines[0].starts_with(says), "{lines:?}");
    }
}
