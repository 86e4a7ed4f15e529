//! Tables of volumes and of splits that a user writes, beside one picture: read or refused in one line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lossbench::data::given::Given;
use lossbench::data::listing::list;
use lossbench_fuzz::{file, folder, one_line};

fuzz_target!(|bytes: &[u8]| {
    let folder = folder();
    let path = file(&folder, "list.csv", bytes);
    file(&folder, "a.png", include_bytes!("../../fixtures/pictures/grey8.png"));
    match list(&path, |_| true) {
        Ok(listing) => {
            assert!(!listing.entries.is_empty(), "a table without a volume was listed");
            let faults = listing.entries.iter().filter_map(|entry| entry.read().err());
            faults.for_each(|fault| one_line(&fault.to_string()));
        }
        Err(fault) => one_line(&fault.to_string()),
    }
    if let Err(fault) = Given::read(&path) {
        one_line(&fault.to_string());
    }
});
