//! One volume's way from its stored voxels to its slices, and back.

use crate::image::axes::Axes;
use crate::image::resample::{bilinear, nearest};
use std::borrow::Cow;

/// What becomes of one volume: its axes are put in order, planes of rows and columns resampled, and their middle kept. See
/// [`Slicing`](crate::image::slicing::Slicing).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Geometry {
    stored: [usize; 3],
    /// Rows, columns and slices.
    axes: Axes,
    /// Rows and columns once they are resampled.
    plane: [usize; 2],
    /// Rows and columns of the middle that is kept, at most those of the plane.
    kept: [usize; 2],
}

impl Geometry {
    pub(super) fn new(stored: [usize; 3], axes: Axes, plane: [usize; 2], kept: [usize; 2]) -> Self {
        Self { stored, axes, plane, kept }
    }

    /// That of a volume whose slices are what is stored, along the third axis.
    pub fn as_stored(shape: [usize; 3]) -> Self {
        let [x, y, _] = shape;
        Self::new(shape, Axes::STORED, [x, y], [x, y])
    }

    /// Rows, columns and number of the slices: the shape of what [`Self::image`] and [`Self::label`] give, rows' places
    /// fastest.
    pub fn shape(&self) -> [usize; 3] {
        let [_, _, slices] = self.axes.shape(self.stored);
        [self.kept[0], self.kept[1], slices]
    }

    /// Whether anything is cut away.
    pub fn crops(&self) -> bool {
        self.kept != self.plane
    }

    /// The same, with nothing cut away.
    pub fn whole(&self) -> Self {
        Self { kept: self.plane, ..*self }
    }

    /// Stored intensities, channels end to end, on the grid of the slices: bilinear.
    pub fn image<'a>(&self, voxels: &'a [f32]) -> Cow<'a, [f32]> {
        self.forward(voxels, bilinear)
    }

    /// Stored labels on the grid of the slices: the nearest.
    pub fn label<'a>(&self, voxels: &'a [u8]) -> Cow<'a, [u8]> {
        self.forward(voxels, nearest)
    }

    fn forward<'a, T: Copy>(
        &self,
        voxels: &'a [T],
        resample: impl Fn(&[T], [usize; 2], [usize; 2]) -> Vec<T>,
    ) -> Cow<'a, [T]> {
        if *self == Self::as_stored(self.stored) {
            return Cow::Borrowed(voxels);
        }
        let count = self.stored.iter().product::<usize>().max(1);
        let [rows, columns, _] = self.axes.shape(self.stored);
        let mut found = Vec::new();
        for channel in voxels.chunks_exact(count) {
            let turned = self.axes.apply(self.stored, channel.to_vec());
            for plane in turned.chunks_exact((rows * columns).max(1)) {
                let plane = match self.plane == [rows, columns] {
                    true => Cow::Borrowed(plane),
                    false => Cow::Owned(resample(plane, [rows, columns], self.plane)),
                };
                found.extend(self.window().map(|place| plane[place]));
            }
        }
        Cow::Owned(found)
    }

    /// Values of one channel, laid out as [`Self::shape`], on the stored grid: each voxel gets the nearest pixel's, and
    /// what was cut away `outside`.
    pub fn stored(&self, values: Vec<f32>, outside: f32) -> Vec<f32> {
        if *self == Self::as_stored(self.stored) {
            return values;
        }
        let [rows, columns, slices] = self.axes.shape(self.stored);
        let mut found = Vec::with_capacity(rows * columns * slices);
        for kept in values.chunks_exact((self.kept[0] * self.kept[1]).max(1)) {
            let mut plane = vec![outside; self.plane[0] * self.plane[1]];
            self.window().zip(kept).for_each(|(place, &value)| plane[place] = value);
            found.extend(nearest(&plane, self.plane, [rows, columns]));
        }
        self.axes.undo(self.stored, found)
    }

    /// Places in a plane of the middle that is kept; where one pixel has to be left over, it is at the end, as in padding.
    fn window(&self) -> impl Iterator<Item = usize> + use<> {
        let Self { plane: [rows, columns], kept: [height, width], .. } = *self;
        let [top, left] = [(rows - height) / 2, (columns - width) / 2];
        (left..left + width).flat_map(move |column| (top..top + height).map(move |row| row + rows * column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::assemble::assemble;
    use crate::image::cut::cut;
    use crate::image::region::Region;

    /// Voxel (x, y, z) is xyz in digits.
    const SHAPE: [usize; 3] = [4, 5, 3];

    fn voxels() -> Vec<f32> {
        let digits = |place: usize| 100 * (place % 4) + 10 * (place / 4 % 5) + place / 20;
        (0..60).map(|place| digits(place) as f32).collect()
    }

    #[test]
    fn slices_along_any_axis_are_numpys_and_go_back() {
        // Of an array of this shape: a[:, :, 1], a[:, 1, :] and a[1, :, :], rows first.
        let expected: [(usize, [usize; 2], [usize; 3]); 3] =
            [(2, [4, 5], [100, 10, 1]), (1, [4, 3], [100, 1, 10]), (0, [5, 3], [10, 1, 100])];
        for (axis, [rows, columns], [row, column, depth]) in expected {
            let order = [[1, 2, 0], [0, 2, 1], [0, 1, 2]][axis];
            let geometry = Geometry::new(SHAPE, Axes::STORED.chosen(order), [rows, columns], [rows, columns]);
            let moved = geometry.image(&voxels()).into_owned();
            let (region, slices) = cut(geometry.shape(), &moved, [8, 8]);
            assert_eq!(slices.len(), SHAPE[axis]);
            let found = region.crop(&slices[1]);
            for (place, value) in found.iter().enumerate() {
                assert_eq!(*value as usize, depth + row * (place / columns) + column * (place % columns));
            }
            let again = geometry.stored(assemble(geometry.shape(), &region, &slices), -1.0);
            assert_eq!(again, voxels(), "axis {axis}");
        }
    }

    #[test]
    fn the_middle_is_kept_as_padding_would_lay_it_and_the_rest_comes_back_empty() {
        let geometry = Geometry::new(SHAPE, Axes::STORED, [4, 5], [3, 2]);
        assert!(geometry.crops() && !geometry.whole().crops());
        let kept = geometry.image(&voxels()).into_owned();
        assert_eq!(kept[..6], [10.0, 110.0, 210.0, 20.0, 120.0, 220.0]);
        let region = Region::centred([3, 2], [4, 5]);
        assert_eq!((region.top, region.left), (0, 1));
        let back = geometry.stored(kept, -1.0);
        for (found, was) in back.iter().zip(voxels()) {
            let inside = was < 300.0 && [1, 2].contains(&(was as usize / 10 % 10));
            assert_eq!(*found, if inside { was } else { -1.0 });
        }
    }

    /// Three pixels a voxel and back is exact; one of four voxels is their mean, and comes back four times.
    #[test]
    fn resampled_values_come_back_to_the_voxels_that_they_cover() {
        let finer = Geometry::new(SHAPE, Axes::STORED, [12, 15], [12, 15]);
        let labels: Vec<u8> = (0..60).collect();
        let fine: Vec<f32> = finer.label(&labels).iter().copied().map(f32::from).collect();
        assert_eq!(fine.len(), 540);
        assert_eq!(finer.stored(fine, -1.0), labels.iter().copied().map(f32::from).collect::<Vec<_>>());
        let coarse = Geometry::new([4, 2, 1], Axes::STORED, [2, 1], [2, 1]);
        assert_eq!(coarse.image(&[1.0, 3.0, 5.0, 7.0, 2.0, 4.0, 6.0, 8.0])[..], [2.5, 6.5]);
        assert_eq!(coarse.stored(vec![1.0, 2.0], 0.0), [1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0]);
    }

    #[test]
    fn what_is_stored_is_neither_copied_nor_changed() {
        let geometry = Geometry::as_stored(SHAPE);
        let voxels = voxels();
        assert!(matches!(geometry.image(&voxels), Cow::Borrowed(_)));
        assert_eq!(geometry.stored(voxels.clone(), 0.0), voxels);
        let two = [voxels.clone(), voxels].concat();
        let turned = Geometry::new(SHAPE, Axes::STORED.chosen([1, 2, 0]), [5, 3], [5, 3]);
        let both = turned.image(&two).into_owned();
        assert_eq!((both.len(), &both[..60]), (120, &both[60..]));
    }
}
