//! Every way of explaining, in slices a second.

use crate::inputs::{Inputs, devices, output};
use crate::measurement::SliceTime;
use anyhow::Result;
use criterion::{Criterion, Throughput};
use lossbench::image::gather::gather;
use lossbench::saliency::method::{Explainer, METHODS};
use lossbench::saliency::{Place, Question, Scalar};

const SLICES: usize = 64;

/// A text whose work is told by its settings: defaults may change.
fn text(name: &str) -> String {
    let settings = match name {
        "smoothgrad" | "smoothgrad-squared" | "vargrad" => "(samples=10)",
        "integrated-gradients" => "(steps=10)",
        "occlusion" => "(window=8,stride=8)",
        _ => "",
    };
    format!("{name}{settings}")
}

/// Adds a bench a method and device.
pub fn benches(criterion: &mut Criterion<SliceTime>, inputs: &Inputs) -> Result<()> {
    let slices = inputs.prepared.test.read(0..SLICES)?;
    let (images, targets) = gather(&slices);
    let place = |slice: &lossbench::image::slice::Slice| Place {
        region: slice.region,
        seed: 0,
        volume: inputs.prepared.volumes[slice.volume].id.clone(),
        depth: slice.depth,
    };
    let places: Vec<Place> = slices.iter().map(place).collect();
    for device in devices()? {
        let predictor = inputs.predictor(&device);
        let scalar = Scalar { output: output(), loss: &inputs.loss };
        let question = Question::new(&predictor, scalar, &images, &targets, &places)?;
        let mut group = criterion.benchmark_group("map");
        group.throughput(Throughput::Elements(SLICES as u64));
        for kind in METHODS {
            let explainer = Explainer::parse("method", &text(kind.name)).map_err(anyhow::Error::msg)?;
            explainer.maps(&question)?;
            let id = format!("{}/{explainer}/batch{SLICES}", device.name);
            group.bench_function(id, |bencher| bencher.iter(|| explainer.maps(&question)));
        }
        group.finish();
    }
    Ok(())
}
