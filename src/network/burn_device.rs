//! The devices that burn's backends bring, each behind a cargo feature.

use burn::tensor::Device as BurnDevice;

/// A kind of GPU, opened by number.
pub struct Gpus {
    /// What stands before the number.
    pub kind: &'static str,
    /// The first few names.
    pub names: &'static [&'static str],
    /// The cargo feature that brings it.
    pub feature: &'static str,
    /// Whether this build has it.
    pub built: bool,
    /// How many there are on this machine; 0 where this build lacks the kind.
    pub count: fn() -> usize,
    /// The one with a number; none where it is not there.
    pub open: fn(usize) -> Option<BurnDevice>,
}

/// Every kind.
pub const GPUS: &[Gpus] = &[
    Gpus {
        kind: "tch-cuda",
        names: &["tch-cuda:0", "tch-cuda:1", "tch-cuda:2", "tch-cuda:3"],
        feature: "tch",
        built: cfg!(feature = "tch"),
        count: || libtorch_cuda().len(),
        open: |index| libtorch_cuda().into_iter().nth(index),
    },
    Gpus {
        kind: "cuda",
        names: &["cuda:0", "cuda:1", "cuda:2", "cuda:3"],
        feature: "cuda",
        built: cfg!(feature = "cuda"),
        count: || cuda().len(),
        open: |index| cuda().into_iter().nth(index),
    },
    Gpus {
        kind: "wgpu",
        names: &["wgpu:0", "wgpu:1", "wgpu:2", "wgpu:3"],
        feature: "wgpu",
        built: cfg!(feature = "wgpu"),
        count: || wgpu().len(),
        open: |index| wgpu().into_iter().nth(index),
    },
];

/// Burn's own backend in pure Rust.
pub fn flex() -> Option<BurnDevice> {
    #[cfg(feature = "flex")]
    return Some(BurnDevice::flex());
    #[cfg(not(feature = "flex"))]
    None
}

// burn 0.22 marks its ndarray and libtorch backends as deprecated; they stay in use here, the first
// as a second opinion, the second as a fast backend.
/// Burn on ndarray.
#[allow(deprecated)]
pub fn ndarray() -> Option<BurnDevice> {
    #[cfg(feature = "ndarray")]
    return Some(BurnDevice::ndarray());
    #[cfg(not(feature = "ndarray"))]
    None
}

/// libtorch on the processor.
#[allow(deprecated)]
pub fn libtorch_cpu() -> Option<BurnDevice> {
    #[cfg(feature = "tch")]
    return Some(BurnDevice::libtorch());
    #[cfg(not(feature = "tch"))]
    None
}

/// The GPUs that libtorch sees: using one that is not there would panic.
#[allow(deprecated)]
fn libtorch_cuda() -> Vec<BurnDevice> {
    #[cfg(feature = "tch")]
    {
        let here = BurnDevice::enumerate(burn::tensor::DeviceType::LibTorch).into_vec();
        let there = |index: &usize| here.contains(&BurnDevice::libtorch_cuda(*index));
        (0..).take_while(there).map(BurnDevice::libtorch_cuda).collect()
    }
    #[cfg(not(feature = "tch"))]
    Vec::new()
}

/// NVIDIA's GPUs, through CUDA.
fn cuda() -> Vec<BurnDevice> {
    #[cfg(feature = "cuda")]
    return BurnDevice::enumerate(burn::tensor::DeviceType::Cuda).into_vec();
    #[cfg(not(feature = "cuda"))]
    Vec::new()
}

/// Any GPU that Vulkan, Metal or DirectX 12 knows, programs that imitate one among them.
fn wgpu() -> Vec<BurnDevice> {
    #[cfg(feature = "wgpu")]
    return BurnDevice::enumerate(burn::tensor::DeviceType::Wgpu).into_vec();
    #[cfg(not(feature = "wgpu"))]
    Vec::new()
}
