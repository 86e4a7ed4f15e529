//! Opening a device by the name a user types: `cpu`, `flex`, `ndarray`, `tch-cpu`, `tch-cuda:0`.
//!
//! `cpu` runs the network in our own kernels ([`crate::network::cpu`]) and leaves the losses to burn's flex
//! backend; the others run everything through burn. Which names exist depends on the cargo features the
//! program was built with.

use burn::tensor::Device as BurnDevice;

/// A name that opens no device.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// The name is of no kind known here.
    #[error("device '{0}' is unknown: should be one of cpu, flex, ndarray, tch-cpu, tch-cuda:N")]
    Unknown(String),
    /// The name is right but the program was built without its cargo feature.
    #[error("device '{name}' is not in this build: build with `cargo build --release --features {feature}`")]
    NotBuilt {
        /// The device's name.
        name: String,
        /// The cargo feature that brings it.
        feature: &'static str,
    },
    /// libtorch sees no such GPU.
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
        if libtorch_cuda(0).is_some() {
            names.push("tch-cuda:0");
        }
    }
    if cfg!(feature = "ndarray") {
        names.push("ndarray");
    }
    names
}

/// Opens the device called `name`, without autodiff.
///
/// # Errors
/// [`DeviceError`] where no such device exists or this build lacks it.
pub fn open(name: &str) -> Result<Device, DeviceError> {
    let chunk = match name {
        "cpu" | "flex" => 8,
        "tch-cpu" => 16,
        _ => 256,
    };
    Ok(Device { name: name.to_string(), burn: burn_device(name)?, own_kernels: name == "cpu", chunk })
}

fn burn_device(name: &str) -> Result<BurnDevice, DeviceError> {
    let not_built = |feature| DeviceError::NotBuilt { name: name.to_string(), feature };
    match name {
        "cpu" | "flex" => flex().ok_or_else(|| not_built("flex")),
        "ndarray" => ndarray().ok_or_else(|| not_built("ndarray")),
        "tch-cpu" => libtorch_cpu().ok_or_else(|| not_built("tch")),
        _ => match name.strip_prefix("tch-cuda:").and_then(|index| index.parse::<usize>().ok()) {
            Some(_) if cfg!(not(feature = "tch")) => Err(not_built("tch")),
            Some(index) => libtorch_cuda(index).ok_or_else(|| DeviceError::NotHere(name.to_string())),
            None => Err(DeviceError::Unknown(name.to_string())),
        },
    }
}

fn flex() -> Option<BurnDevice> {
    #[cfg(feature = "flex")]
    return Some(BurnDevice::flex());
    #[cfg(not(feature = "flex"))]
    None
}

// burn 0.22 marks its ndarray and libtorch backends as deprecated; they stay in use here, the first
// as a second opinion, the second as the fast backend.
#[allow(deprecated)]
fn ndarray() -> Option<BurnDevice> {
    #[cfg(feature = "ndarray")]
    return Some(BurnDevice::ndarray());
    #[cfg(not(feature = "ndarray"))]
    None
}

#[allow(deprecated)]
fn libtorch_cpu() -> Option<BurnDevice> {
    #[cfg(feature = "tch")]
    return Some(BurnDevice::libtorch());
    #[cfg(not(feature = "tch"))]
    None
}

/// The GPU at `index`, where libtorch sees one: using a device that is not there would panic.
#[allow(deprecated)]
fn libtorch_cuda(index: usize) -> Option<BurnDevice> {
    #[cfg(feature = "tch")]
    {
        let device = BurnDevice::libtorch_cuda(index);
        let here = BurnDevice::enumerate(burn::tensor::DeviceType::LibTorch).into_vec();
        here.contains(&device).then_some(device)
    }
    #[cfg(not(feature = "tch"))]
    {
        let _ = index;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_available_name_but_a_gpu_opens() {
        for name in available().into_iter().filter(|name| !name.starts_with("tch-cuda")) {
            assert!(open(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn unknown_names_are_refused_with_the_known_ones() {
        let message = open("gpu").unwrap_err().to_string();
        assert!(message.contains("'gpu'") && message.contains("flex"), "{message}");
        assert!(open("tch-cuda:x").is_err());
    }

    #[test]
    fn a_gpu_that_is_not_there_is_refused() {
        let message = open("tch-cuda:99").unwrap_err().to_string();
        let says = if cfg!(feature = "tch") { "not on this machine" } else { "--features tch" };
        assert!(message.contains(says), "{message}");
    }
}
