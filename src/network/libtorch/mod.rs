//! Training through libtorch's own operations and autograd. Through burn a batch norm and its gradient are
//! dozens of element-wise operations and a weight gradient is built of slices, which leaves a GPU idle (PERFORMANCE.md).

mod adam;
mod flat;
mod trainer;

pub use trainer::Trainer;

/// The device that libtorch calls what we call `name`; none where it is not libtorch's.
pub fn device(name: &str) -> Option<tch::Device> {
    match name.split_once(':') {
        None => (name == "tch-cpu").then_some(tch::Device::Cpu),
        Some(("tch-cuda", index)) => index.parse().ok().map(tch::Device::Cuda),
        Some(_) => None,
    }
}
