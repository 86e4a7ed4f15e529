//! Unpacking an archive that is not trusted: only files of the Decathlon's layout, under caps.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use tar::{Archive, EntryType};

use crate::data::fetch::FetchError;
use crate::fault::one_line;

/// Bytes a single file may have; hippocampus volumes have less than 1 MB.
const MAX_FILE: u64 = 256 << 20;
/// Bytes that all unpacked files may have together.
const MAX_TOTAL: u64 = 2 << 30;
/// Entries an archive may have, skipped ones included.
const MAX_ENTRIES: usize = 20_000;
const FOLDERS: [&str; 3] = ["imagesTr", "labelsTr", "imagesTs"];

/// Unpacks `dataset.json` and the `.nii.gz` files of the task `folder` into `into`.
///
/// Folders, `._` twins and files of other names are skipped.
///
/// # Errors
/// If the archive is damaged, lacks `dataset.json`, or holds a link, a device, a path that leaves
/// the folder, the same file twice, or more than the caps allow.
pub(super) fn unpack(archive: File, from: &str, folder: &str, into: &Path) -> Result<(), FetchError> {
    let fault = |fault: String| FetchError::Archive { from: from.into(), fault: one_line(&fault) };
    let damaged = |e: io::Error| fault(format!("is not a sound tar archive ({e})"));
    for made in FOLDERS {
        fs::create_dir(into.join(made)).map_err(|e| FetchError::io(into, e))?;
    }
    let mut archive = Archive::new(io::BufReader::new(archive));
    // Raw: extension headers are passed over as entries, so that none of them can rename another.
    let entries = archive.entries().map_err(damaged)?.raw(true);
    let mut total = 0u64;
    for (count, entry) in entries.enumerate() {
        let mut entry = entry.map_err(damaged)?;
        if count >= MAX_ENTRIES {
            return Err(fault(format!("has more than {MAX_ENTRIES} entries")));
        }
        let kind = entry.header().entry_type();
        if matches!(
            kind,
            EntryType::XHeader | EntryType::XGlobalHeader | EntryType::GNULongName | EntryType::GNULongLink
        ) {
            continue;
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if name.starts_with('/') || name.split(['/', '\\']).any(|part| part == "..") || name.contains('\0') {
            return Err(fault(format!("entry {name:?} leaves the task's folder")));
        }
        if kind.is_dir() {
            continue;
        }
        if !(kind.is_file() || kind.is_contiguous()) {
            return Err(fault(format!("entry {name:?} is a link or device, which a task has no use for")));
        }
        let Some(place) = place(&name, folder) else { continue };
        let size = entry.size();
        total = total.saturating_add(size);
        if size > MAX_FILE || total > MAX_TOTAL {
            return Err(fault(format!("entry {name:?} of {size} bytes goes beyond the limits")));
        }
        let path = into.join(place);
        let mut file = File::create_new(&path).map_err(|e| match e.kind() {
            io::ErrorKind::AlreadyExists => fault(format!("entry {name:?} comes twice")),
            _ => FetchError::io(&path, e),
        })?;
        let copied = io::copy(&mut entry.by_ref().take(size), &mut file)
            .map_err(|e| fault(format!("entry {name:?} cannot be unpacked ({e})")))?;
        if copied != size {
            return Err(fault(format!("is truncated: {copied} of {size} bytes of entry {name:?} are there")));
        }
    }
    if !into.join("dataset.json").is_file() {
        return Err(fault(format!("holds no {folder}/dataset.json")));
    }
    for made in FOLDERS {
        // Fails for those that hold files, which is as it should be.
        let _ = fs::remove_dir(into.join(made));
    }
    Ok(())
}

/// Where an entry belongs below the task's folder, or none if it is not part of a task.
fn place<'a>(name: &'a str, folder: &str) -> Option<&'a str> {
    let name = name.strip_prefix("./").unwrap_or(name);
    let inside = name.strip_prefix(folder)?.strip_prefix('/')?;
    if inside == "dataset.json" {
        return Some(inside);
    }
    let (parent, file) = inside.split_once('/')?;
    let plain = file.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    (FOLDERS.contains(&parent)
        && plain
        && !file.starts_with('.')
        && file.to_ascii_lowercase().ends_with(".nii.gz"))
    .then_some(inside)
}
