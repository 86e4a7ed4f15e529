//! NIfTI files made byte by byte, sound and hostile.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use flate2::{Compression, write::GzEncoder};
use lossbench::data::nifti::{Voxels, plain_header, read_image, read_label, write_like};
use rstest::rstest;
use tempfile::TempDir;

/// A header under construction, in either byte order.
#[derive(Clone)]
struct Raw {
    bytes: Vec<u8>,
    big: bool,
}

impl Raw {
    fn new(big: bool, dim: &[i16], datatype: i16) -> Self {
        let mut raw = Self { bytes: vec![0; 352], big };
        raw.i32(0, 348);
        for at in 0..8 {
            raw.i16(40 + 2 * at, dim.get(at).copied().unwrap_or(1));
        }
        raw.i16(70, datatype);
        raw.f32(108, 352.0);
        raw.bytes[344..348].copy_from_slice(b"n+1\0");
        raw
    }
    fn put(&mut self, at: usize, mut le: Vec<u8>) {
        if self.big {
            le.reverse();
        }
        self.bytes[at..at + le.len()].copy_from_slice(&le);
    }
    fn i16(&mut self, at: usize, v: i16) {
        self.put(at, v.to_le_bytes().to_vec());
    }
    fn i32(&mut self, at: usize, v: i32) {
        self.put(at, v.to_le_bytes().to_vec());
    }
    fn f32(&mut self, at: usize, v: f32) {
        self.put(at, v.to_le_bytes().to_vec());
    }
    fn slope(mut self, slope: f32, inter: f32) -> Self {
        self.f32(112, slope);
        self.f32(116, inter);
        self
    }
    fn with(&self, data: &[u8]) -> Vec<u8> {
        [self.bytes.as_slice(), data].concat()
    }
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::default());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn saved(name: &str, bytes: &[u8]) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    fs::write(&path, bytes).unwrap();
    (dir, path)
}

fn refusal(name: &str, bytes: &[u8]) -> String {
    let (_dir, path) = saved(name, bytes);
    let text = read_image(&path).unwrap_err().to_string();
    assert!(text.starts_with(path.to_str().unwrap()) && !text.contains('\n'), "{text}");
    text
}

macro_rules! encoded {
    ($big:expr, $t:ty, $v:expr) => {
        $v.iter()
            .flat_map(|&v| if $big { (v as $t).to_be_bytes() } else { (v as $t).to_le_bytes() })
            .collect()
    };
}

#[rstest]
fn every_plain_type_in_both_orders(
    #[values(2, 4, 8, 16, 64, 256, 512, 768)] datatype: i16,
    #[values(false, true)] big: bool,
    #[values("x.nii", "x.nii.gz")] name: &str,
) {
    let signed = [4, 8, 16, 64, 256].contains(&datatype);
    let values: Vec<f64> = (0..24).map(|i| f64::from(if signed { i - 12 } else { i })).collect();
    let data: Vec<u8> = match datatype {
        2 => encoded!(big, u8, values),
        4 => encoded!(big, i16, values),
        8 => encoded!(big, i32, values),
        16 => encoded!(big, f32, values),
        64 => encoded!(big, f64, values),
        256 => encoded!(big, i8, values),
        512 => encoded!(big, u16, values),
        _ => encoded!(big, u32, values),
    };
    for (slope, inter, expected) in [
        (0.0, 5.0, values.clone()),
        (f32::NAN, f32::NAN, values.clone()),
        (0.5, -3.0, values.iter().map(|v| v * 0.5 - 3.0).collect()),
    ] {
        let bytes = Raw::new(big, &[3, 2, 3, 4], datatype).slope(slope, inter).with(&data);
        let (_dir, path) = saved(name, &if name.ends_with("gz") { gz(&bytes) } else { bytes });
        let image = read_image(&path).unwrap();
        assert_eq!(image.shape, [2, 3, 4]);
        assert_eq!(image.voxels, expected.iter().map(|&v| v as f32).collect::<Vec<_>>());
    }
}

#[rstest]
#[case(&[2, 3, 4], [3, 4, 1])]
#[case(&[3, 3, 4, 1], [3, 4, 1])]
#[case(&[4, 3, 2, 2, 1], [3, 2, 2])]
fn flat_and_single_channel_shapes(#[case] dim: &[i16], #[case] shape: [usize; 3]) {
    let (_dir, path) = saved("x.nii", &Raw::new(false, dim, 2).with(&[7; 12]));
    let image = read_image(&path).unwrap();
    assert_eq!(image.shape, shape);
    let out = path.with_file_name("out.nii.gz");
    write_like(&out, &image.header, image.shape, Voxels::F32(&[0.25; 12])).unwrap();
    let back = read_image(&out).unwrap();
    assert_eq!((back.header.dim, back.voxels), (image.header.dim, vec![0.25; 12]));
}

#[test]
fn channels_lie_along_the_fourth_axis() {
    let (dir, path) =
        saved("x.nii", &Raw::new(false, &[4, 3, 1, 2, 2], 2).with(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]));
    let image = read_image(&path).unwrap();
    assert_eq!((image.shape, image.channels()), ([3, 1, 2], 2));
    assert_eq!(image.voxels[6..], [7.0, 8.0, 9.0, 10.0, 11.0, 12.0]);
    assert!(read_label(&path).unwrap_err().to_string().contains("a label should have one channel"));
    // One channel is written as a 3-D file, and as many as the source's like the source.
    let out = dir.path().join("out.nii");
    write_like(&out, &image.header, image.shape, Voxels::F32(&[0.5; 6])).unwrap();
    let back = read_image(&out).unwrap();
    assert_eq!((back.header.dim, back.channels()), ([3, 3, 1, 2, 1, 1, 1, 1], 1));
    write_like(&out, &image.header, image.shape, Voxels::F32(&image.voxels)).unwrap();
    let back = read_image(&out).unwrap();
    assert_eq!((back.header.dim, back.voxels), (image.header.dim, image.voxels));
    let short = refusal("x.nii", &Raw::new(false, &[4, 3, 1, 2, 2], 2).with(&[0; 11]));
    assert!(short.contains("3 x 1 x 2 x 2 voxels need 12 bytes, but 11"), "{short}");
}

#[rstest]
#[case(&[0, 2, 2, 2], "dim[0] should be from 1 to 7")]
#[case(&[-3, 2, 2, 2], "dim[0] should be from 1 to 7")]
#[case(&[8, 2, 2, 2], "dim[0] should be from 1 to 7")]
#[case(&[1, 8], "has 1 dimensions")]
#[case(&[3, 2, 0, 2], "dim[2] should be at least 1, but is 0")]
#[case(&[3, 2, 2, -7], "dim[3] should be at least 1, but is -7")]
#[case(&[3, 32767, 32767, 32767], "more than the limit")]
#[case(&[5, 2, 2, 2, 1, 3], "more than four dimensions (2 x 2 x 2 x 1 x 3)")]
#[case(&[4, 1024, 1024, 256, 3], "declares 1024 x 1024 x 256 x 3 voxels, more than the limit")]
fn bad_dimensions(#[case] dim: &[i16], #[case] fault: &str, #[values(false, true)] big: bool) {
    let text = refusal("x.nii", &Raw::new(big, dim, 2).with(&[0; 8]));
    assert!(text.contains(fault), "{text}");
}

#[rstest]
#[case(32, "complex")]
#[case(128, "colours")]
#[case(1024, "64-bit integers")]
#[case(1536, "128-bit")]
#[case(-5, "unknown")]
fn bad_types(#[case] datatype: i16, #[case] fault: &str) {
    let text = refusal("x.nii", &Raw::new(false, &[3, 2, 2, 2], datatype).with(&[0; 64]));
    assert!(text.contains(fault), "{text}");
}

#[test]
fn foreign_formats() {
    let sound = Raw::new(false, &[3, 2, 2, 2], 2);
    let mut two = sound.clone();
    two.i32(0, 540);
    assert!(refusal("x.nii", &two.with(&[0; 200])).contains("NIfTI-2"));
    let mut pair = sound.clone();
    pair.bytes[344..348].copy_from_slice(b"ni1\0");
    assert!(refusal("x.nii", &pair.with(&[0; 8])).contains(".hdr and .img"));
    let mut analyze = sound.clone();
    analyze.bytes[344..348].fill(0);
    assert!(refusal("x.nii", &analyze.with(&[0; 8])).contains("magic"));
    assert!(
        refusal("x.nii", b"not an image at all, but a text that is long enough to be looked at")
            .contains("is not a NIfTI-1")
    );
    assert!(refusal("x.nii.gz", b"").contains("too short"));
    assert!(refusal("x.nii", &sound.bytes[..100]).contains("100 of the 348 bytes"));
    for offset in [0.0, 351.0, 352.5, 1e30, f32::NAN, -352.0] {
        let mut shifted = sound.clone();
        shifted.f32(108, offset);
        assert!(refusal("x.nii", &shifted.with(&[0; 8])).contains("vox_offset"));
    }
    assert!(refusal("x.nii", &sound.clone().slope(f32::INFINITY, 0.0).with(&[0; 8])).contains("slope"));
    assert!(refusal("x.nii", &sound.slope(2.0, f32::NAN).with(&[0; 8])).contains("intercept"));
}

#[test]
fn truncation_and_surplus_are_told_in_bytes() {
    let raw = Raw::new(false, &[3, 2, 2, 2], 4);
    let text = refusal("x.nii", &raw.with(&[0; 11]));
    assert!(text.contains("need 16 bytes, but 11 are there (5 of 8 voxels)"), "{text}");
    let text = refusal("x.nii.gz", &gz(&raw.with(&[0; 11])));
    assert!(text.contains("need 16 bytes, but 11"), "{text}");
    assert!(refusal("x.nii", &raw.with(&[0; 17])).contains("more than the 16 bytes"));
    let whole = gz(&raw.with(&[0; 16]));
    for cut in [5, 12, 30, whole.len() - 1] {
        refusal("x.nii.gz", &whole[..cut]);
    }
    let mut flipped = whole;
    let at = flipped.len() - 6;
    flipped[at] ^= 1;
    assert!(refusal("x.nii.gz", &flipped).contains("truncated or damaged"));
}

#[test]
fn a_large_promise_and_a_bomb_take_no_memory() {
    let promise = Raw::new(false, &[3, 1024, 1024, 256], 64);
    assert!(refusal("x.nii", &promise.with(&[0; 10])).contains("need 2147483648 bytes, but 10"));
    let small = Raw::new(false, &[3, 2, 2, 2], 2);
    assert!(refusal("x.nii.gz", &gz(&small.with(&vec![0; 50_000_000]))).contains("more than the 8 bytes"));
}

#[test]
fn values_that_are_not_finite_are_counted() {
    let mut values = [1.0f32; 12];
    values[7] = f32::NAN;
    values[9] = f32::INFINITY;
    let data: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let text = refusal("x.nii", &Raw::new(false, &[3, 2, 3, 2], 16).with(&data));
    assert!(text.contains("2 of 12 voxels") && text.contains("NaN at (1, 0, 1)"), "{text}");
}

#[rstest]
#[case(&[0.0, 1.0, 255.0, 2.0], true)]
#[case(&[0.0, 1.5, 0.0, 0.0], false)]
#[case(&[0.0, 256.0, 0.0, 0.0], false)]
#[case(&[-1.0, 0.0, 0.0, 0.0], false)]
#[case(&[0.0, f32::NAN, 0.0, 0.0], false)]
fn labels_are_small_whole_numbers(#[case] values: &[f32], #[case] sound: bool) {
    let data: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let (_dir, path) = saved("l.nii", &Raw::new(false, &[2, 2, 2], 16).with(&data));
    match read_label(&path) {
        Ok(label) => assert!(sound && label.voxels == [0, 1, 255, 2]),
        Err(e) => assert!(!sound && e.to_string().contains("whole numbers from 0 to 255"), "{e}"),
    }
}

#[test]
fn missing_files_and_folders() {
    let dir = tempfile::tempdir().unwrap();
    assert!(read_image(&dir.path().join("no.nii")).unwrap_err().to_string().contains("no such file"));
    assert!(read_image(dir.path()).unwrap_err().to_string().contains("is a folder"));
}

#[rstest]
fn written_like_the_source(#[values("o.nii", "o.b.nii.gz")] name: &str, #[values(false, true)] big: bool) {
    let mut raw = Raw::new(big, &[4, 2, 2, 2, 1], 4).slope(0.1, 3.0);
    raw.f32(80, 0.7);
    raw.f32(280, -0.7);
    raw.f32(124, 900.0);
    raw.i16(254, 2);
    raw.bytes[123] = 10;
    raw.bytes[148..152].copy_from_slice(b"head");
    let (dir, path) = saved("in.nii", &raw.with(&[0; 16]));
    let source = read_image(&path).unwrap();
    let out = dir.path().join(name);
    write_like(&out, &source.header, source.shape, Voxels::U8(&[0, 1, 2, 3, 4, 5, 6, 7])).unwrap();
    let back = read_label(&out).unwrap();
    assert_eq!(back.voxels, [0, 1, 2, 3, 4, 5, 6, 7]);
    let (a, b) = (&source.header, &back.header);
    assert_eq!((a.dim, a.pixdim, a.srow_x, a.sform_code), (b.dim, b.pixdim, b.srow_x, b.sform_code));
    assert_eq!((a.xyzt_units, &a.descrip), (b.xyzt_units, &b.descrip));
    assert_eq!((b.datatype, b.bitpix, b.scl_slope, b.cal_max), (2, 8, 1.0, 0.0));
    assert_eq!(fs::read(&out).unwrap().starts_with(&[0x1f, 0x8b]), name.ends_with("gz"));
    let names: Vec<_> = fs::read_dir(dir.path()).unwrap().collect();
    assert_eq!(names.len(), 2, "nothing half-written stays");
}

#[test]
fn writing_refuses_what_does_not_fit() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("o.nii");
    let header = plain_header([2, 2, 2], 1.0);
    assert!(write_like(&path, &header, [2, 2, 1], Voxels::U8(&[0; 4])).is_err());
    assert!(write_like(&path, &header, [2, 2, 2], Voxels::U8(&[0; 7])).is_err());
    assert!(
        write_like(&path, &plain_header([40_000, 1, 1], 1.0), [40_000, 1, 1], Voxels::U8(&[0; 40_000]))
            .is_err()
    );
    assert!(write_like(&dir.path().join("no/o.nii"), &header, [2, 2, 2], Voxels::U8(&[0; 8])).is_err());
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}
