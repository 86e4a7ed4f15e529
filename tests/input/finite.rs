//! Networks whose numbers leave the finite ones: refused, on every device alike.

use super::refused;
use anyhow::{Context, Result};
use lossbench::data::nifti::{Voxels, plain_header, write_like};
use lossbench::network::arrays::Arrays;
use lossbench::network::unet::UNetConfig;
use lossbench::network::unet::weights::Weights;
use rstest::rstest;
use safetensors::tensor::{Dtype, TensorView};
use std::path::Path;

fn arrays() -> Result<Arrays> {
    Ok(Weights::random(&UNetConfig::new(2, 4).map_err(anyhow::Error::msg)?, 3).arrays().clone())
}

/// Writes weights after `change` to one tensor, whatever they are then.
fn write(path: &Path, tensor: &str, change: impl Fn(f32) -> f32) -> Result<()> {
    let mut arrays = arrays()?;
    let array = arrays.get_mut(tensor).context("a tensor")?;
    array.values.iter_mut().for_each(|value| *value = change(*value));
    let bytes: Vec<(String, Vec<usize>, Vec<u8>)> = arrays
        .into_iter()
        .map(|(name, array)| (name, array.shape, array.values.iter().flat_map(|v| v.to_le_bytes()).collect()))
        .collect();
    let views = bytes
        .iter()
        .map(|(name, shape, bytes)| Ok((name, TensorView::new(Dtype::F32, shape.clone(), bytes)?)))
        .collect::<Result<Vec<_>>>()?;
    Ok(std::fs::write(path, safetensors::serialize(views, None)?)?)
}

fn write_scan(folder: &Path) -> Result<()> {
    let shape = [13, 10, 3];
    let voxels: Vec<f32> = (0..390).map(|voxel| (voxel * 7919 % 1013) as f32).collect();
    Ok(write_like(&folder.join("scan.nii.gz"), &plain_header(shape, 1.0), shape, Voxels::F32(&voxels))?)
}

fn of_scan<'a>(command: &'a str, device: &'a str) -> Vec<&'a str> {
    let files = ["--weights", "w.safetensors", "--image", "scan.nii.gz", "--out", "out.nii.gz"];
    [command, "--device", device].into_iter().chain(files).collect()
}

#[rstest]
fn an_overflow_is_an_error_that_names_the_first_layer(
    #[values("cpu", "flex")] device: &str,
    #[values("predict", "saliency")] command: &str,
    #[values("encoder.0.conv1", "bottleneck.conv2", "up.1", "head")] layer: &str,
) -> Result<()> {
    let folder = tempfile::tempdir()?;
    write_scan(folder.path())?;
    // Of both signs, so that some sum is beyond what ReLU cuts off.
    let huge = |value: f32| if value < 0.0 { -3e38 } else { 3e38 };
    write(&folder.path().join("w.safetensors"), &format!("{layer}.weight"), huge)?;
    let mut arguments = of_scan(command, device);
    arguments.extend(["--intensity", "0", "1e6"]);
    let message = refused(folder.path(), &arguments)?;
    assert!(message.contains("w.safetensors") && message.contains(&format!("'{layer}'")), "{message}");
    assert!(!folder.path().join("out.nii.gz").exists());
    Ok(())
}

#[rstest]
#[case("encoder.0.norm1.running_var", |value: f32| -value)]
#[case("decoder.1.norm2.running_var", |value: f32| value - 1.5)]
#[case("bottleneck.conv1.weight", |_| f32::NAN)]
#[case("head.bias", |_| f32::INFINITY)]
#[case("encoder.1.norm2.running_var", |_| f32::NEG_INFINITY)]
fn weights_that_no_network_can_have_are_refused_when_read(
    #[case] tensor: &str,
    #[case] change: fn(f32) -> f32,
    #[values("cpu", "flex")] device: &str,
) -> Result<()> {
    let folder = tempfile::tempdir()?;
    write_scan(folder.path())?;
    write(&folder.path().join("w.safetensors"), tensor, change)?;
    let message = refused(folder.path(), &of_scan("predict", device))?;
    assert!(message.contains(&format!("w.safetensors: tensor '{tensor}'")), "{message}");
    Ok(())
}

#[rstest]
fn an_intensity_that_is_not_finite_is_refused(#[values("inf", "NaN")] high: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    write_scan(folder.path())?;
    write(&folder.path().join("w.safetensors"), "head.bias", |value| value)?;
    let mut arguments = of_scan("predict", "cpu");
    arguments.extend(["--intensity", "0", high]);
    let message = refused(folder.path(), &arguments)?;
    assert!(message.contains("--intensity should be two rising numbers"), "{message}");
    Ok(())
}
