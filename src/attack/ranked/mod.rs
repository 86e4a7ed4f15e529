//! Attacks that put a slice's pixels in an order, of which a budget of N takes the first N: each is a file of
//! this folder and a line in [`ATTACKS`].

mod magnitude;
mod random;
mod random_foreground;
mod signed;

use crate::attack::{Attack, Target};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Every ranked attack.
pub const ATTACKS: &[Attack] =
    &[signed::ATTACK, magnitude::ATTACK, random::ATTACK, random_foreground::ATTACK];

/// The `most` pixels of `target` with the highest `key`, descending; equal keys by ascending index.
fn highest(target: &Target, most: usize, key: impl Fn(usize) -> f32) -> Vec<usize> {
    let mut pixels: Vec<(f32, usize)> = target.pixels().map(|pixel| (key(pixel), pixel)).collect();
    let before = |a: &(f32, usize), b: &(f32, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    if most < pixels.len() {
        pixels.select_nth_unstable_by(most, before);
        pixels.truncate(most);
    }
    pixels.sort_unstable_by(before);
    pixels.into_iter().map(|(_, pixel)| pixel).collect()
}

/// Draws `most` of `pixels` in random order. The first draws of a larger `most` are the same.
fn draw(mut pixels: Vec<usize>, most: usize, generator: &mut ChaCha8Rng) -> Vec<usize> {
    let most = most.min(pixels.len());
    for place in 0..most {
        let other = generator.random_range(place..pixels.len());
        pixels.swap(place, other);
    }
    pixels.truncate(most);
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::find;
    use crate::image::region::Region;
    use rstest::rstest;

    const REGION: Region = Region { top: 1, left: 1, height: 2, width: 3, row: 5 };

    fn order(attack: &str, saliency: &[f32], mask: &[bool], most: usize, seed: u64) -> Vec<usize> {
        let mut generator = crate::random::stream(&[&seed.to_string()]);
        let target = Target { saliency, mask, region: &REGION, ignored: &[] };
        (find(attack).expect("a known attack").order)(&target, most, &mut generator)
    }

    fn saliency() -> Vec<f32> {
        let mut saliency = vec![9.0; 20];
        for (pixel, value) in REGION.pixels().zip([0.5, -3.0, 1.0, 1.0, 0.0, -0.5]) {
            saliency[pixel] = value;
        }
        saliency
    }

    #[test]
    fn signed_takes_the_highest_and_breaks_ties_by_index() {
        assert_eq!(order("signed", &saliency(), &[false; 20], 4, 0), [8, 11, 6, 12]);
    }

    #[test]
    fn magnitude_takes_the_largest_of_either_sign() {
        assert_eq!(order("magnitude", &saliency(), &[false; 20], 4, 0), [7, 8, 11, 6]);
    }

    #[test]
    fn a_tie_of_zero_and_minus_zero_goes_by_index_in_magnitude() {
        let mut flat = vec![0.0; 20];
        flat[6] = -0.0;
        assert_eq!(order("magnitude", &flat, &[false; 20], 2, 0), [6, 7]);
        assert_eq!(order("signed", &flat, &[false; 20], 2, 0), [6, 7]);
    }

    #[rstest]
    #[case("signed", [7, 11, 12])] // 1, 1, 0; the others sum below 0
    #[case("magnitude", [7, 8, 6])] // 7, 4, 3.5
    fn positions_are_ranked_by_the_sum_over_channels(#[case] attack: &str, #[case] expected: [usize; 3]) {
        let mut other = vec![0.0; 20];
        (other[6], other[7], other[8]) = (-3.0, 4.0, -3.0);
        let two = [saliency(), other].concat();
        assert_eq!(order(attack, &two, &[false; 20], 3, 0), expected);
    }

    #[rstest]
    fn ignored_pixels_are_never_chosen(
        #[values("signed", "magnitude", "random", "random-foreground")] attack: &str,
    ) {
        let target =
            Target { saliency: &saliency(), mask: &[true; 20], region: &REGION, ignored: &[7, 8, 11] };
        let mut generator = crate::random::stream(&[]);
        let mut chosen = (find(attack).expect("a known attack").order)(&target, 3, &mut generator);
        chosen.sort_unstable();
        assert_eq!(chosen, [6, 12, 13]);
    }

    #[test]
    fn random_foreground_takes_the_mask_first() {
        let mut mask = [false; 20];
        mask[8] = true;
        mask[11] = true;
        let mut first = order("random-foreground", &saliency(), &mask, 4, 1)[..2].to_vec();
        first.sort_unstable();
        assert_eq!(first, [8, 11]);
    }

    #[rstest]
    fn a_larger_budget_keeps_the_choice_of_a_smaller_one(
        #[values("signed", "magnitude", "random", "random-foreground")] attack: &str,
        #[values(1, 2, 3)] seed: u64,
    ) {
        let mut mask = [false; 20];
        mask[6..9].fill(true);
        let all = order(attack, &saliency(), &mask, 6, seed);
        for most in 0..6 {
            assert_eq!(order(attack, &saliency(), &mask, most, seed), all[..most]);
        }
    }

    #[test]
    fn random_choices_cover_the_region_evenly() {
        let mut counts = [0; 20];
        for seed in 0..3000 {
            counts[order("random", &saliency(), &[false; 20], 1, seed)[0]] += 1;
        }
        // Binomial(3000, 1/6): mean 500, standard deviation 20.4; four of them are 82.
        assert!(REGION.pixels().all(|pixel| (418..=582).contains(&counts[pixel])), "{counts:?}");
        assert_eq!(counts.iter().sum::<i32>(), 3000);
    }
}
