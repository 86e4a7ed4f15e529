//! Trains on those parts of each slice alone in which the gradient of an earlier network is highest, as the paper's last
//! sentences propose. The earlier network is the arm's own after a first, whole training of the same seed, length and
//! loss with the plain feed; the network that counts starts anew from the same initial weights.
//!
//! The pixels of highest absolute gradient of the summed foreground probability are kept, the rest is hidden: 0 in every
//! channel, as padding is. The mask and with it the loss stay those of the whole slice.

use super::hidden::{by_gradient, hide, with_maps};
use super::{Kind, Masks, Reads};
use crate::rules::Range;
use crate::rules::parameter::Parameter;

pub(super) const KIND: Kind = Kind {
    name: "focus",
    parameters: &[Parameter {
        name: "share",
        default: 0.5,
        range: Range::Within(0.0, 1.0),
        meaning: "share of the scanned pixels that is kept",
    }],
    reads: Reads::Earlier,
    masks: Masks::Own,
    change: |mut slices, _, maps, values| {
        for (slice, map) in with_maps(&mut slices, maps) {
            let (_, low) = by_gradient(slice, map, values[0]);
            hide(slice, &low);
        }
        slices
    },
};

#[cfg(test)]
mod tests {
    use crate::train::feed::tests::{bright, slice};
    use crate::train::feed::{Draw, Feed};

    #[test]
    fn only_the_pixels_of_highest_gradient_are_kept() {
        let feed = Feed::parse("focus(share=0.25)").expect("a feed");
        let before = slice(0, 1);
        let changed = feed.change(vec![before.clone()], &Draw { seed: 0, epoch: 1 }, &bright(20));
        assert_eq!(changed[0].mask, before.mask);
        for pixel in 0..64 {
            let salient = (20..36).contains(&pixel);
            assert_eq!(changed[0].image[pixel], if salient { before.image[pixel] } else { 0.0 });
        }
        let whole = Feed::parse("focus(share=1)").expect("a feed");
        assert_eq!(whole.change(vec![before.clone()], &Draw { seed: 0, epoch: 1 }, &bright(0)), [before]);
    }
}
