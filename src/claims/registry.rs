//! Sets of claims: folders of TOML files, a claim a file. Those in `claims/` are built in; any other is read
//! from its folder.

use crate::claims::claim::Claim;
use crate::definition::study::Study;
use crate::fault::Fault;
use crate::plain_text;
use crate::rules::distinct;
use std::fs;
use std::path::{Path, PathBuf};

/// The set that is judged where neither the command nor the study names one: twenty claims of the paper.
pub const DEFAULT: &str = "rajput";

macro_rules! set {
    ($name:literal: $($id:literal)*) => {
        ($name, &[$(($id, include_str!(concat!("../../claims/", $name, "/", $id, ".toml")))),*])
    };
}

/// Id and text of every claim of a set, in order.
type Texts = [(&'static str, &'static str)];

/// Sets that are built in, by name.
const SHIPPED: &[(&str, &Texts)] = &[
    set!("rajput":
        "C01" "C02" "C03" "C04" "C05" "C06" "C07" "C08" "C09" "C10"
        "C11" "C12" "C13" "C14" "C15" "C16" "C17" "C18" "C19" "C20"
    ),
    set!("steady":
        "C01" "C02" "C03" "C04" "C05" "C06" "C07" "C08" "C09" "C10" "C11"
        "C12" "C13" "C14" "C15" "C16" "C17" "C18" "C19" "C20" "C21" "C22"
        "C23" "C24" "C25" "C26" "C27" "C28" "C29" "C30" "C31" "C32" "C33"
    ),
    set!("maps": "C01" "C02" "C03" "C04" "C05" "C06"),
    set!("attacks": "C01" "C02" "C03" "C04" "C05" "C06"),
];

/// Every claim of the set that `study` is judged by, in order.
///
/// # Errors
/// [`Fault`] as of [`set`].
pub fn of_study(study: &Study) -> Result<Vec<Claim>, Fault> {
    set(study.claims.as_deref().unwrap_or(DEFAULT))
}

/// Names of the sets that are built in.
pub fn names() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|(name, _)| *name)
}

/// The claims of the set called `name`: one that is built in, else a folder, whose `.toml` files are taken in
/// the order of their names.
///
/// # Errors
/// [`Fault`] that names the folder that is none or holds no claim, or the file that is wrong.
pub fn set(name: &str) -> Result<Vec<Claim>, Fault> {
    let texts: Vec<(PathBuf, String)> = match SHIPPED.iter().find(|(known, _)| *known == name) {
        Some((_, texts)) => texts
            .iter()
            .map(|(id, text)| (PathBuf::from(format!("claims/{name}/{id}.toml")), text.to_string()))
            .collect(),
        None => read(Path::new(name))?,
    };
    let parse =
        |(path, text): &(PathBuf, String)| Claim::parse(text).map_err(|fault| Fault::new(path, fault));
    let claims: Vec<Claim> = texts.iter().map(parse).collect::<Result<_, _>>()?;
    distinct("ids", claims.iter().map(|claim| claim.id.clone())).map_err(|fault| Fault::new(name, fault))?;
    Ok(claims)
}

/// Path and text of every claim in a folder.
fn read(folder: &Path) -> Result<Vec<(PathBuf, String)>, Fault> {
    let known: Vec<&str> = names().collect();
    let entries = fs::read_dir(folder).map_err(|error| {
        Fault::new(
            folder,
            format!("{error}: a set of claims is a folder of TOML files or one of {}", known.join(", ")),
        )
    })?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
    let mut paths = paths.map_err(|error| Fault::new(folder, error))?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml")));
    paths.sort();
    if paths.is_empty() {
        return Err(Fault::new(
            folder,
            "holds no claim: a claim is a .toml file, such as those in claims/rajput",
        ));
    }
    let text = |path: PathBuf| match plain_text::read(&path) {
        Ok(text) => Ok((path, text)),
        Err(error) => Err(Fault::new(path, error)),
    };
    paths.into_iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Result;

    fn claim(id: &str) -> Result<String> {
        let (_, texts) = SHIPPED[0];
        Ok(texts[0].1.replace("id = \"C01\"", &format!("id = \"{id}\"")))
    }

    #[test]
    fn a_folder_is_a_set_in_the_order_of_its_files() -> Result<()> {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("2.toml"), claim("first")?)?;
        fs::write(folder.path().join("10.toml"), claim("second")?)?;
        fs::write(folder.path().join("notes.md"), "no claim")?;
        let ids: Vec<String> =
            set(&folder.path().display().to_string())?.into_iter().map(|one| one.id).collect();
        assert_eq!(ids, ["second", "first"]);
        Ok(())
    }

    #[test]
    fn folders_and_files_that_are_wrong_are_named() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let name = folder.path().display().to_string();
        let says = |name: &str| set(name).unwrap_err().to_string();
        assert!(
            says("nowhere").contains("nowhere: ") && says("nowhere").contains("or one of rajput, steady")
        );
        assert!(says(&name).contains("holds no claim"));
        fs::write(folder.path().join("a.toml"), "id = 3")?;
        assert!(says(&name).contains("a.toml: "), "{}", says(&name));
        for file in ["a.toml", "b.toml"] {
            fs::write(folder.path().join(file), claim("same")?)?;
        }
        assert!(says(&name).contains("ids names same twice"), "{}", says(&name));
        Ok(())
    }
}
