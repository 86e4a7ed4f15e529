//! Writing a file whole or not at all: into a temporary file beside it, then renamed into place. Links are
//! followed and modes kept. What is no plain file, such as a pipe or a device, is written through.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Links that are followed one after another before they are taken for a circle, as many as Linux does.
const LINKS: usize = 40;

/// Writes `bytes` to `path`. Whoever opens `path` sees the old content or the new, never a part.
///
/// # Errors
/// As [`write_with`].
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_with(path, |file| file.write_all(bytes))
}

/// As [`write()`], for content that is made while it is written.
///
/// A plain file is replaced by one of the same mode, and where it cannot be replaced (it is a mount point, or
/// nothing may be made beside it) its content is. Anything else that is there is written to as it is.
///
/// # Errors
/// What `content` or the operating system says, such as for a file that may not be written; the temporary file
/// is then removed.
pub fn write_with(path: &Path, content: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    if let Some(mut stream) = standard_output(path) {
        return content(&mut stream);
    }
    match fs::metadata(path) {
        Ok(found) if found.is_file() => replace(&target(path), &found, content),
        Ok(_) => content(&mut OpenOptions::new().write(true).open(path)?),
        Err(error) if error.kind() == ErrorKind::NotFound => create(&target(path), content),
        Err(error) => Err(error),
    }
}

/// Whether `path` is what standard output goes to, such as `/dev/stdout`: whatever else is printed would get into
/// what is written there.
pub fn is_standard_output(path: &Path) -> bool {
    standard_output(path).is_some()
}

/// Whether something is at `path` that is no plain file and so promises no format by its name.
pub fn is_stream(path: &Path) -> bool {
    is_standard_output(path) || fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

fn create(path: &Path, content: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let mut temporary = beside(path)?;
    content(temporary.as_file_mut())?;
    sync(temporary.as_file())?;
    temporary.persist(path).map(drop).map_err(|failed| failed.error)
}

fn replace(
    path: &Path,
    found: &Metadata,
    content: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    // Replacing would pass over a protection against writing.
    drop(OpenOptions::new().write(true).open(path)?);
    let mut temporary = match beside(path) {
        Err(error) if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) => {
            return in_place(path, content);
        }
        made => made?,
    };
    content(temporary.as_file_mut())?;
    keep_owner_and_mode(temporary.as_file(), found);
    sync(temporary.as_file())?;
    match temporary.persist(path) {
        Ok(_) => Ok(()),
        // The content is whole by now, so that little can go wrong.
        Err(failed) => in_place(path, |file| io::copy(&mut failed.file.reopen()?, file).map(drop)),
    }
}

/// Writes over what a plain file holds.
fn in_place(path: &Path, content: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).truncate(true).open(path)?;
    content(&mut file)?;
    sync(&file)
}

/// What the name of a file that is being written begins with; so many letters follow.
const PARTIAL: &str = ".partial-";
const LETTERS: usize = 6;

/// Removes the temporary files in `folder` that are at least as old as `age`, which a killed program left behind. What cannot be
/// looked at or removed stays.
pub fn clear(folder: &Path, age: Duration) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_ours =
            name.to_str().and_then(|name| name.strip_prefix(PARTIAL)).map(str::len) == Some(LETTERS);
        let changed = entry.metadata().ok().filter(Metadata::is_file).and_then(|data| data.modified().ok());
        let passed = changed.and_then(|changed| changed.elapsed().ok());
        if is_ours && passed.is_some_and(|passed| passed >= age) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// A temporary file in the folder of `path`, hidden. Its name is short, since that of `path` may be as long as a name
/// can be, and random, since runs on several machines may share the folder.
fn beside(path: &Path) -> io::Result<tempfile::NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    tempfile::Builder::new().prefix(PARTIAL).rand_bytes(LETTERS).make_in(folder, |path| {
        // Like any new file, open to whom the umask leaves it.
        OpenOptions::new().read(true).write(true).create_new(true).open(path)
    })
}

/// Waits until the disk has the content. Some file systems cannot say.
fn sync(file: &File) -> io::Result<()> {
    match file.sync_all() {
        Err(error) if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::InvalidInput) => Ok(()),
        synced => synced,
    }
}

/// The file that `path` leads to through symbolic links, which need not exist.
fn target(path: &Path) -> PathBuf {
    let mut path = path.to_path_buf();
    for _ in 0..LINKS {
        let Ok(next) = fs::read_link(&path) else { break };
        path = path.parent().unwrap_or(Path::new("")).join(next);
    }
    path
}

/// As far as the file system and the rights of the user allow.
#[cfg(unix)]
fn keep_owner_and_mode(file: &File, found: &Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let owner = |of: &Metadata| (of.uid(), of.gid());
    if file.metadata().is_ok_and(|own| owner(&own) != owner(found)) {
        let _ = fchown(file, Some(found.uid()), Some(found.gid()));
    }
    let _ = file.set_permissions(found.permissions());
}

#[cfg(not(unix))]
fn keep_owner_and_mode(file: &File, found: &Metadata) {
    let _ = file.set_permissions(found.permissions());
}

/// Standard output, where `path` leads to it. Opened by its path a file would be written from its start again, over
/// what was printed.
#[cfg(unix)]
fn standard_output(path: &Path) -> Option<File> {
    use std::os::fd::AsFd;
    use std::os::unix::fs::MetadataExt;
    let found = fs::metadata(path).ok()?;
    let stream = File::from(io::stdout().as_fd().try_clone_to_owned().ok()?);
    let own = stream.metadata().ok()?;
    ((own.dev(), own.ino()) == (found.dev(), found.ino())).then_some(stream)
}

#[cfg(not(unix))]
fn standard_output(_path: &Path) -> Option<File> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_program_left_half_written_is_removed_once_it_is_old() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let [left, other, folder_of_others] =
            [".partial-zVmyX5", ".partial-results", ".partial-abcdef"].map(|name| folder.path().join(name));
        [&left, &other].into_iter().try_for_each(|path| fs::write(path, b"half"))?;
        fs::create_dir(&folder_of_others)?;
        clear(folder.path(), Duration::from_secs(3600));
        assert!(left.exists());
        clear(folder.path(), Duration::ZERO);
        assert!(!left.exists() && other.exists() && folder_of_others.exists());
        clear(&folder.path().join("none"), Duration::ZERO);
        Ok(())
    }

    #[test]
    fn a_file_is_replaced_and_nothing_else_is_left() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("record.csv");
        write(&path, b"old")?;
        write(&path, b"new")?;
        assert_eq!(fs::read(&path)?, b"new");
        assert_eq!(fs::read_dir(folder.path())?.count(), 1);
        Ok(())
    }

    #[test]
    fn content_that_fails_leaves_the_old_file_alone() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("record.csv");
        write(&path, b"old")?;
        let failed = write_with(&path, |file| file.write_all(b"ne").and(Err(io::Error::other("stopped"))));
        assert_eq!(failed.unwrap_err().to_string(), "stopped");
        assert_eq!(fs::read(&path)?, b"old");
        assert_eq!(fs::read_dir(folder.path())?.count(), 1);
        Ok(())
    }

    /// 255 bytes are what file systems allow.
    #[test]
    fn a_name_may_be_as_long_as_names_can_be() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        for length in [1, 247, 255] {
            let path = folder.path().join("x".repeat(length));
            write(&path, b"content")?;
            assert_eq!(fs::read(&path)?, b"content");
        }
        Ok(())
    }

    #[cfg(unix)]
    mod unix {
        use super::*;
        use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};

        fn mode(path: &Path) -> io::Result<u32> {
            Ok(fs::metadata(path)?.mode() & 0o7777)
        }

        #[test]
        fn the_mode_of_a_file_is_kept_and_a_new_one_has_the_usual() -> io::Result<()> {
            let folder = tempfile::tempdir()?;
            let [usual, path] = ["usual", "record.csv"].map(|name| folder.path().join(name));
            File::create(&usual)?;
            write(&path, b"old")?;
            assert_eq!(mode(&path)?, mode(&usual)?);
            for kept in [0o600, 0o664, 0o755] {
                fs::set_permissions(&path, PermissionsExt::from_mode(kept))?;
                write(&path, b"new")?;
                assert_eq!(mode(&path)?, kept);
            }
            Ok(())
        }

        #[test]
        fn links_are_followed_to_what_is_there_or_is_not_yet() -> io::Result<()> {
            let folder = tempfile::tempdir()?;
            let at = |name: &str| folder.path().join(name);
            fs::create_dir(at("store"))?;
            fs::write(at("store/old"), b"old")?;
            symlink("store/old", at("direct"))?;
            symlink("direct", at("link"))?;
            symlink("store/new", at("dangling"))?;
            write(&at("link"), b"through a link")?;
            write(&at("dangling"), b"made")?;
            assert_eq!(fs::read(at("store/old"))?, b"through a link");
            assert_eq!(fs::read(at("store/new"))?, b"made");
            for link in ["direct", "link", "dangling"] {
                assert!(at(link).is_symlink(), "{link}");
            }
            symlink("circle", at("circle"))?;
            assert!(write(&at("circle"), b"").is_err());
            Ok(())
        }

        #[test]
        fn a_pipe_and_a_device_stay_what_they_are() -> anyhow::Result<()> {
            let folder = tempfile::tempdir()?;
            let [pipe, device] = ["pipe", "device"].map(|name| folder.path().join(name));
            anyhow::ensure!(std::process::Command::new("mkfifo").arg(&pipe).status()?.success());
            let reader = std::thread::spawn({
                let pipe = pipe.clone();
                move || fs::read(pipe)
            });
            write(&pipe, b"through a pipe")?;
            assert!(fs::symlink_metadata(&pipe)?.file_type().is_fifo());
            assert_eq!(reader.join().expect("a reader")?, b"through a pipe");

            symlink("/dev/null", &device)?;
            write(&device, b"into nothing")?;
            assert!(device.is_symlink() && fs::metadata(&device)?.file_type().is_char_device());
            assert!(is_stream(&pipe) && is_stream(&device) && !is_stream(folder.path()));
            assert_eq!(fs::read_dir(folder.path())?.count(), 2);
            Ok(())
        }
    }
}
