//! Archives for `fetch`, their checksum right: nothing is written beside the task's folder, and a refusal
//! leaves nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lossbench::data::{KnownTask, fetch};
use lossbench_fuzz::{file, folder, one_line};
use md5::{Digest, Md5};

fuzz_target!(|bytes: &[u8]| {
    let (source, target) = (folder(), folder());
    let path = file(&source, "a.tar", bytes);
    let sum = format!("{:x}", Md5::digest(bytes));
    let from = path.to_str().expect("a plain path");
    let fetched = fetch(KnownTask::Hippocampus, Some(from), target.path(), Some(&sum), &mut |_, _| ());
    let left: Vec<_> = std::fs::read_dir(target.path()).expect("the folder").flatten().collect();
    match fetched {
        Ok(made) => assert!(left.len() == 1 && left[0].path() == made),
        Err(fault) => {
            one_line(&fault.to_string());
            assert!(left.is_empty(), "a refusal left {left:?}");
        }
    }
    assert_eq!(std::fs::read_dir(source.path()).expect("the folder").count(), 1);
});
