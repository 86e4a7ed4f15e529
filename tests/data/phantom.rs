//! The phantoms: reproducible, plausible, and sound at the ends of their ranges.

use lossbench::data::{Volume, read_task, write_task};
use lossbench::phantom::{PhantomConfig, volumes};
use rstest::rstest;

fn few(n: usize) -> PhantomConfig {
    PhantomConfig { volumes: n, ..PhantomConfig::default() }
}

/// Foreground voxels of each slice along z.
fn areas(volume: &Volume) -> Vec<usize> {
    let slice = volume.shape[0] * volume.shape[1];
    volume.label.chunks(slice).map(|s| s.iter().filter(|&&v| v > 0).count()).collect()
}

#[test]
fn a_volume_depends_on_seed_and_index_alone() {
    let three = volumes(&few(3)).unwrap();
    let two = volumes(&few(2)).unwrap();
    assert_eq!(three[..2], two[..]);
    assert_eq!(two[1].id, "phantom_002");
    assert_ne!(two, volumes(&PhantomConfig { seed: 1, ..few(2) }).unwrap());
}

#[test]
fn phantoms_read_back_bit_for_bit() {
    let dir = tempfile::tempdir().unwrap();
    let made = volumes(&few(3)).unwrap();
    write_task(dir.path(), "Phantom", &made).unwrap();
    assert_eq!(read_task(dir.path()).unwrap().volumes, made);
}

#[test]
fn they_resemble_hippocampus_crops() {
    let config = few(24);
    let made = volumes(&config).unwrap();
    for volume in &made {
        let [x, y, z] = volume.shape;
        assert!((31..=43).contains(&x) && (40..=59).contains(&y) && (24..=47).contains(&z));
        assert_eq!(volume.image.len(), x * y * z);
        assert!(volume.image.iter().all(|v| v.is_finite() && *v >= 0.0));
        assert!(
            [1, 2].iter().all(|part| volume.label.contains(part)) && volume.label.iter().all(|&v| v <= 2)
        );
        let total: usize = areas(volume).iter().sum();
        assert!((1200..7000).contains(&total), "{} has {total} voxels of foreground", volume.id);
        let filled = areas(volume).iter().filter(|&&a| a > 0).count();
        assert!(filled * 2 > z && filled < z, "{} has foreground in {filled} of {z} slices", volume.id);
    }
    let largest = |v: &Volume| v.image.iter().copied().fold(0.0, f32::max);
    let (low, high) = made.iter().map(largest).fold((f32::MAX, 0.0f32), |(l, h), m| (l.min(m), h.max(m)));
    assert!(high > 100.0 * low, "maxima from {low} to {high}");
}

#[rstest]
#[case([24, 24], [24, 24], [12, 12])]
#[case([128, 128], [24, 24], [12, 12])]
#[case([24, 24], [128, 128], [40, 40])]
fn the_hardest_settings_still_have_both_parts(
    #[case] width: [usize; 2],
    #[case] height: [usize; 2],
    #[case] depth: [usize; 2],
) {
    let config = PhantomConfig {
        width,
        height,
        depth,
        deformation: 3.0,
        outline: 1.0,
        noise: 0.5,
        texture: 0.5,
        bias: 0.8,
        contrast: 0.1,
        similarity: 1.0,
        vessels: 10.0,
        ..few(12)
    };
    for volume in volumes(&config).unwrap() {
        assert!(volume.label.contains(&1) && volume.label.contains(&2), "{}", volume.id);
        assert!(volume.image.iter().all(|v| v.is_finite() && *v >= 0.0));
    }
}

#[rstest]
#[case(PhantomConfig { volumes: 0, ..few(1) }, "`volumes`")]
#[case(PhantomConfig { width: [40, 30], ..few(1) }, "`width`")]
#[case(PhantomConfig { depth: [4, 30], ..few(1) }, "`depth`")]
#[case(PhantomConfig { noise: f64::NAN, ..few(1) }, "`noise` should be from 0 to 0.5, but is NaN")]
#[case(PhantomConfig { intensity: [1.0, 5.0], ..few(1) }, "`intensity`")]
fn fields_out_of_range_are_named(#[case] config: PhantomConfig, #[case] fault: &str) {
    let text = volumes(&config).unwrap_err().to_string();
    assert!(text.contains(fault), "{text}");
}

#[test]
fn unknown_fields_are_named() {
    let text = serde_json::from_str::<PhantomConfig>(r#"{"noize": 0.1}"#).unwrap_err().to_string();
    assert!(text.contains("noize"), "{text}");
    assert_eq!(serde_json::from_str::<PhantomConfig>("{}").unwrap(), PhantomConfig::default());
}
