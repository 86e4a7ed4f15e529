//! PNG and TIFF as image and as label, told apart by content.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lossbench::data::picture::{read, read_image};
use lossbench_fuzz::{file, folder, one_line};

fuzz_target!(|bytes: &[u8]| {
    let folder = folder();
    let path = file(&folder, "a.png", bytes);
    match read_image(&path, &[]) {
        Ok((shape, voxels)) => {
            let pixels = shape.iter().product::<usize>();
            assert!(pixels > 0 && voxels.len() % pixels == 0, "{} voxels in {shape:?}", voxels.len());
            assert!(voxels.iter().all(|voxel| voxel.is_finite()));
        }
        Err(fault) => one_line(&fault.to_string()),
    }
    match read("a", &path, &[], &path) {
        Ok(volume) => assert_eq!(volume.label.len(), volume.shape.iter().product::<usize>()),
        Err(fault) => one_line(&fault.to_string()),
    }
});
