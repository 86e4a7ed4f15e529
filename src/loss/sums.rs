//! Sums over pixels with the same bits on every processor. Burn's flex adds up as many values at a time as the processor's vectors
//! hold, 4 to 16, in single precision, and where a sum is divided by another the rounding goes into every derivative. Here its
//! value is that of a sum in double precision, in the order of the pixels; derivatives pass as through burn's.

use crate::loss::host;
use burn::tensor::{Device, Tensor, TensorData};

/// The sum of all values, shape `[1]`.
pub fn total<const D: usize>(values: Tensor<D>) -> Tensor<1> {
    let exact = exact(&values, |values| vec![sum(values)]);
    with_value(values.sum(), exact)
}

/// The mean of all values, shape `[1]`.
pub fn average<const D: usize>(values: Tensor<D>) -> Tensor<1> {
    let exact = exact(&values, |values| vec![sum(values) / values.len() as f64]);
    with_value(values.mean(), exact)
}

/// The sum of each slice, shape `[batch, 1]`.
pub fn of_slices(values: Tensor<4>) -> Tensor<2> {
    let [slices, ..] = values.dims();
    let exact = exact(&values, |values| values.chunks(values.len() / slices.max(1)).map(sum).collect());
    with_value(values.flatten::<2>(1, 3).sum_dim(1), exact)
}

fn sum(values: &[f32]) -> f64 {
    values.iter().copied().map(f64::from).sum()
}

/// What `of` makes of the values, on flex; none on other devices, which keep their own sums: they repeat them, and reading
/// values back would make a GPU wait.
fn exact<const D: usize>(values: &Tensor<D>, of: impl Fn(&[f32]) -> Vec<f64>) -> Option<Vec<f64>> {
    is_flex(&values.device()).then(|| of(&host::values(values.clone())))
}

/// `sums` with the values `exact`. Exactly so: two numbers of single precision within a factor of 2 have a difference that is one
/// (P. H. Sterbenz, Floating-Point Computation, 1974), and so is what the two give together.
fn with_value<const D: usize>(sums: Tensor<D>, exact: Option<Vec<f64>>) -> Tensor<D> {
    let Some(exact) = exact else {
        return sums;
    };
    let difference = |(sum, exact): (f32, f64)| if sum.is_finite() { exact as f32 - sum } else { 0.0 };
    let rounding = host::values(sums.clone()).into_iter().zip(exact).map(difference);
    let rounding = TensorData::new(rounding.collect::<Vec<f32>>(), sums.dims());
    let device = sums.device();
    sums + Tensor::from_data(rounding, &device)
}

#[cfg(feature = "flex")]
fn is_flex(device: &Device) -> bool {
    *device == Device::flex()
}

#[cfg(not(feature = "flex"))]
fn is_flex(_: &Device) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use crate::loss::{LossFunction, LossParameters, TERMS};
    use crate::network::tensors::{derive, images, scalar};

    const SIZE: [usize; 2] = [16, 32];

    /// Value and derivative of a term, as bits.
    fn bits(term: &str, logits: Vec<f32>, targets: Vec<f32>) -> (u64, Vec<u32>) {
        let device = crate::network::device::open("flex").expect("flex");
        let loss = LossFunction::parse(term, &LossParameters::default()).expect(term);
        let targets = images(targets, 1, SIZE, &device.burn.clone().autodiff());
        let (value, slope) = derive(logits, SIZE, &device, |logits| loss.forward(logits, targets));
        (scalar(value).to_bits(), slope.iter().map(|one| one.to_bits()).collect())
    }

    /// Vectors of another width add up in another order. So does the same width where slices change places, or the pixels of each:
    /// the loss then has the same bits, and its derivatives change places too. Pixels change places under Dice loss per slice
    /// alone, for a window of clDice gives the gradient to the first of equal values.
    #[test]
    fn every_term_has_the_same_bits_in_whatever_order_pixels_are_added_up() {
        let area = SIZE[0] * SIZE[1];
        let pixels = 4 * area;
        // No two of one size: what is equally wrong has no order of its own.
        let logits: Vec<f32> = (0..pixels).map(|i| ((i * 7919) % pixels) as f32 / 307.3 - 3.1234).collect();
        let inside =
            |i: usize| (3..11).contains(&(i / SIZE[1] % SIZE[0])) && (5..17).contains(&(i % SIZE[1]));
        let targets: Vec<f32> = (0..pixels).map(|i| f32::from(u8::from(inside(i)))).collect();
        for term in TERMS {
            let chunk = if term.name == "slice-dice" { 1 } else { area };
            let turned = |values: &[f32]| values.chunks(chunk).rev().flatten().copied().collect::<Vec<f32>>();
            let (value, slope) = bits(term.name, logits.clone(), targets.clone());
            let (other_value, other_slope) = bits(term.name, turned(&logits), turned(&targets));
            assert_eq!(value, other_value, "{}", term.name);
            let other_slope = other_slope.chunks(chunk).rev().flatten();
            let differing = slope.iter().zip(other_slope).filter(|(one, other)| one != other).count();
            assert_eq!(differing, 0, "{}: of {pixels} derivatives", term.name);
        }
    }
}
