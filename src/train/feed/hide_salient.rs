//! Hides the pixels of each slice that the network in training looks at most, before each step: what it relies on now
//! is what it must do without next. Erasing what a network relies on is of Y. Wei and others (CVPR 2017, adversarial
//! erasing); here it is the pixels of highest absolute gradient of the summed foreground probability, the paper's saliency.
//! Hidden pixels are 0 in every channel, as padding is; the mask stays.

use super::hidden::{by_gradient, hide, with_maps};
use super::{Kind, Masks, Reads};
use crate::rules::Range;
use crate::rules::parameter::Parameter;

pub(super) const KIND: Kind = Kind {
    name: "hide-salient",
    parameters: &[Parameter {
        name: "share",
        default: 0.05,
        range: Range::Within(0.0, 1.0),
        meaning: "share of the scanned pixels that is hidden",
    }],
    reads: Reads::InTraining,
    masks: Masks::Own,
    change: |mut slices, _, maps, values| {
        for (slice, map) in with_maps(&mut slices, maps) {
            let (high, _) = by_gradient(slice, map, values[0]);
            hide(slice, &high);
        }
        slices
    },
};

#[cfg(test)]
mod tests {
    use crate::train::feed::tests::{bright, slice};
    use crate::train::feed::{Draw, Feed};

    #[test]
    fn the_most_salient_pixels_are_hidden_and_no_others() {
        let feed = Feed::parse("hide-salient(share=0.25)").expect("a feed");
        let slices = vec![slice(0, 1), slice(1, 2)];
        let maps = [bright(3), bright(40)].concat();
        let changed = feed.change(slices.clone(), &Draw { seed: 0, epoch: 1 }, &maps);
        for ((after, before), first) in changed.iter().zip(&slices).zip([3, 40]) {
            assert_eq!(after.mask, before.mask);
            for pixel in 0..64 {
                let salient = (first..first + 16).contains(&pixel);
                assert_eq!(after.image[pixel], if salient { 0.0 } else { before.image[pixel] });
            }
        }
    }
}
