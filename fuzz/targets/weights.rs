//! Weights: what is read is a whole U-Net and writes back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lossbench::network::unet::weights::Weights;
use lossbench_fuzz::{file, folder, one_line};

fuzz_target!(|bytes: &[u8]| {
    let folder = folder();
    match Weights::read(&file(&folder, "a.safetensors", bytes)) {
        Ok(weights) => {
            let path = folder.path().join("b.safetensors");
            weights.write(&path).expect("weights that can be written");
            let again = Weights::read(&path).expect("weights that can be read again");
            assert_eq!(again.config(), weights.config());
        }
        Err(fault) => one_line(&fault.to_string()),
    }
});
