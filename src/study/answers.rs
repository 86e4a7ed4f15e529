//! What a network of another process answers when it is asked a first time. Some mistakes in serving it fail nowhere and end as
//! numbers that look like results: they are told before the hours are spent.

use super::StudyError;
use super::existing::Networks;
use super::opened::Opened;
use super::prepared::Prepared;
use crate::data::stored_slices::StoredSlices;
use crate::image::gather::gather;
use crate::network::chunked::Predictor;
use crate::network::device::Device;

/// Slices that a network is asked after.
const SLICES: usize = 8;
/// By how much logits of a slice may differ, alone and beside others, as a share of the largest: half precision rounds.
const ALIKE: f32 = 0.02;
/// Logits that differ by less say nothing.
const LEARNED: f32 = 0.1;

impl Networks {
    /// Asks each that another process computes after a few slices; gives lines of warning.
    ///
    /// # Errors
    /// [`StudyError`] for the first that does not answer, or whose answers cannot be logits of a slice alone.
    pub fn doubts(&self, prepared: &Prepared, device: &Device) -> Result<Vec<String>, StudyError> {
        let processes = self.iter().filter(|(_, one)| one.is_process());
        let asked = processes.map(|(name, one)| {
            let padded = unsaid_padding(one, prepared).map(|line| format!("network {name}: {line}"));
            let doubt = doubt(name, &one.predictor(device, prepared.size), &prepared.test)?;
            Ok([padded, doubt].into_iter().flatten().collect::<Vec<String>>())
        });
        Ok(asked.collect::<Result<Vec<_>, StudyError>>()?.concat())
    }
}

/// A line where slices are padded, and the network does not say to which size they were in its training.
fn unsaid_padding(network: &Opened, prepared: &Prepared) -> Option<String> {
    let [least, _] = prepared.test.scanned().filter(|_| network.preprocessing.size.is_none())?;
    let [height, width] = prepared.size;
    (least != prepared.size).then(|| {
        format!(
            "does not say to which size its images were padded in training; here they are to {height} x {width}, which group and instance norms see: lossbench.serve(.., size=(height, width)) says it"
        )
    })
}

/// Asks the network called `name` after some of the slices: all together, and the first one alone. Gives a line of warning where
/// its logits look like differences of probabilities.
///
/// # Errors
/// [`StudyError`] where it does not answer, where a slice's logits depend on others or on chance, and where logits look like
/// probabilities.
fn doubt(name: &str, predictor: &Predictor, slices: &StoredSlices) -> Result<Option<String>, StudyError> {
    let asked = slices.read((0..slices.len()).step_by(slices.len().div_ceil(SLICES).max(1)))?;
    let Some(first) = asked.first() else {
        return Ok(None);
    };
    let together = predictor.logits(&gather(&asked).0)?;
    let alone = predictor.logits(&gather(std::slice::from_ref(first)).0)?;
    let largest = alone.iter().fold(0.0_f32, |largest, logit| largest.max(logit.abs()));
    let apart = alone.iter().zip(&together).fold(0.0_f32, |most, (one, other)| most.max((one - other).abs()));
    if apart > ALIKE * largest {
        return Err(StudyError::Request(format!(
            "network {name}: gives one slice other logits alone than beside others, or than before ({apart:.3} apart, the largest is {largest:.3}): serve it in evaluation mode, without dropout and with batch norm's running statistics"
        )));
    }
    let ends = together
        .iter()
        .fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], &logit| [low.min(logit), high.max(logit)]);
    match ends {
        // Much the same everywhere: a network that learned nothing, whatever it gives.
        [low, high] if high - low < LEARNED => Ok(None),
        [low, high] if low >= 0.0 && high <= 1.0 => Err(StudyError::Request(format!(
            "network {name}: its answers lie between {low:.3} and {high:.3}, as probabilities do: serve logits, the values before the sigmoid (or torch.logit of it)"
        ))),
        [low, high] if low >= -1.0 && high <= 1.0 => Ok(Some(format!(
            "network {name}: its logits lie between {low:.3} and {high:.3}: are they differences of probabilities? Those of a softmax are logits[:, 1:] - logits[:, :1] before it"
        ))),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::region::Region;
    use crate::image::slice::Slice;
    use crate::network::device;
    use crate::network::{Network, Slope};
    use rstest::rstest;

    const SIZE: [usize; 2] = [2, 2];

    /// Logits by the values and the number of the slices of an image.
    struct Fixed(fn(f32, usize) -> f32);

    impl Network for Fixed {
        fn channels(&self) -> usize {
            1
        }

        fn multiple(&self) -> usize {
            1
        }

        fn logits(&self, images: &[f32], _: [usize; 2]) -> Vec<f32> {
            images.iter().map(|&value| (self.0)(value, images.len() / 4)).collect()
        }

        fn gradient(&self, images: &[f32], _: [usize; 2], _: Slope) -> Vec<f32> {
            images.to_vec()
        }

        fn first_not_finite(&self, _: &[f32], _: [usize; 2]) -> Option<String> {
            None
        }
    }

    #[rstest]
    #[case(|value, _| 9.0 * value - 4.0, "")]
    #[case(|value, slices| 9.0 * value - 4.0 + 0.05 * slices as f32, "")]
    #[case(|value, slices| 9.0 * value - 4.0 + 0.2 * slices as f32, "other logits alone than beside others")]
    #[case(|value, _| value, "serve logits, the values before the sigmoid")]
    #[case(|value, _| 2.0 * value - 1.0, "differences of probabilities?")]
    #[case(|value, _| 0.5 + 0.05 * value, "")]
    fn what_would_end_as_a_number_is_told(
        #[case] logits: fn(f32, usize) -> f32,
        #[case] says: &str,
    ) -> anyhow::Result<()> {
        let slice = |volume: usize| Slice {
            volume,
            depth: 0,
            region: Region::centred(SIZE, SIZE),
            image: vec![0.0, 0.1, 0.7, 1.0],
            mask: vec![false; 4],
            ignored: Vec::new(),
        };
        let slices = StoredSlices::at_hand(&[slice(0), slice(1)], SIZE)?;
        let device = device::open(device::available()[0])?;
        let predictor = Predictor::new(Box::new(Fixed(logits)), &device, SIZE);
        let said = match doubt("n", &predictor, &slices) {
            Ok(line) => line.unwrap_or_default(),
            Err(error) => error.to_string(),
        };
        assert!(if says.is_empty() { said.is_empty() } else { said.contains(says) }, "{said}");
        Ok(())
    }
}
