//! Cutting volumes into the 2-D slices that a network sees: along depth (z), intensities scaled per
//! volume, zero-padded in width and height to one size for all (the paper's section 3).

use crate::image::overlap::Overlap;

/// The scanned rectangle of a padded slice. Only its pixels are attacked and scored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Region {
    /// First scanned row.
    pub top: usize,
    /// First scanned column.
    pub left: usize,
    /// Scanned rows.
    pub height: usize,
    /// Scanned columns.
    pub width: usize,
    /// Pixels in a row of the padded slice.
    pub row: usize,
}

impl Region {
    /// Number of scanned pixels.
    pub fn area(&self) -> usize {
        self.height * self.width
    }

    /// Whether the pixel at index `pixel` of the padded slice was scanned.
    pub fn contains(&self, pixel: usize) -> bool {
        let (row, column) = (pixel / self.row, pixel % self.row);
        (self.top..self.top + self.height).contains(&row)
            && (self.left..self.left + self.width).contains(&column)
    }

    /// Indices into the padded slice of the scanned pixels, ascending.
    pub fn pixels(&self) -> impl Iterator<Item = usize> + use<> {
        let Region { top, left, height, width, row } = *self;
        (top..top + height).flat_map(move |y| (left..left + width).map(move |x| y * row + x))
    }

    /// The scanned pixels of a padded slice, row-major.
    pub fn crop<T: Copy>(&self, padded: &[T]) -> Vec<T> {
        self.pixels().map(|pixel| padded[pixel]).collect()
    }
}

/// One padded slice. Rows run along x, columns along y.
#[derive(Clone, Debug)]
pub struct Slice {
    /// Index into the volumes that the slices were cut from.
    pub volume: usize,
    /// Depth index z.
    pub depth: usize,
    /// The scanned part.
    pub region: Region,
    /// Scaled intensities, `height * width` values row-major, 0 in the padding.
    pub image: Vec<f32>,
    /// Foreground (label above 0), same order.
    pub mask: Vec<bool>,
}

impl Slice {
    /// Whether any pixel is foreground.
    pub fn has_foreground(&self) -> bool {
        self.mask.contains(&true)
    }

    /// Overlap of the mask that `logits` predict (above 0, which is a probability above 0.5) with the
    /// true one, over the scanned pixels alone.
    pub fn score(&self, logits: &[f32]) -> Overlap {
        let mut overlap = Overlap::default();
        for pixel in self.region.pixels() {
            overlap.count(logits[pixel] > 0.0, self.mask[pixel]);
        }
        overlap
    }
}

/// Images and masks of slices laid end to end, masks as 0 and 1.
pub fn gather(slices: &[Slice]) -> (Vec<f32>, Vec<f32>) {
    let (mut images, mut targets) = (Vec::new(), Vec::new());
    for slice in slices {
        images.extend_from_slice(&slice.image);
        targets.extend(slice.mask.iter().map(|&inside| f32::from(u8::from(inside))));
    }
    (images, targets)
}

/// The smallest height and width that are multiples of `multiple` and hold every volume's x and y.
pub fn padded_size<'a>(shapes: impl Iterator<Item = &'a [usize; 3]>, multiple: usize) -> [usize; 2] {
    let (x, y) = shapes.fold((1, 1), |(x, y), shape| (x.max(shape[0]), y.max(shape[1])));
    [x.next_multiple_of(multiple), y.next_multiple_of(multiple)]
}

/// Scales voxels so that the smallest becomes `range[0]` and the largest `range[1]`. A constant volume
/// becomes `range[0]` throughout.
pub fn scale(voxels: &[f32], range: [f32; 2]) -> Vec<f32> {
    let (least, most) = voxels.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(least, most), &voxel| {
        (least.min(voxel), most.max(voxel))
    });
    // In f64, since the span of two finite f32 may not be a finite f32.
    let span = f64::from(most) - f64::from(least);
    let [low, high] = range.map(f64::from);
    let scaled = |voxel: f32| (low + (high - low) * (f64::from(voxel) - f64::from(least)) / span) as f32;
    voxels.iter().map(|&voxel| if span > 0.0 { scaled(voxel) } else { range[0] }).collect()
}

/// Cuts scaled voxels of one volume into padded images, one a depth, with their common region.
/// `size` must hold the volume.
pub fn cut(shape: [usize; 3], voxels: &[f32], size: [usize; 2]) -> (Region, Vec<Vec<f32>>) {
    let [x, y, depth] = shape;
    let [height, width] = size;
    let region = Region { top: (height - x) / 2, left: (width - y) / 2, height: x, width: y, row: width };
    let images = (0..depth)
        .map(|z| {
            let mut image = vec![0.0; height * width];
            for (index, pixel) in region.pixels().enumerate() {
                image[pixel] = voxels[index / y + x * (index % y + y * z)];
            }
            image
        })
        .collect();
    (region, images)
}

/// The inverse of [`cut`]: voxels of a volume, x fastest, from its padded slices.
pub fn assemble(shape: [usize; 3], region: &Region, slices: &[Vec<f32>]) -> Vec<f32> {
    let [x, y, depth] = shape;
    let mut voxels = vec![0.0; x * y * depth];
    for (z, slice) in slices.iter().enumerate().take(depth) {
        for (index, pixel) in region.pixels().enumerate() {
            voxels[index / y + x * (index % y + y * z)] = slice[pixel];
        }
    }
    voxels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assembling_undoes_cutting() {
        let (shape, voxels) = ([2, 3, 2], (0..12).map(|v| v as f32).collect::<Vec<_>>());
        let (region, images) = cut(shape, &voxels, [16, 8]);
        assert_eq!(assemble(shape, &region, &images), voxels);
    }

    #[test]
    fn scaling_survives_extreme_and_constant_volumes() {
        assert_eq!(scale(&[-3.0e38, 3.0e38], [0.0, 0.2]), [0.0, 0.2]);
        assert_eq!(scale(&[7.0, 7.0], [0.1, 0.2]), [0.1, 0.1]);
    }

    #[test]
    fn the_padded_size_is_the_smallest_that_holds_all() {
        let shapes = [[31, 59, 24], [43, 40, 47]];
        assert_eq!(padded_size(shapes.iter(), 16), [48, 64]);
    }
}
