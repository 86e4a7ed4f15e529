//! The masks of the training slices permuted among them, once for the whole training: nothing that a slice shows tells its
//! mask. A map that looks the same under a network so trained does not show what the network learned of the data (J. Adebayo
//! and others, "Sanity checks for saliency maps", NeurIPS 2018, the data randomisation test).

use super::{Kind, Masks, Reads};
use crate::random::stream;
use rand::seq::SliceRandom;

pub(super) const KIND: Kind = Kind {
    name: "shuffled-labels",
    parameters: &[],
    reads: Reads::Nothing,
    masks: Masks::Of(permuted),
    change: |slices, _, _, _| slices,
};

/// A uniform permutation. It depends neither on the loss nor on the epoch.
fn permuted(seed: u64, slices: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..slices).collect();
    order.shuffle(&mut stream(&["feed", KIND.name, &seed.to_string()]));
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::feed::Feed;

    #[test]
    fn each_mask_is_used_once_and_the_seed_says_where() {
        let feed = Feed::shuffled_labels();
        let masks = |seed, slices| feed.masks(seed, slices).expect("a permutation");
        for slices in [0, 1, 2, 500] {
            let mut sorted = masks(3, slices);
            sorted.sort_unstable();
            assert_eq!(sorted, (0..slices).collect::<Vec<_>>());
        }
        assert_eq!(masks(3, 500), masks(3, 500));
        assert_ne!(masks(3, 500), masks(4, 500));
        assert!(Feed::default().masks(3, 500).is_none());
    }

    /// A uniform permutation leaves one slice in its place on average, with a variance of one.
    #[test]
    fn as_many_slices_keep_their_mask_as_chance_would_leave() {
        let kept: usize = (0..400)
            .map(|seed| permuted(seed, 50).iter().enumerate().filter(|(place, from)| place == *from).count())
            .sum();
        // Four standard deviations of 20 about 400.
        assert!((320..=480).contains(&kept), "{kept}");
    }
}
