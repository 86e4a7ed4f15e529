//! The endings of NIfTI files' names, upper or lower case.

use crate::atomic;
use crate::data::DataError;
use std::path::Path;

/// Gzipped and plain.
const ENDINGS: [&str; 2] = [".nii.gz", ".nii"];

/// What `name` is without its `.nii` or `.nii.gz`; none where it has neither, or nothing else.
pub fn stem(name: &str) -> Option<&str> {
    ENDINGS.iter().find_map(|ending| without(name, ending)).filter(|stem| !stem.is_empty())
}

/// `name` without `ending`, whatever the case of that.
pub fn without<'a>(name: &'a str, ending: &str) -> Option<&'a str> {
    let (stem, found) = name.split_at_checked(name.len().checked_sub(ending.len())?)?;
    found.eq_ignore_ascii_case(ending).then_some(stem)
}

/// Whether a file written at `path` is to be gzipped. A pipe or a device may have any name, and without the ending
/// gets a plain file's bytes.
///
/// # Errors
/// [`DataError::Invalid`] where the name promises another format than NIfTI.
pub fn is_gzip(path: &Path) -> Result<bool, DataError> {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    match stem(&name) {
        Some(_) => Ok(without(&name, ENDINGS[0]).is_some()),
        None if atomic::is_stream(path) => Ok(false),
        None => Err(DataError::invalid(
            path,
            "should end in .nii or .nii.gz, since what is written is NIfTI; name it so and convert it if another format \
             is wanted",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("a.nii", Some("a"), false)]
    #[case("a.b.nii.gz", Some("a.b"), true)]
    #[case("a.NII", Some("a"), false)]
    #[case("a.nii.GZ", Some("a"), true)]
    #[case("é.Nii.Gz", Some("é"), true)]
    #[case("a.gz", None, false)]
    #[case("a.nii.gz.mha", None, false)]
    #[case("a.mha", None, false)]
    #[case("a.nrrd", None, false)]
    #[case("a.png", None, false)]
    #[case("a.img", None, false)]
    #[case("nii", None, false)]
    #[case("a", None, false)]
    #[case(".nii.gz", None, false)]
    #[case("énii", None, false)]
    fn endings_are_promises(#[case] name: &str, #[case] expected: Option<&str>, #[case] gzip: bool) {
        assert_eq!(stem(name), expected);
        match is_gzip(Path::new(name)) {
            Ok(found) => assert_eq!((found, expected.is_some()), (gzip, true)),
            Err(error) => {
                assert!(
                    expected.is_none() && error.to_string().contains("should end in .nii or .nii.gz"),
                    "{error}"
                );
            }
        }
    }

    #[test]
    fn a_device_promises_nothing() {
        assert!(!is_gzip(Path::new("/dev/null")).expect("a device"));
        assert!(is_gzip(Path::new("/")).is_err() && is_gzip(Path::new("..")).is_err());
    }
}
