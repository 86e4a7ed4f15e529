//! Study files. What is read writes back and has a hash, so that every run can be resumed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lossbench::definition::study::Study;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(study) = Study::parse(text, &[]) {
        let hash = study.identity().expect("an identity").hash;
        assert!(!study.arms.is_empty());
        study.sweeps.values().for_each(|sweep| assert!(!sweep.budgets().is_empty()));
        let written = toml::to_string(&study).expect("a study that can be written");
        let again = Study::parse(&written, &[]).expect("a study that can be read again");
        assert_eq!(again.identity().expect("an identity").hash, hash);
    }
});
