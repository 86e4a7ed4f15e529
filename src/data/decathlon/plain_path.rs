//! Paths in a listing, which may not lead out of its folder.

use std::path::{Component, Path, PathBuf};

/// A listed path without its `./`, or none if it is absolute, empty or climbs with `..`.
pub fn plain_path(listed: &str) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in Path::new(listed).components() {
        match part {
            Component::CurDir => {}
            Component::Normal(name) => plain.push(name),
            _ => return None,
        }
    }
    let climbs = listed.split(['/', '\\']).any(|part| part == "..");
    (!climbs && !plain.as_os_str().is_empty()).then_some(plain)
}
