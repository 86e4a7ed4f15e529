//! Agreement with PyTorch, MONAI, nibabel and SciPy, whose numbers lie in `fixtures/`.

mod attacks;
mod devices;
mod dice;
mod loss_edges;
mod losses;
mod maps;
mod nifti;
mod similarity;
mod sparse;
mod spread;
mod support;
mod training_step;
mod unet;
mod variations;
