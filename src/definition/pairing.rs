//! Which seeds draw each other's maps: of the seeds that a study lists, the first and the second, the third and the fourth, and
//! so on.

/// The other seed of the pair of `seed`; none where it is the last of an odd number, or not listed.
pub fn partner(seeds: &[u64], seed: u64) -> Option<u64> {
    let place = seeds.iter().position(|&other| other == seed)?;
    seeds.get(place ^ 1).copied()
}

/// The number of the pair of `seed`, from 0; none where it is not listed.
pub fn pair(seeds: &[u64], seed: u64) -> Option<usize> {
    Some(seeds.iter().position(|&other| other == seed)? / 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::first(100, Some(7), Some(0))]
    #[case::second(7, Some(100), Some(0))]
    #[case::next_pair(102, Some(3), Some(1))]
    #[case::alone(9, None, Some(2))]
    #[case::not_listed(8, None, None)]
    fn seeds_go_together_as_they_are_listed(
        #[case] seed: u64,
        #[case] other: Option<u64>,
        #[case] number: Option<usize>,
    ) {
        let seeds = [100, 7, 102, 3, 9];
        assert_eq!((partner(&seeds, seed), pair(&seeds, seed)), (other, number));
    }
}
