//! What is wrong with a file or folder, in one line.

use std::path::PathBuf;

/// A file or folder that cannot be used: which, and why.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}: {fault}", path.display())]
pub struct Fault {
    /// The file or folder.
    pub path: PathBuf,
    /// What is wrong with it, and the way out, in one line.
    pub fault: String,
}

impl Fault {
    /// The fault of `path`. Line breaks and whatever else steers a terminal become spaces, since a broken
    /// file may have put them there.
    pub fn new(path: impl Into<PathBuf>, fault: impl ToString) -> Self {
        Self { path: path.into(), fault: one_line(&fault.to_string()) }
    }
}

/// A text without control characters.
pub fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_one_harmless_line_that_names_the_path() {
        let fault = Fault::new("runs/a/cell.json", "is\nbroken\u{1b}[2J");
        assert_eq!(fault.to_string(), "runs/a/cell.json: is broken [2J");
    }
}
