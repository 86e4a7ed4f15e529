//! The rooms of ARCHITECTURE.md are the rooms of `src/`, and imports go one way: down the list, never around.

use anyhow::{Context, Result, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Rooms that may not import others although the list would allow it.
const FORBIDDEN: [(&str, &[&str]); 4] = [
    ("evidence", &["study", "network"]),
    ("claims", &["study", "network"]),
    ("report", &["study", "network"]),
    ("network", &["loss", "saliency", "attack"]),
];

/// Files that hold test code alone, though they lie in `src/`.
const TESTS: [&str; 3] = ["report/made_up", "evidence/specification/tests", "saliency/method/tests"];

/// A source file: its module path below `src/`, such as `records/cell`, and the code without tests.
struct Source {
    module: String,
    code: String,
    lines: usize,
}

impl Source {
    fn room(&self) -> &str {
        self.module.split('/').next().unwrap_or_default()
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every module of the library.
fn sources() -> Result<Vec<Source>> {
    let src = root().join("src");
    let (mut found, mut folders) = (Vec::new(), vec![src.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let module = module(path.strip_prefix(&src)?);
                let outside = ["lib", "main"].contains(&module.as_str()) || module.starts_with("cli");
                if !outside && !TESTS.contains(&module.as_str()) {
                    let text = fs::read_to_string(&path)?;
                    found.push(Source { module, code: without_tests(&text), lines: text.lines().count() });
                }
            }
        }
    }
    found.sort_by(|a, b| a.module.cmp(&b.module));
    Ok(found)
}

fn module(path: &Path) -> String {
    let text = path.with_extension("").display().to_string().replace('\\', "/");
    text.strip_suffix("/mod").map(String::from).unwrap_or(text)
}

/// Code without comments and without its unit tests, which stand last in a file.
fn without_tests(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let code = code.split("#[cfg(test)]\npub(super) mod tests").next().unwrap_or_default();
    code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// Paths below the crate that a file names, `super::` resolved: `records/cell/Cell`. Lists in braces are taken
/// apart.
fn paths(source: &Source) -> BTreeSet<String> {
    let parent = source.module.rsplit_once('/').map_or("", |(parent, _)| parent);
    let mut found = BTreeSet::new();
    for (start, base) in [("crate::", ""), ("super::", parent)] {
        for (place, _) in source.code.match_indices(start) {
            let whole =
                !source.code[..place].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
            if whole {
                expand(&source.code[place + start.len()..], base, &mut found);
            }
        }
    }
    found
}

/// Adds the paths at the start of `text`, below `base`.
fn expand(text: &str, base: &str, found: &mut BTreeSet<String>) {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(text.len());
    let (path, rest) = text.split_at(end);
    let joined = [base, &path.trim_end_matches(':').replace("::", "/")].join("/");
    let joined = joined.trim_matches('/').to_string();
    match (path.ends_with("::") || path.is_empty()).then(|| rest.strip_prefix('{')).flatten() {
        None => drop(found.insert(joined)),
        Some(list) => items(list).iter().for_each(|item| expand(item.trim(), &joined, found)),
    }
}

/// The items of a list up to its closing brace, nested lists whole.
fn items(list: &str) -> Vec<&str> {
    let (mut items, mut depth, mut start) = (Vec::new(), 0_usize, 0);
    for (place, character) in list.char_indices() {
        match (character, depth) {
            (',', 0) => {
                items.push(&list[start..place]);
                start = place + 1;
            }
            ('}', 0) => {
                items.push(&list[start..place]);
                break;
            }
            ('{', _) => depth += 1,
            ('}', _) => depth -= 1,
            _ => {}
        }
    }
    items.retain(|item| !item.trim().is_empty());
    items
}

/// The module that a path leads to, by the longest one that there is.
fn target<'a>(path: &str, modules: &BTreeSet<&'a str>) -> Option<&'a str> {
    let mut path = path;
    loop {
        if let Some(module) = modules.get(path) {
            return Some(module);
        }
        path = path.rsplit_once('/')?.0;
    }
}

/// Which module imports which, itself left out.
fn imports(sources: &[Source]) -> BTreeMap<&str, BTreeSet<&str>> {
    let modules: BTreeSet<&str> = sources.iter().map(|source| source.module.as_str()).collect();
    let of = |source: &Source| {
        let targets = paths(source).iter().filter_map(|path| target(path, &modules)).collect::<BTreeSet<_>>();
        targets.into_iter().filter(|target| *target != source.module).collect()
    };
    sources.iter().map(|source| (source.module.as_str(), of(source))).collect()
}

/// The rooms of ARCHITECTURE.md, from the bottom up.
fn rooms() -> Result<Vec<String>> {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md"))?;
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    Ok(rows.map(|(room, _)| room.to_string()).collect())
}

#[test]
fn the_page_lists_the_rooms_that_there_are() -> Result<()> {
    let listed: BTreeSet<String> = rooms()?.into_iter().collect();
    let there: BTreeSet<String> = sources()?.iter().map(|source| source.room().to_string()).collect();
    assert_eq!(listed, there);
    Ok(())
}

#[test]
fn a_room_imports_only_rooms_below_it() -> Result<()> {
    let rooms = rooms()?;
    let floor = |room: &str| rooms.iter().position(|other| other == room).context(room.to_string());
    for (module, targets) in imports(&sources()?) {
        let room = module.split('/').next().unwrap_or_default();
        for target in targets {
            let below = target.split('/').next().unwrap_or_default();
            ensure!(floor(below)? <= floor(room)?, "{module} imports {target}, which stands above it");
            let forbidden = FORBIDDEN.iter().any(|(from, to)| *from == room && to.contains(&below));
            ensure!(!forbidden, "{module} imports {target}: {room} should not know {below}");
        }
    }
    Ok(())
}

/// A folder's own file and the files that it lists may know each other: the list names its entries, and they
/// the type of an entry. Between any other files imports go one way.
#[test]
fn no_files_import_each_other_in_a_circle() -> Result<()> {
    let sources = sources()?;
    let imports = imports(&sources);
    let is_folder_of =
        |folder: &str, file: &str| file.rsplit_once('/').is_some_and(|(parent, _)| parent == folder);
    let ahead = |module: &str| -> Vec<&str> {
        let targets = imports.get(module).into_iter().flatten().copied();
        targets.filter(|target| !is_folder_of(target, module) && !is_folder_of(module, target)).collect()
    };
    for source in &sources {
        let (mut seen, mut next) = (BTreeSet::new(), ahead(&source.module));
        while let Some(module) = next.pop() {
            ensure!(module != source.module, "{module} imports itself by way of {seen:?}");
            if seen.insert(module) {
                next.extend(ahead(module));
            }
        }
    }
    Ok(())
}

#[test]
fn no_room_holds_a_fifth_of_the_lines() -> Result<()> {
    let sources = sources()?;
    let mut lines: BTreeMap<&str, usize> = BTreeMap::new();
    sources.iter().for_each(|source| *lines.entry(source.room()).or_default() += source.lines);
    let all: usize = lines.values().sum();
    let (room, most) = lines.iter().max_by_key(|(_, lines)| **lines).context("a room")?;
    println!("{room}: {most} of {all} lines");
    ensure!(5 * most < all, "{room} has {most} of {all} lines");
    Ok(())
}

#[test]
fn imports_are_read_in_every_form() {
    let source =
        |module: &str, code: &str| Source { module: module.into(), code: without_tests(code), lines: 0 };
    let code = "//! Uses crate::ghost.\nuse crate::a::{self, b::{C, D}, e};\nuse super::f::G;\nuse mycrate::h;\n\
                fn x() { crate::i::j(); } // crate::ghost\n#[cfg(test)]\nmod tests {\n    use crate::k;\n}\n";
    let found = paths(&source("room/file", code));
    let expected = ["a/b/C", "a/b/D", "a/e", "a/self", "i/j", "room/f/G"];
    assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    let modules = BTreeSet::from(["a", "a/b", "room/f"]);
    let targets: Vec<_> = expected.iter().map(|path| target(path, &modules)).collect();
    assert_eq!(targets, [Some("a/b"), Some("a/b"), Some("a"), Some("a"), None, Some("room/f")]);
}
