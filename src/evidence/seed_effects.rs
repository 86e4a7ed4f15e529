//! What seeds score once the volumes that each was tested on are taken out: a seed whose test volumes are easy is not a better
//! one.

use super::measured::Measured;

/// Rounds until nothing changes; designs that a study can have need some dozens.
const ROUNDS: usize = 10_000;
/// The largest change, as a share of the values' size, that is nothing.
const NOTHING: f64 = 1e-13;

/// The value of each of `seeds` seeds over all of `volumes` volumes. Where every seed has every volume it is the seed's own,
/// else that of the least squares fit of a sum, an effect of the seed and one of the volume (H. Scheffe, The Analysis of
/// Variance, 1959, chapter 4), the volumes counting alike. NaN where a seed has no volume, and for all where the volumes of
/// some have none in common with those of others, directly or through others: nothing then tells a seed from its volumes.
pub fn of(measured: &Measured, seeds: usize, volumes: usize) -> Vec<f64> {
    let only =
        |one: usize| -> Vec<f64> { (0..volumes).map(|volume| f64::from(u8::from(volume == one))).collect() };
    let weights: Vec<Vec<f64>> = (0..volumes).map(only).collect();
    let row = |seed: usize| weights.iter().map(|weights| measured.of_seed(seed, weights)).collect();
    let table: Vec<Vec<f64>> = (0..seeds).map(row).collect();
    if table.iter().flatten().all(|value| value.is_finite()) {
        let every = vec![1.0; volumes];
        return (0..seeds).map(|seed| measured.of_seed(seed, &every)).collect();
    }
    if !is_linked(&table) {
        return vec![f64::NAN; seeds];
    }
    fit(&table)
}

/// Whether all seeds that have a volume are linked by volumes in common.
fn is_linked(table: &[Vec<f64>]) -> bool {
    let has = |row: &[f64], volume: usize| row[volume].is_finite();
    let count = table.first().map_or(0, Vec::len);
    let mut apart: Vec<&Vec<f64>> =
        table.iter().filter(|row| (0..count).any(|volume| has(row, volume))).collect();
    let mut reached: Vec<&Vec<f64>> = apart.pop().into_iter().collect();
    while let Some(row) = reached.pop() {
        let meets = |other: &Vec<f64>| (0..count).any(|volume| has(row, volume) && has(other, volume));
        let (linked, rest) = apart.into_iter().partition(|other| meets(other));
        apart = rest;
        reached.extend::<Vec<&Vec<f64>>>(linked);
    }
    apart.is_empty()
}

/// Fits by turns until both sides agree. A value that is not finite is not there.
fn fit(table: &[Vec<f64>]) -> Vec<f64> {
    let count = table.first().map_or(0, Vec::len);
    let sizes = table.iter().flatten().filter(|value| value.is_finite());
    let nothing = NOTHING * sizes.fold(0.0, |most: f64, value| most.max(value.abs()));
    let (mut seeds, mut volumes) = (vec![0.0; table.len()], vec![0.0; count]);
    for _ in 0..ROUNDS {
        let row = |row: &Vec<f64>| mean(row.iter().zip(&volumes).map(|(value, volume)| value - volume));
        let now: Vec<f64> = table.iter().map(row).collect();
        let column = |volume: usize| mean(table.iter().zip(&now).map(|(row, seed)| row[volume] - seed));
        volumes = (0..count).map(column).collect();
        let still = now.iter().zip(&seeds).all(|(now, before): (&f64, &f64)| (now - before).abs() <= nothing);
        seeds = now;
        if still {
            break;
        }
    }
    let middle = mean(volumes.into_iter());
    seeds.into_iter().map(|seed| seed + middle).collect()
}

/// The mean of those that are finite; NaN without one.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let add = |(sum, count), value| (sum + value, count + 1.0);
    let (sum, count) = values.filter(|value| value.is_finite()).fold((0.0, 0.0), add);
    sum / count
}

#[cfg(test)]
mod tests {
    use super::super::measured::Term;
    use super::*;

    /// Values by seed and volume, none where a seed was not tested.
    fn measured(table: &[Vec<Option<f64>>]) -> Measured {
        let cell = |value: &Option<f64>| value.map_or([0.0; 2], |value| [value, 1.0]);
        let cells = table.iter().map(|row| row.iter().map(cell).collect()).collect();
        Measured::new(vec![Term { factor: 1.0, cells }])
    }

    /// Four seeds with two or three of five volumes each: sums come back whatever the volumes bring.
    #[test]
    fn effects_of_a_sum_are_found_whichever_volumes_a_seed_has() {
        let (seeds, volumes) = ([0.1, 0.4, 0.2, 0.7], [10.0, -3.0, 5.0, 0.5, 2.5]);
        let tested = [vec![0, 1], vec![1, 2, 3], vec![3, 4], vec![0, 4]];
        let value = |seed: usize, volume: usize| {
            tested[seed].contains(&volume).then_some(seeds[seed] + volumes[volume])
        };
        let table: Vec<Vec<Option<f64>>> =
            (0..4).map(|seed| (0..5).map(|volume| value(seed, volume)).collect()).collect();
        let found = of(&measured(&table), 4, 5);
        for (found, seed) in found.iter().zip(seeds) {
            approx::assert_abs_diff_eq!(*found, seed + 3.0, epsilon = 1e-9);
        }
    }

    #[test]
    fn seeds_with_the_same_volumes_keep_their_means_to_the_bit() {
        let table = vec![vec![Some(0.1), Some(0.7), Some(0.2)], vec![Some(0.3), Some(0.3), Some(0.9)]];
        let measured = measured(&table);
        let means = [0, 1].map(|seed| measured.of_seed(seed, &[1.0; 3]));
        assert_eq!(of(&measured, 2, 3), means);
    }

    /// Means of seeds that were tested on volumes of their own would be those of the volumes.
    #[test]
    fn seeds_that_no_volume_links_have_no_value() {
        let tested =
            |volumes: [usize; 2]| (0..6).map(|one| volumes.contains(&one).then_some(one as f64)).collect();
        let apart = of(&measured(&[tested([0, 1]), tested([2, 3]), tested([4, 5])]), 3, 6);
        assert!(apart.iter().all(|value| value.is_nan()), "{apart:?}");
        let halves = of(&measured(&[tested([0, 1]), tested([1, 2]), tested([4, 5])]), 3, 6);
        assert!(halves.iter().all(|value| value.is_nan()), "{halves:?}");
        let chain = of(&measured(&[tested([0, 1]), tested([4, 3]), tested([1, 3])]), 3, 6);
        assert!(chain.iter().all(|value| value.is_finite()), "{chain:?}");
    }

    #[test]
    fn a_seed_without_a_volume_has_no_value() {
        let found = of(&measured(&[vec![Some(1.0), Some(2.0)], vec![None, None]]), 2, 2);
        assert!(found[0].is_finite() && found[1].is_nan(), "{found:?}");
    }
}
