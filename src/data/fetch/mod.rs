//! Fetching a Decathlon task: download, compare the checksum, unpack. Nothing is unpacked before
//! the checksum holds, and a failure leaves nothing half-written.

mod unpack;

use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use md5::{Digest, Md5};

/// The most bytes that an archive may have.
const MAX_ARCHIVE: u64 = 1 << 30;

/// A task whose public archive is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownTask {
    /// Task04 of the Medical Segmentation Decathlon, 28 MB, CC-BY-SA 4.0.
    Hippocampus,
}

impl KnownTask {
    /// Every known task.
    pub const ALL: [Self; 1] = [Self::Hippocampus];

    /// The task of that name on the command line, if it is known.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|task| task.name() == name)
    }

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hippocampus => "hippocampus",
        }
    }

    /// The folder in the archive, and the one that is made.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Hippocampus => "Task04_Hippocampus",
        }
    }

    /// The archive at the Decathlon's open-data bucket.
    pub fn url(self) -> &'static str {
        match self {
            Self::Hippocampus => "https://msd-for-monai.s3-us-west-2.amazonaws.com/Task04_Hippocampus.tar",
        }
    }

    /// The archive's MD5, as MONAI lists it.
    pub fn md5(self) -> &'static str {
        match self {
            Self::Hippocampus => "9d24dba78a72977dbd1d2e110310f31b",
        }
    }
}

/// Why a task could not be fetched. Each message is one line.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// A file or folder could not be read or written.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said; no source, since the message says it.
        error: io::Error,
    },
    /// The folder to be made is there already.
    #[error("{}: exists already; use it, or remove it to fetch the task again", .0.display())]
    Exists(PathBuf),
    /// The download failed.
    #[error("{url}: {fault}; try again, or give a local archive or another address with --from")]
    Download {
        /// What was asked for.
        url: String,
        /// What went wrong.
        fault: String,
    },
    /// The archive is not the expected one.
    #[error("{from}: its MD5 should be {expected}, but is {found}; nothing was unpacked, fetch it again")]
    Checksum {
        /// The URL or file.
        from: String,
        /// The sum that was asked for.
        expected: String,
        /// The sum of what came.
        found: String,
    },
    /// The archive cannot be unpacked.
    #[error("{from}: {fault}; nothing was unpacked, give the task's own .tar archive")]
    Archive {
        /// The URL or file.
        from: String,
        /// What is wrong with it.
        fault: String,
    },
}

impl FetchError {
    fn io(path: impl Into<PathBuf>, error: io::Error) -> Self {
        Self::Io { path: path.into(), error }
    }
}

/// Fetches `task` into `to` and returns the folder made there.
///
/// `from` is a URL (`http://` or `https://`) or a local `.tar`; without it, the public archive.
/// `md5` is the archive's checksum in hexadecimal; without it, the public archive's.
/// `progress` is told the bytes done and, where known, all bytes.
///
/// # Errors
/// See [`FetchError`]. Whatever fails, `to` holds nothing new but perhaps itself.
pub fn fetch(
    task: KnownTask,
    from: Option<&str>,
    to: &Path,
    md5: Option<&str>,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<PathBuf, FetchError> {
    let from = from.unwrap_or(task.url());
    let folder = to.join(task.folder());
    if fs::symlink_metadata(&folder).is_ok() {
        return Err(FetchError::Exists(folder));
    }
    fs::create_dir_all(to).map_err(|e| FetchError::io(to, e))?;

    let remote = ["http://", "https://"].iter().any(|scheme| from.starts_with(scheme));
    let part = Scratch(to.join(format!(".{}-{}.tar.part", task.folder(), std::process::id())));
    let (path, mut archive, found) = if remote {
        let mut file = File::create_new(&part.0).map_err(|e| FetchError::io(&part.0, e))?;
        let found = download(from, &mut file, &part.0, progress)?;
        drop(file);
        (part.0.as_path(), File::open(&part.0).map_err(|e| FetchError::io(&part.0, e))?, found)
    } else {
        let path = Path::new(from);
        let mut file = File::open(path).map_err(|e| FetchError::io(path, e))?;
        let all = file.metadata().map_err(|e| FetchError::io(path, e))?;
        if !all.is_file() {
            return Err(FetchError::Archive { from: from.into(), fault: "is not a file".into() });
        }
        let found =
            pour(&mut file, &mut io::sink(), Some(all.len()), progress).map_err(|stop| match stop {
                Stop::TooLarge => too_large(from),
                Stop::Read(e) | Stop::Write(e) => FetchError::io(path, e),
            })?;
        (path, file, found)
    };
    let expected = md5.unwrap_or(task.md5()).to_ascii_lowercase();
    if found != expected {
        return Err(FetchError::Checksum { from: from.into(), expected, found });
    }
    archive.rewind().map_err(|e| FetchError::io(path, e))?;

    let scratch = Scratch(to.join(format!(".{}-{}.part", task.folder(), std::process::id())));
    fs::create_dir(&scratch.0).map_err(|e| FetchError::io(&scratch.0, e))?;
    unpack::unpack(archive, from, task.folder(), &scratch.0)?;
    if fs::symlink_metadata(&folder).is_ok() {
        return Err(FetchError::Exists(folder));
    }
    fs::rename(&scratch.0, &folder).map_err(|e| FetchError::io(&folder, e))?;
    Ok(folder)
}

/// A file or folder that is removed when it goes out of scope, if it is still there.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // Whatever fails here, there is nothing better to do about it.
        let _ = match fs::symlink_metadata(&self.0) {
            Ok(meta) if meta.is_dir() => fs::remove_dir_all(&self.0),
            Ok(_) => fs::remove_file(&self.0),
            Err(_) => Ok(()),
        };
    }
}

fn too_large(from: &str) -> FetchError {
    FetchError::Archive {
        from: from.into(),
        fault: format!("is larger than the limit of {MAX_ARCHIVE} bytes"),
    }
}

/// Downloads to an open file and returns the MD5.
fn download(
    url: &str,
    file: &mut File,
    path: &Path,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<String, FetchError> {
    let failed = |fault: String| FetchError::Download { url: url.into(), fault };
    let agent = ureq::Agent::config_builder()
        .timeout_connect(Some(Duration::from_secs(30)))
        .timeout_recv_response(Some(Duration::from_secs(60)))
        .timeout_per_read(Some(Duration::from_secs(60)))
        .build()
        .new_agent();
    let response = agent.get(url).call().map_err(|e| failed(e.to_string()))?;
    let body = response.into_body();
    let all = body.content_length();
    if all.is_some_and(|n| n > MAX_ARCHIVE) {
        return Err(too_large(url));
    }
    let found = pour(&mut body.into_reader(), file, all, progress).map_err(|stop| match stop {
        Stop::TooLarge => too_large(url),
        Stop::Read(e) => failed(e.to_string()),
        Stop::Write(e) => FetchError::io(path, e),
    })?;
    let got = file.stream_position().map_err(|e| FetchError::io(path, e))?;
    match all {
        Some(n) if n != got => Err(failed(format!("the download stopped after {got} of {n} bytes"))),
        _ => Ok(found),
    }
}

/// Why copying stopped.
enum Stop {
    TooLarge,
    Read(io::Error),
    Write(io::Error),
}

/// Copies at most [`MAX_ARCHIVE`] bytes and returns their MD5 in hexadecimal.
fn pour(
    from: &mut dyn Read,
    to: &mut dyn Write,
    all: Option<u64>,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<String, Stop> {
    let mut sum = Md5::new();
    let mut buffer = vec![0; 1 << 16];
    let mut done = 0;
    loop {
        let n = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(Stop::Read(e)),
        };
        done += n as u64;
        if done > MAX_ARCHIVE {
            return Err(Stop::TooLarge);
        }
        let chunk = buffer.get(..n).unwrap_or_default();
        sum.update(chunk);
        to.write_all(chunk).map_err(Stop::Write)?;
        progress(done, all);
    }
    Ok(format!("{:x}", sum.finalize()))
}
