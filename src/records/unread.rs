//! Results that nobody should look at yet: a run folder with a file `UNREAD` is run and gone on with, and not read. Its first line
//! says until when, such as "until all ten seeds are there". Whoever removes the file looks.

use crate::fault::Fault;
use crate::plain_text;
use std::io::ErrorKind;
use std::path::Path;

/// The file's name.
pub const UNREAD: &str = "UNREAD";

/// Refuses a folder whose results are kept unread.
///
/// # Errors
/// [`Fault`] with the file's first line.
pub fn check(folder: &Path) -> Result<(), Fault> {
    let path = folder.join(UNREAD);
    let until = match plain_text::read(&path) {
        Ok(text) => text.lines().next().unwrap_or_default().trim().to_string(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(_) => String::new(),
    };
    let until = if until.is_empty() { "no reason is given".to_string() } else { until };
    Err(Fault::new(
        &path,
        format!("the results of this run are kept unread ({until}); remove this file to see them"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use std::fs;

    #[rstest]
    #[case(None, None)]
    #[case(Some("until all seeds are there\nsee the protocol\n"), Some("(until all seeds are there)"))]
    #[case(Some(""), Some("(no reason is given)"))]
    fn a_folder_is_refused_with_the_reason(#[case] file: Option<&str>, #[case] says: Option<&str>) {
        let folder = tempfile::tempdir().expect("a folder");
        if let Some(text) = file {
            fs::write(folder.path().join(UNREAD), text).expect("written");
        }
        let said = check(folder.path()).err().map(|fault| fault.to_string());
        match (said, says) {
            (None, None) => {}
            (Some(said), Some(says)) => assert!(said.contains(says) && said.contains("UNREAD: "), "{said}"),
            other => panic!("{other:?}"),
        }
    }
}
