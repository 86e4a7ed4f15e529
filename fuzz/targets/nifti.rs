//! Images and labels, gzipped where the input begins as gzip does.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lossbench::data::nifti::{read_image, read_label};
use lossbench_fuzz::{file, folder, one_line};

fuzz_target!(|bytes: &[u8]| {
    let folder = folder();
    let name = if bytes.starts_with(&[0x1f, 0x8b]) { "a.nii.gz" } else { "a.nii" };
    let path = file(&folder, name, bytes);
    match read_image(&path) {
        Ok(image) => {
            assert_eq!(image.voxels.len(), image.shape.iter().product::<usize>() * image.channels());
            assert!(image.voxels.iter().all(|voxel| voxel.is_finite()));
        }
        Err(fault) => one_line(&fault.to_string()),
    }
    match read_label(&path) {
        Ok(label) => assert_eq!(label.voxels.len(), label.shape.iter().product::<usize>()),
        Err(fault) => one_line(&fault.to_string()),
    }
});
