//! Agreement with PyTorch, MONAI, nibabel and SciPy, whose numbers lie in `fixtures/`.

mod dice;
mod losses;
mod nifti;
mod places;
mod spread;
mod support;
mod training_step;
mod unet;
