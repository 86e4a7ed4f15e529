//! The arrays that the contenders share, in a safetensors file each way.

use super::{BATCH, SLICES, STEPS, batch};
use crate::inputs::Inputs;
use crate::sweeps::Target;
use anyhow::{Context, Result, ensure};
use lossbench::attack::trial::Trial;
use lossbench::attack::{self, Attack};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use std::path::Path;

/// Images that every contender works on.
pub struct Shared {
    /// The slices, laid end to end.
    pub images: Vec<f32>,
    /// Their masks.
    pub masks: Vec<f32>,
    /// The same slices with the largest budget of Fig. 5 spent on the pixels of highest gradient.
    pub attacked: Vec<f32>,
}

/// Writes what `peer.py` reads; its head says what each array is.
pub fn write(inputs: &Inputs, target: &Target, path: &Path) -> Result<Shared> {
    let [height, width] = inputs.prepared.size;
    let (images, masks) = inputs.slices(SLICES)?;
    let slices = target.prepared.test.all()?;
    let sweep = inputs.study.sweeps.get("fig5").context("fig5")?;
    let budgets: Vec<usize> = sweep.budgets().iter().filter_map(|budget| budget.pixels()).collect();
    let most = budgets.iter().copied().max().unwrap_or(0);
    let level = sweep.levels.first().copied().context("a level")?;
    let signed = attack::find("signed").and_then(Attack::ranked).context("no such attack")?;
    let mut order = Vec::new();
    let mut attacked = images.clone();
    for (number, slice) in slices.iter().enumerate() {
        let saliency = &target.maps.read(number)?;
        let chosen = signed.choose(&Trial { slice, saliency, volume: "", seed: "", number: 0 }, most)?;
        chosen.iter().for_each(|pixel| attacked[number * height * width + pixel] = level);
        order.extend(chosen);
    }
    let region = |slice: &lossbench::image::slice::Slice| {
        let region = &slice.region;
        [region.top, region.left, region.height, region.width]
    };
    let regions: Vec<usize> = slices.iter().flat_map(region).collect();
    let batches: Vec<usize> = (0..STEPS).flat_map(batch).collect();

    let floats = |values: &[f32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let whole = |values: &[usize]| values.iter().flat_map(|&v| (v as i64).to_le_bytes()).collect::<Vec<u8>>();
    let parts = [
        ("images", Dtype::F32, vec![SLICES, height, width], floats(&images)),
        ("masks", Dtype::F32, vec![SLICES, height, width], floats(&masks)),
        ("attacked", Dtype::F32, vec![SLICES, height, width], floats(&attacked)),
        ("regions", Dtype::I64, vec![SLICES, 4], whole(&regions)),
        ("order", Dtype::I64, vec![SLICES, most], whole(&order)),
        ("budgets", Dtype::I64, vec![budgets.len()], whole(&budgets)),
        ("batches", Dtype::I64, vec![STEPS, BATCH], whole(&batches)),
    ];
    let views = parts
        .iter()
        .map(|(name, dtype, shape, bytes)| Ok((*name, TensorView::new(*dtype, shape.clone(), bytes)?)))
        .collect::<Result<Vec<_>>>()?;
    std::fs::write(path, safetensors::serialize(views, None)?)?;
    Ok(Shared { images, masks, attacked })
}

/// One array of 32-bit floats of a file.
pub fn read(path: &Path, name: &str) -> Result<Vec<f32>> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    let arrays = SafeTensors::deserialize(&bytes)?;
    let array = arrays.tensor(name)?;
    ensure!(array.dtype() == Dtype::F32, "{name} is {:?}", array.dtype());
    let value = |bytes: &[u8]| bytes.try_into().map(f32::from_le_bytes);
    Ok(array.data().chunks(4).map(value).collect::<Result<_, _>>()?)
}
