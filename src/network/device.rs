//! Opening a device by the name a user types: `cpu`, `flex`, `ndarray`, `tch-cpu`, `tch-cuda:0`, `wgpu:0`, `cuda:0`.
//!
//! `cpu` runs the network in our own kernels ([`crate::network::cpu`]) and leaves the losses to burn's flex
//! backend; the others run everything through burn ([`crate::network::burn_device`]), but that libtorch's train through its own
//! autograd. Which names exist depends on the cargo features the program was built with.

use crate::network::burn_device::{GPUS, flex, libtorch_cpu, ndarray};
use burn::tensor::Device as BurnDevice;

/// A name that opens no device.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// The name is of no kind known here.
    #[error(
        "device '{0}' is unknown: should be one of cpu, flex, ndarray, tch-cpu, tch-cuda:N, wgpu:N, cuda:N"
    )]
    Unknown(String),
    /// The name is right but the program was built without its cargo feature.
    #[error("device '{name}' is not in this build: build with `cargo build --release --features {feature}`")]
    NotBuilt {
        /// The device's name.
        name: String,
        /// The cargo feature that brings it.
        feature: &'static str,
    },
    /// There is no such GPU.
    #[error("device '{0}' is not on this machine: `lossbench devices` lists those that are")]
    NotHere(String),
}

/// Where networks are trained and used.
#[derive(Clone, Debug)]
pub struct Device {
    /// The name it was opened by.
    pub name: String,
    /// The burn device, without autodiff.
    pub burn: BurnDevice,
    /// Whether the network runs in our own kernels rather than through burn.
    pub own_kernels: bool,
    /// How many slices pass through the network at a time. Processors run many small batches side by
    /// side; a GPU wants one large one.
    pub chunk: usize,
}

/// Names of the devices in this build, the default first.
pub fn available() -> Vec<&'static str> {
    let mut names = Vec::new();
    if cfg!(feature = "flex") {
        names.extend(["cpu", "flex"]);
    }
    if cfg!(feature = "tch") {
        names.push("tch-cpu");
    }
    names.extend(GPUS.iter().flat_map(|kind| kind.names.iter().take((kind.count)())));
    if cfg!(feature = "ndarray") {
        names.push("ndarray");
    }
    names
}

/// Opens the device called `name`, without autodiff. Any number of a GPU may follow the colon; [`available`] lists the first
/// few.
///
/// # Errors
/// [`DeviceError`] where no such device exists or this build lacks it.
pub fn open(name: &str) -> Result<Device, DeviceError> {
    let chunk = match name {
        "cpu" | "flex" => 8,
        "tch-cpu" => 16,
        _ => 256,
    };
    let burn = burn_device(name)?;
    Ok(Device { name: name.to_string(), burn, own_kernels: name == "cpu", chunk })
}

/// Whether convolutions on the device called `name` may round what they multiply to the ten bits of TF32: cuDNN does unless
/// NVIDIA's variable forbids it.
pub fn may_round(name: &str) -> bool {
    rounds(name, std::env::var("NVIDIA_TF32_OVERRIDE").ok().as_deref())
}

fn rounds(name: &str, tf32: Option<&str>) -> bool {
    name.starts_with("tch-cuda") && tf32 != Some("0")
}

fn burn_device(name: &str) -> Result<BurnDevice, DeviceError> {
    let not_built = |feature| DeviceError::NotBuilt { name: name.to_string(), feature };
    match name {
        "cpu" | "flex" => return flex().ok_or_else(|| not_built("flex")),
        "ndarray" => return ndarray().ok_or_else(|| not_built("ndarray")),
        "tch-cpu" => return libtorch_cpu().ok_or_else(|| not_built("tch")),
        _ => {}
    }
    let unknown = || DeviceError::Unknown(name.to_string());
    let (kind, index) = name.split_once(':').ok_or_else(unknown)?;
    let kind = GPUS.iter().find(|known| known.kind == kind).ok_or_else(unknown)?;
    let index: usize = index.parse().map_err(|_| unknown())?;
    match kind.built {
        true => (kind.open)(index).ok_or_else(|| DeviceError::NotHere(name.to_string())),
        false => Err(not_built(kind.feature)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_available_name_but_a_gpu_opens() {
        for name in available().into_iter().filter(|name| !name.contains(':')) {
            assert!(open(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn unknown_names_are_refused_with_the_known_ones() {
        let message = open("gpu").unwrap_err().to_string();
        assert!(message.contains("'gpu'") && message.contains("flex"), "{message}");
        for name in ["tch-cuda:x", "wgpu", "wgpu:", "cuda:-1", "metal:0"] {
            assert!(matches!(open(name), Err(DeviceError::Unknown(_))), "{name}");
        }
    }

    #[test]
    fn libtorch_rounds_on_a_gpu_unless_it_is_forbidden() {
        assert!(rounds("tch-cuda:1", None) && rounds("tch-cuda:0", Some("1")));
        assert!(!rounds("tch-cuda:0", Some("0")) && !rounds("cpu", None) && !rounds("tch-cpu", None));
    }

    #[test]
    fn a_gpu_that_is_not_there_is_refused() {
        for kind in GPUS {
            let message = open(&format!("{}:99", kind.kind)).unwrap_err().to_string();
            let feature = format!("--features {}`", kind.feature);
            let says = if kind.built { "not on this machine" } else { feature.as_str() };
            assert!(message.contains(says), "{message}");
        }
    }
}
