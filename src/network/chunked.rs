//! A trained network in use: logits and gradients of many slices, cut into chunks that run side by side.

use crate::network::Network;
use crate::network::device::Device;
use crate::network::finite::{NotFinite, all_finite};
use rayon::prelude::*;
use std::cell::Cell;
use std::ops::Range;

const LOGITS: &str = "the logits of the network";

/// Pixels of a slice beyond which fewer pass through the network at a time.
const LARGE: usize = 256 * 256;

/// A network that is only used, never trained, for slices of one size.
pub struct Predictor {
    network: Box<dyn Network>,
    device: Device,
    size: [usize; 2],
}

impl Predictor {
    /// `network`, which runs on `device`, for slices of `size` (height, width: multiples of
    /// [`Network::multiple`]).
    pub fn new(network: Box<dyn Network>, device: &Device, size: [usize; 2]) -> Self {
        Self { network, device: device.clone(), size }
    }

    /// The network.
    pub fn network(&self) -> &dyn Network {
        self.network.as_ref()
    }

    /// Where it runs.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Height and width of a slice.
    pub fn size(&self) -> [usize; 2] {
        self.size
    }

    /// Pixels of one slice: values of its logits, and of each channel of its image.
    pub fn pixels(&self) -> usize {
        self.size[0] * self.size[1]
    }

    /// Logits of images laid end to end, `[slice][height][width]`.
    ///
    /// # Errors
    /// [`NotFinite`] where a logit is NaN or infinite.
    pub fn logits(&self, images: &[f32]) -> Result<Vec<f32>, NotFinite> {
        let logits = |part: &[f32]| {
            let logits = self.network.logits(part, self.size);
            self.check(all_finite(&logits), LOGITS, part)?;
            Ok(logits)
        };
        let parts = images.par_chunks(self.chunk() * self.image()).map(logits);
        Ok(parts.collect::<Result<Vec<_>, _>>()?.concat())
    }

    /// The derivative by each value of the images, laid out as they are, of a scalar of the logits.
    /// `slope` gives the scalar's derivative by the logits of the slices whose numbers it is told; the
    /// scalar must be a sum of terms of one slice each.
    ///
    /// # Errors
    /// [`NotFinite`] where a derivative or a logit is NaN or infinite.
    pub fn gradient(
        &self,
        images: &[f32],
        slope: impl Fn(Range<usize>, Vec<f32>) -> Vec<f32> + Sync,
    ) -> Result<Vec<f32>, NotFinite> {
        let parts = images.par_chunks(self.chunk() * self.image()).enumerate();
        let gradient = |(number, part): (usize, &[f32])| {
            let first = number * self.chunk();
            let slices = first..first + part.len() / self.image();
            // A derivative of infinite logits may be 0.
            let sound = Cell::new(true);
            let gradient = self.network.gradient(part, self.size, &|logits| {
                sound.set(all_finite(&logits));
                slope(slices.clone(), logits)
            });
            self.check(sound.get(), LOGITS, part)?;
            self.check(all_finite(&gradient), "the gradients of the network", part)?;
            Ok(gradient)
        };
        Ok(parts.map(gradient).collect::<Result<Vec<_>, _>>()?.concat())
    }

    /// What `of` gives for each chunk of images, told the numbers of its slices, laid end to end.
    ///
    /// # Errors
    /// [`NotFinite`] where a value is NaN or infinite, and whatever `of` fails with.
    pub fn in_chunks<E: From<NotFinite> + Send>(
        &self,
        images: &[f32],
        of: impl Fn(Range<usize>, &[f32]) -> Result<Vec<f32>, E> + Sync,
    ) -> Result<Vec<f32>, E> {
        let parts = images.par_chunks(self.chunk() * self.image()).enumerate();
        let values = |(number, part): (usize, &[f32])| {
            let first = number * self.chunk();
            let values = of(first..first + part.len() / self.image(), part)?;
            self.check(all_finite(&values), "what layers of the network give", part)?;
            Ok(values)
        };
        Ok(parts.map(values).collect::<Result<Vec<_>, E>>()?.concat())
    }

    /// Fails unless its `what` for `images` is `sound`.
    fn check(&self, sound: bool, what: &'static str, images: &[f32]) -> Result<(), NotFinite> {
        match sound {
            true => Ok(()),
            false => match self.network.failure() {
                Some(failed) => Err(NotFinite { what, layer: None, failed: Some(failed) }),
                None => {
                    let layer = self.network.first_not_finite(images, self.size);
                    Err(NotFinite { what, layer, failed: None })
                }
            },
        }
    }

    /// Slices that pass through the network at a time: as many as the device takes, fewer where they are large, so
    /// that what the way back needs to remember does not grow with them.
    pub fn chunk(&self) -> usize {
        (self.device.chunk * LARGE / self.pixels()).clamp(1, self.device.chunk)
    }

    /// Values of one image.
    fn image(&self) -> usize {
        self.network.channels() * self.pixels()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Slope;
    use crate::network::device::{self, DeviceError};
    use std::sync::{Arc, Mutex};

    /// Gives images back, and keeps how many came at a time.
    struct Mirror(Arc<Mutex<Vec<usize>>>);

    impl Network for Mirror {
        fn channels(&self) -> usize {
            1
        }

        fn multiple(&self) -> usize {
            1
        }

        fn logits(&self, images: &[f32], [height, width]: [usize; 2]) -> Vec<f32> {
            self.0.lock().unwrap().push(images.len() / (height * width));
            images.to_vec()
        }

        fn gradient(&self, images: &[f32], size: [usize; 2], slope: Slope) -> Vec<f32> {
            slope(self.logits(images, size))
        }

        fn first_not_finite(&self, _: &[f32], _: [usize; 2]) -> Option<String> {
            None
        }
    }

    #[test]
    fn fewer_slices_pass_at_a_time_where_they_are_large() -> Result<(), DeviceError> {
        let device = Device { chunk: 4, ..device::open(device::available()[0])? };
        for (size, expected) in
            [([48, 64], [4, 1]), ([256, 256], [4, 1]), ([256, 512], [2, 1]), ([1024, 1024], [1, 1])]
        {
            let seen = Arc::new(Mutex::new(Vec::new()));
            let predictor = Predictor::new(Box::new(Mirror(seen.clone())), &device, size);
            let images: Vec<f32> = (0..5 * predictor.pixels()).map(|index| index as f32).collect();
            assert!(predictor.logits(&images).is_ok_and(|logits| logits == images));
            let seen = seen.lock().unwrap();
            let ends = [seen.iter().max(), seen.iter().min()].map(|end| end.copied().unwrap_or(0));
            assert_eq!((ends, seen.iter().sum()), (expected, 5), "{size:?}");
        }
        Ok(())
    }
}
