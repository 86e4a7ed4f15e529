//! What happens on the host alone: spread of saliency maps, reading NIfTI files.

use crate::inputs::{Inputs, folder};
use crate::measurement::SliceTime;
use anyhow::{Result, ensure};
use criterion::{Criterion, Throughput};
use lossbench::data::decathlon;
use lossbench::data::nifti::read_image;
use lossbench::phantom::{self, PhantomConfig};
use lossbench::spread::measure_all;
use std::hint::black_box;

/// Adds the benches.
pub fn benches(criterion: &mut Criterion<SliceTime>, inputs: &Inputs) -> Result<()> {
    let slice = &inputs.prepared.test.read([0])?[0];
    let gradient = slice.region.crop(&slice.image);
    let mask = slice.region.crop(&slice.mask);
    let measures = measure_all(&gradient, &mask, slice.region.width);
    ensure!(measures.iter().all(|(_, value)| value.is_finite()), "a measure has no value");
    let mut group = criterion.benchmark_group("spread");
    group.throughput(Throughput::Elements(1));
    group.bench_function("all-measures", |bencher| {
        bencher.iter(|| measure_all(black_box(&gradient), &mask, slice.region.width));
    });
    group.finish();

    let task = folder()?.join("task");
    let volumes = phantom::volumes(&PhantomConfig { volumes: 1, ..PhantomConfig::default() })?;
    if !task.exists() {
        decathlon::write_task(&task, "Phantom", &volumes)?;
    }
    let path = task.join("imagesTr").join("phantom_001.nii.gz");
    let image = read_image(&path)?;
    ensure!(image.voxels.len() == image.shape.iter().product::<usize>(), "voxels are missing");
    let mut group = criterion.benchmark_group("nifti");
    group.throughput(Throughput::Elements(image.shape[2] as u64));
    group.bench_function("read-gz", |bencher| bencher.iter(|| read_image(black_box(&path))));
    group.finish();
    Ok(())
}
