//! One run at a time writes into a run folder, where its file system can see to that.

use crate::atomic;
use crate::fault::Fault;
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Files half written that are as old as this were left behind by a run that was killed: whoever reports on the folder beside
/// this one takes no minute to write a file.
const LEFT_BEHIND: Duration = Duration::from_secs(60);

/// Holds a run folder until dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
    folder: PathBuf,
    /// Why the folder is not held.
    lacks: Option<io::Error>,
}

impl Lock {
    /// Takes the folder.
    ///
    /// # Errors
    /// [`Fault`] where another run holds it, or nothing may be written there.
    pub fn take(folder: &Path) -> Result<Self, Fault> {
        let path = folder.join(".lock");
        let file = File::create(&path).map_err(|error| Fault::new(&path, error))?;
        let lacks = outcome(file.try_lock()).map_err(|fault| Fault::new(folder, fault))?;
        if lacks.is_none() {
            written(folder).for_each(|folder| atomic::clear(&folder, LEFT_BEHIND));
        }
        Ok(Self { _file: file, folder: folder.to_path_buf(), lacks })
    }

    /// What to tell the user where the file system has no locks. The run needs none if it is alone: its records
    /// are whole or not there at all.
    pub fn warning(&self) -> Option<Fault> {
        let fault = |error: &io::Error| {
            format!("cannot be locked here ({error}); start no second run in this folder")
        };
        self.lacks.as_ref().map(|error| Fault::new(&self.folder, fault(error)))
    }
}

/// The folders into which a run in `folder` writes.
fn written(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let inner = ["cells", "transfer"]
        .into_iter()
        .flat_map(|part| fs::read_dir(folder.join(part)).into_iter().flatten().flatten());
    [folder.to_path_buf(), folder.join("figures")].into_iter().chain(inner.map(|entry| entry.path()))
}

/// Whether the folder is held, or why it cannot be.
///
/// # Errors
/// A line where another run holds it. Some network file systems say so with a denied permission.
fn outcome(tried: Result<(), TryLockError>) -> Result<Option<io::Error>, String> {
    match tried {
        Ok(()) => Ok(None),
        Err(TryLockError::Error(error)) if error.kind() != ErrorKind::PermissionDenied => Ok(Some(error)),
        Err(_) => Err("another run is writing here: wait for it, or choose another --out".to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use std::time::SystemTime;

    #[test]
    fn a_folder_is_held_by_one_run_at_a_time() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let held = Lock::take(folder.path())?;
        assert!(held.warning().is_none());
        let message = Lock::take(folder.path()).unwrap_err().to_string();
        assert!(message.contains("another run is writing here"), "{message}");
        drop(held);
        Lock::take(folder.path())?;
        Ok(())
    }

    /// Older than a minute, as of a run that was killed.
    #[test]
    fn what_a_killed_run_left_half_written_goes_with_the_next() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let cell = folder.path().join("cells/dice-s0");
        fs::create_dir_all(&cell)?;
        let [old, new] = [".partial-KuQkSV", ".partial-Ckt6oO"].map(|name| cell.join(name));
        fs::write(&old, "half")?;
        fs::write(&new, "half")?;
        File::options().write(true).open(&old)?.set_modified(SystemTime::now() - 2 * LEFT_BEHIND)?;
        Lock::take(folder.path())?;
        assert!(!old.exists() && new.exists());
        Ok(())
    }

    /// By the numbers of Linux: ENOSYS, EOPNOTSUPP, ENOLCK, EINVAL, EIO.
    #[rstest]
    fn a_file_system_without_locks_is_no_reason_to_stop(
        #[values(38, 95, 37, 22, 5)] number: i32,
    ) -> anyhow::Result<()> {
        let error = TryLockError::Error(io::Error::from_raw_os_error(number));
        let lacks = outcome(Err(error)).map_err(anyhow::Error::msg)?;
        let folder = tempfile::tempdir()?;
        let lock = Lock { lacks, ..Lock::take(folder.path())? };
        let warning = lock.warning().map(|fault| fault.to_string()).unwrap_or_default();
        assert!(
            warning.contains(&format!("cannot be locked here ({}", io::Error::from_raw_os_error(number))),
            "{warning}"
        );
        Ok(())
    }

    #[rstest]
    #[case(TryLockError::WouldBlock)]
    #[case(TryLockError::Error(ErrorKind::PermissionDenied.into()))]
    fn a_folder_that_another_run_holds_is_refused(#[case] error: TryLockError) {
        assert!(outcome(Err(error)).unwrap_err().contains("another run is writing here"));
    }
}
