//! What the targets share: an input becomes a file of the name that its reader expects, and a refusal is
//! one line that names a file.

use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder in memory where the machine has one, so that millions of inputs do not wear a disk.
pub fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("a temporary folder")
}

/// Writes `bytes` to `folder/name`.
pub fn file(folder: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("an input file");
    path
}

/// Fails where a refusal is not one line.
pub fn one_line(message: &str) {
    assert!(!message.is_empty() && !message.contains('\n'), "not one line: {message:?}");
}
