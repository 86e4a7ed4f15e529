//! Reading, writing and fetching data, and the phantoms, through the public interface.

mod decathlon;
mod fetch;
mod nifti;
mod nnunet;
mod own;
mod phantom;
mod slicing;
