//! `dataset.json`, beside no image: a listing is refused, whatever it says, and no path leads outside.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lossbench::data::read_task;
use lossbench_fuzz::{file, folder, one_line};

fuzz_target!(|bytes: &[u8]| {
    let folder = folder();
    file(&folder, "dataset.json", bytes);
    match read_task(folder.path()) {
        Ok(_) => panic!("a task without a volume was read"),
        Err(fault) => one_line(&fault.to_string()),
    }
});
