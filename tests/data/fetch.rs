//! Fetching from archives made here, off the disk and from a server on this machine.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;

use lossbench::data::{FetchError, KnownTask, Volume, fetch, read_task, write_task};
use md5::{Digest, Md5};
use rstest::rstest;
use tar::{Builder, EntryType, Header};

const TASK: KnownTask = KnownTask::Hippocampus;

/// Adds an entry under any name, also those that the `tar` crate itself refuses to write.
fn add(tar: &mut Builder<Vec<u8>>, name: &str, kind: EntryType, data: &[u8]) {
    let mut header = Header::new_ustar();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.set_size(data.len() as u64);
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_cksum();
    tar.append(&header, data).unwrap();
}

/// A sound archive of one volume, with the clutter that real ones carry.
fn sound() -> Builder<Vec<u8>> {
    let dir = tempfile::tempdir().unwrap();
    let volume = Volume {
        id: "hippocampus_001".into(),
        shape: [2, 2, 2],
        image: vec![1.5; 8],
        label: vec![0, 1, 2, 0, 0, 0, 0, 0],
    };
    write_task(dir.path(), "Hippocampus", &[volume]).unwrap();
    let mut tar = Builder::new(Vec::new());
    add(&mut tar, "Task04_Hippocampus/", EntryType::Directory, b"");
    add(&mut tar, "Task04_Hippocampus/._dataset.json", EntryType::Regular, b"twin");
    add(&mut tar, "Task04_Hippocampus/imagesTr/._hippocampus_001.nii.gz", EntryType::Regular, b"twin");
    add(&mut tar, "Task04_Hippocampus/README", EntryType::Regular, b"harmless");
    add(&mut tar, "PaxHeader", EntryType::XHeader, b"19 path=../evil.txt\n");
    for name in ["dataset.json", "imagesTr/hippocampus_001.nii.gz", "labelsTr/hippocampus_001.nii.gz"] {
        let data = fs::read(dir.path().join(name)).unwrap();
        add(&mut tar, &format!("./Task04_Hippocampus/{name}"), EntryType::Regular, &data);
    }
    tar
}

fn md5(bytes: &[u8]) -> String {
    format!("{:x}", Md5::digest(bytes))
}

fn listed(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Fetches `bytes` from a local file; gives the outcome and what is in the target folder after it.
fn local(bytes: &[u8], sum: Option<&str>) -> (Result<(), FetchError>, Vec<String>) {
    let dir = tempfile::tempdir().unwrap();
    let (archive, to) = (dir.path().join("a.tar"), dir.path().join("to"));
    fs::write(&archive, bytes).unwrap();
    let done = fetch(TASK, archive.to_str(), &to, sum, &mut |_, _| ());
    if let Ok(folder) = &done {
        assert_eq!(read_task(folder).unwrap().volumes[0].image, [1.5; 8]);
        assert_eq!(listed(folder), ["dataset.json", "imagesTr", "labelsTr"]);
        assert_eq!(listed(&folder.join("imagesTr")), ["hippocampus_001.nii.gz"]);
    }
    if let Err(e) = &done {
        assert!(!e.to_string().contains('\n'), "{e}");
    }
    (done.map(drop), listed(&to))
}

#[test]
fn a_local_archive_is_unpacked_without_its_clutter() {
    let bytes = sound().into_inner().unwrap();
    let (done, left) = local(&bytes, Some(&md5(&bytes).to_uppercase()));
    done.unwrap();
    assert_eq!(left, ["Task04_Hippocampus"]);
}

#[test]
fn a_wrong_sum_unpacks_nothing() {
    let bytes = sound().into_inner().unwrap();
    let (done, left) = local(&bytes, None);
    let text = done.unwrap_err().to_string();
    assert!(text.contains(TASK.md5()) && text.contains(&md5(&bytes)), "{text}");
    assert!(left.is_empty());
}

#[rstest]
#[case("/Task04_Hippocampus/imagesTr/a.nii.gz", EntryType::Regular, "leaves")]
#[case("Task04_Hippocampus/imagesTr/../../../a.nii.gz", EntryType::Regular, "leaves")]
#[case("Task04_Hippocampus\\..\\a.nii.gz", EntryType::Regular, "leaves")]
#[case("../evil", EntryType::Directory, "leaves")]
#[case("Task04_Hippocampus/imagesTr/a.nii.gz", EntryType::Symlink, "link or device")]
#[case("Task04_Hippocampus/imagesTr/a.nii.gz", EntryType::Link, "link or device")]
#[case("Task04_Hippocampus/null", EntryType::Char, "link or device")]
#[case("Task04_Hippocampus/pipe", EntryType::Fifo, "link or device")]
#[case("Task04_Hippocampus/dataset.json", EntryType::Regular, "twice")]
fn hostile_entries_are_named(#[case] name: &str, #[case] kind: EntryType, #[case] fault: &str) {
    let mut tar = sound();
    add(&mut tar, name, kind, b"");
    let bytes = tar.into_inner().unwrap();
    let (done, left) = local(&bytes, Some(&md5(&bytes)));
    let text = done.unwrap_err().to_string();
    assert!(text.contains(fault) && text.contains(&format!("{name:?}")), "{text}");
    assert!(left.is_empty(), "{left:?}");
}

/// The checksum of a header is quoted where it is no number; fuzzing found that it can hold line breaks.
#[test]
fn what_a_broken_header_holds_stays_in_one_harmless_line() {
    let mut bytes = sound().into_inner().unwrap();
    bytes[148..156].copy_from_slice(b"\n\n\x1b[31m\n");
    let (done, left) = local(&bytes, Some(&md5(&bytes)));
    let text = done.unwrap_err().to_string();
    assert!(text.contains("is not a sound tar archive") && !text.contains(char::is_control), "{text:?}");
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn damaged_archives_leave_nothing() {
    let whole = sound().into_inner().unwrap();
    let mut empty = Builder::new(Vec::new());
    add(&mut empty, "Other/dataset.json", EntryType::Regular, b"{}");
    let mut vast = Header::new_ustar();
    vast.set_path("Task04_Hippocampus/imagesTr/vast.nii.gz").unwrap();
    vast.set_size(7 << 30);
    vast.set_cksum();
    for (bytes, fault) in [
        (whole[..whole.len() - 1600].to_vec(), ""),
        (vec![b'x'; 2048], "not a sound tar"),
        (empty.into_inner().unwrap(), "holds no Task04_Hippocampus/dataset.json"),
        (vast.as_bytes().to_vec(), "beyond the limits"),
    ] {
        let (done, left) = local(&bytes, Some(&md5(&bytes)));
        let text = done.unwrap_err().to_string();
        assert!(text.contains(fault), "{text}");
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
fn what_is_there_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("Task04_Hippocampus")).unwrap();
    let done = fetch(TASK, Some("/nowhere.tar"), dir.path(), None, &mut |_, _| ());
    assert!(matches!(done, Err(FetchError::Exists(_))));
    let none = fetch(TASK, Some("/nowhere.tar"), &dir.path().join("x"), None, &mut |_, _| ());
    assert!(none.unwrap_err().to_string().contains("/nowhere.tar"));
}

/// Answers one request with `head` and `body`, and gives the URL to ask.
fn serve(head: String, body: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/a.tar", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut byte = [0];
        while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
            request.push(byte[0]);
        }
        stream.write_all(head.as_bytes()).unwrap();
        // The client may hang up before the end.
        let _ = stream.write_all(&body);
    });
    url
}

#[test]
fn an_archive_is_downloaded() {
    let bytes = sound().into_inner().unwrap();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", bytes.len());
    let url = serve(head, bytes.clone());
    let dir = tempfile::tempdir().unwrap();
    let mut told = Vec::new();
    let folder =
        fetch(TASK, Some(&url), dir.path(), Some(&md5(&bytes)), &mut |done, all| told.push((done, all)))
            .unwrap();
    assert_eq!(read_task(&folder).unwrap().name, "Hippocampus");
    assert_eq!(told.last(), Some(&(bytes.len() as u64, Some(bytes.len() as u64))));
    assert_eq!(listed(dir.path()), ["Task04_Hippocampus"]);
}

#[rstest]
#[case("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "404")]
#[case("HTTP/1.1 200 OK\r\nContent-Length: 90000\r\nConnection: close\r\n\r\n", "")]
#[case(
    "HTTP/1.1 200 OK\r\nContent-Length: 99000000000\r\nConnection: close\r\n\r\n",
    "larger than the limit"
)]
#[case("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", "its MD5 should be")]
fn failed_downloads_leave_nothing(#[case] head: &str, #[case] fault: &str) {
    let url = serve(head.into(), vec![1; 1000]);
    let dir = tempfile::tempdir().unwrap();
    let text = fetch(TASK, Some(&url), dir.path(), None, &mut |_, _| ()).unwrap_err().to_string();
    assert!(text.contains(fault) && text.contains(&url) && !text.contains('\n'), "{text}");
    assert!(listed(dir.path()).is_empty());
}
