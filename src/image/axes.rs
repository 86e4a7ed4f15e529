//! Orders and directions of a volume's three axes.

/// For each axis of a volume which stored axis it is, and whether it runs the other way.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Axes([(usize, bool); 3]);

impl Axes {
    /// The axes as they are stored.
    pub const STORED: Self = Self([(0, false), (1, false), (2, false)]);

    /// The axes of these numbers, each one of 0, 1 and 2, and which of them run the other way.
    pub fn new(axes: [(usize, bool); 3]) -> Self {
        Self(axes)
    }

    /// All 48, the stored ones first.
    pub fn all() -> Vec<Self> {
        let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        let flips = (0..8).map(|bits: usize| [0, 1, 2].map(|axis| bits >> axis & 1 == 1));
        let of = |flips: [bool; 3]| {
            orders.map(|order: [usize; 3]| Self([0, 1, 2].map(|axis| (order[axis], flips[axis]))))
        };
        flips.flat_map(of).collect()
    }

    /// The stored axis of each, and whether it runs the other way.
    pub fn each(&self) -> [(usize, bool); 3] {
        self.0
    }

    /// Those of these axes that `chosen` names by place, in its order.
    pub fn chosen(&self, chosen: [usize; 3]) -> Self {
        Self(chosen.map(|place| self.0[place]))
    }

    /// The shape that a volume stored in `shape` has along these axes.
    pub fn shape(&self, shape: [usize; 3]) -> [usize; 3] {
        self.0.map(|(axis, _)| shape[axis])
    }

    /// Voxels along these axes, first axis fastest, of those stored in `shape`.
    pub fn apply<T: Copy>(&self, shape: [usize; 3], voxels: Vec<T>) -> Vec<T> {
        if *self == Self::STORED {
            return voxels;
        }
        let [x, y, _] = shape;
        let strides = [1, x, x * y];
        let length = |place: usize| shape[self.0[place].0];
        let offset = |place: usize, at: usize| {
            let (axis, flipped) = self.0[place];
            strides[axis] * if flipped { shape[axis] - 1 - at } else { at }
        };
        let mut moved = Vec::with_capacity(voxels.len());
        for z in 0..length(2) {
            for y in 0..length(1) {
                let row = offset(2, z) + offset(1, y);
                moved.extend((0..length(0)).map(|x| voxels[row + offset(0, x)]));
            }
        }
        moved
    }

    /// The inverse of [`Self::apply`]: voxels as they are stored in `shape`, of those along these axes.
    pub fn undo<T: Copy>(&self, shape: [usize; 3], voxels: Vec<T>) -> Vec<T> {
        let mut inverse = Self::STORED;
        for (place, (axis, flipped)) in self.0.into_iter().enumerate() {
            inverse.0[axis] = (place, flipped);
        }
        inverse.apply(self.shape(shape), voxels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voxels_come_along_the_axes_and_back() {
        // Voxel (x, y, z) is xyz in digits.
        let shape = [2, 3, 4];
        let voxels: Vec<usize> =
            (0..24).map(|place| 100 * (place % 2) + 10 * (place / 2 % 3) + place / 6).collect();
        for axes in Axes::all() {
            let moved = axes.apply(shape, voxels.clone());
            let [width, height, _] = axes.shape(shape);
            for (place, voxel) in moved.iter().enumerate() {
                let at = [place % width, place / width % height, place / width / height];
                let digits = [voxel / 100, voxel / 10 % 10, voxel % 10];
                for (at, (axis, flipped)) in at.into_iter().zip(axes.each()) {
                    assert_eq!(at, if flipped { shape[axis] - 1 - digits[axis] } else { digits[axis] });
                }
            }
            assert_eq!(axes.undo(shape, moved), voxels, "{axes:?}");
        }
        assert_eq!(Axes::all().len(), 48);
    }
}
