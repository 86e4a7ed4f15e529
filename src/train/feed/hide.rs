//! Hides random square parts of each slice, anew in every epoch, so that no part alone can be relied on.
//!
//! A grid of squares of `size` pixels lies over the padded slice, its corner at an even chance anywhere; each square is
//! hidden with the probability `share`, and so is each pixel. The grid is that of K. Kumar Singh and Y. J. Lee (ICCV 2017,
//! hide-and-seek), its free place and the value 0 are those of T. DeVries and G. W. Taylor (2017, cutout). Hidden pixels
//! are 0 in every channel, as padding is; the mask stays.

use super::hidden::hide;
use super::{Draw, Kind, Masks, Reads};
use crate::image::slice::Slice;
use crate::rules::Range;
use crate::rules::parameter::Parameter;
use rand::RngExt;
use rayon::prelude::*;

pub(super) const KIND: Kind = Kind {
    name: "hide",
    parameters: &[
        Parameter {
            name: "share",
            default: 0.25,
            range: Range::Within(0.0, 1.0),
            meaning: "probability of each square of being hidden",
        },
        Parameter {
            name: "size",
            default: 8.0,
            range: Range::Whole(1, 4096),
            meaning: "side of a square, in pixels",
        },
    ],
    reads: Reads::Nothing,
    masks: Masks::Own,
    change,
};

fn change(mut slices: Vec<Slice>, draw: &Draw, _: &[f32], values: &[f64]) -> Vec<Slice> {
    slices.par_iter_mut().for_each(|slice| {
        let pixels = parts(slice, draw, values[0], values[1] as usize);
        hide(slice, &pixels);
    });
    slices
}

/// The scanned pixels that are hidden. Those of a larger `share` hold them.
fn parts(slice: &Slice, draw: &Draw, share: f64, size: usize) -> Vec<usize> {
    let mut stream = draw.stream(KIND.name, slice);
    let [down, across] = [(); 2].map(|()| stream.random_range(0..size));
    let row = slice.region.row;
    let columns = (row + across).div_ceil(size);
    let rows = (slice.mask.len() / row.max(1) + down).div_ceil(size);
    let hidden: Vec<bool> = (0..rows * columns).map(|_| stream.random::<f64>() < share).collect();
    let square = |pixel: usize| (pixel / row + down) / size * columns + (pixel % row + across) / size;
    slice.region.pixels().filter(|&pixel| hidden[square(pixel)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::region::Region;
    use std::collections::BTreeSet;

    fn slice(depth: usize) -> Slice {
        let region = Region { top: 2, left: 1, height: 20, width: 28, row: 30 };
        let inside = |pixel: usize| if region.contains(pixel) { 0.1 } else { 0.0 };
        let image = (0..2 * 24 * 30).map(|place| inside(place % 720)).collect();
        let mask = (0..720).map(|pixel| pixel % 3 == 0).collect();
        Slice { volume: 4, depth, region, image, mask, ignored: Vec::new() }
    }

    fn hidden(depth: usize, epoch: usize, share: f64, size: usize) -> BTreeSet<usize> {
        let parts = parts(&slice(depth), &Draw { seed: 1, epoch }, share, size);
        parts.into_iter().collect()
    }

    /// Of 1000 slices of 560 pixels in about 12 squares each: the standard error of the share is below 0.5 / 110.
    #[test]
    fn each_pixel_is_hidden_with_the_probability_that_is_asked() {
        for share in [0.25, 0.5] {
            let mut counts = vec![0_usize; 720];
            for depth in 0..1000 {
                hidden(depth, 1, share, 8).into_iter().for_each(|pixel| counts[pixel] += 1);
            }
            let scanned: Vec<usize> = slice(0).region.pixels().map(|pixel| counts[pixel]).collect();
            let mean = scanned.iter().sum::<usize>() as f64 / 560_000.0;
            assert!((mean - share).abs() < 0.02, "{mean}");
            // Each pixel by itself, within five standard errors of 1000 draws.
            assert!(scanned.iter().all(|&count| (count as f64 / 1000.0 - share).abs() < 0.08));
            assert_eq!(counts.iter().sum::<usize>(), scanned.iter().sum::<usize>());
        }
    }

    #[test]
    fn parts_are_whole_squares_and_those_of_a_larger_share_hold_them() {
        let whole: BTreeSet<usize> = slice(0).region.pixels().collect();
        for depth in 0..20 {
            let (few, many) = (hidden(depth, 1, 0.2, 5), hidden(depth, 1, 0.6, 5));
            assert!(few.is_subset(&many));
            assert_eq!(
                (hidden(depth, 1, 0.0, 5), hidden(depth, 1, 1.0, 5)),
                (BTreeSet::new(), whole.clone())
            );
            // Borders between hidden and seen columns lie on one grid.
            let is = |row: usize, column: usize| many.contains(&(row * 30 + column));
            let places = (2..22).flat_map(|row| (2..29).map(move |column| (row, column)));
            let borders = places.filter(|&(row, column)| is(row, column) != is(row, column - 1));
            let borders: BTreeSet<usize> = borders.map(|(_, column)| column % 5).collect();
            assert_eq!(borders.len(), 1, "{borders:?}");
        }
    }

    #[test]
    fn hidden_pixels_are_0_in_every_channel_and_the_rest_and_the_mask_stay() {
        let before = slice(3);
        let draw = Draw { seed: 1, epoch: 2 };
        let after = change(vec![before.clone()], &draw, &[], &[0.4, 6.0]).remove(0);
        let hidden = hidden(3, 2, 0.4, 6);
        assert!(!hidden.is_empty() && hidden.len() < 560 && after.mask == before.mask);
        for (place, (new, old)) in after.image.iter().zip(&before.image).enumerate() {
            assert_eq!(*new, if hidden.contains(&(place % 720)) { 0.0 } else { *old });
        }
        assert_ne!(hidden, super::tests::hidden(3, 1, 0.4, 6));
    }
}
