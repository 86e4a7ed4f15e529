//! A saliency map read by position. Replacing a pixel changes it in every channel, so what a position is worth
//! is summed over channels.

/// A map of one padded slice: a plane for each channel in turn, signed, row-major.
#[derive(Clone, Copy, Debug)]
pub struct Positions<'a> {
    map: &'a [f32],
    plane: usize,
}

impl<'a> Positions<'a> {
    /// `map`, whose planes have `plane` pixels each.
    pub fn of(map: &'a [f32], plane: usize) -> Self {
        Self { map, plane }
    }

    /// The sum over channels of the signed gradient at `pixel`: how the output changes to first order where the
    /// pixel changes by one in all channels.
    pub fn signed(&self, pixel: usize) -> f32 {
        self.summed(pixel, |value| value)
    }

    /// The sum over channels of the absolute gradient at `pixel`.
    pub fn magnitude(&self, pixel: usize) -> f32 {
        self.summed(pixel, f32::abs)
    }

    /// Begins with the first channel instead of 0, so that a single one comes back bit for bit.
    fn summed(&self, pixel: usize, of: impl Fn(f32) -> f32) -> f32 {
        let channels = self.map[pixel..].iter().step_by(self.plane.max(1));
        channels.map(|&value| of(value)).reduce(|sum, value| sum + value).unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_add_up_signed_or_not() {
        let map = [1.0, -2.0, 0.5, 3.0, -4.0, 0.25];
        let positions = Positions::of(&map, 2);
        assert_eq!([0, 1].map(|pixel| positions.signed(pixel)), [-2.5, 1.25]);
        assert_eq!([0, 1].map(|pixel| positions.magnitude(pixel)), [5.5, 5.25]);
    }

    #[test]
    fn a_single_channel_comes_back_bit_for_bit() {
        let map = [-0.0, f32::from_bits(1), -3.5];
        let positions = Positions::of(&map, 3);
        for (pixel, value) in map.iter().enumerate() {
            assert_eq!(positions.signed(pixel).to_bits(), value.to_bits());
            assert_eq!(positions.magnitude(pixel).to_bits(), value.abs().to_bits());
        }
    }
}
