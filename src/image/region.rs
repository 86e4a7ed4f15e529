//! The scanned rectangle of a padded slice.

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
    /// `scanned` rows and columns in the middle of a padded slice of `size` (height, width), which must hold
    /// them.
    pub fn centred(scanned: [usize; 2], size: [usize; 2]) -> Self {
        let ([height, width], [rows, row]) = (scanned, size);
        Self { top: (rows - height) / 2, left: (row - width) / 2, height, width, row }
    }

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

    /// As [`Self::pixels`], but for those of `ignored`, given ascending.
    pub fn without<'a>(&self, ignored: &'a [usize]) -> impl Iterator<Item = usize> + use<'a> {
        self.pixels().filter(|pixel| ignored.binary_search(pixel).is_err())
    }

    /// The scanned pixels of one padded plane, row-major.
    pub fn crop<T: Copy>(&self, padded: &[T]) -> Vec<T> {
        self.pixels().map(|pixel| padded[pixel]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scanned_pixels_are_those_that_it_contains() {
        let region = Region::centred([2, 3], [4, 4]);
        assert_eq!((region.top, region.left), (1, 0));
        assert!(region.pixels().eq([4, 5, 6, 8, 9, 10]));
        assert!((0..16).filter(|&pixel| region.contains(pixel)).eq(region.pixels()));
        assert_eq!(region.area(), 6);
        assert!(region.without(&[5, 10]).eq([4, 6, 8, 9]));
    }
}
