//! How many test volumes a run has: seeds that draw a split each share some of them.

/// Test volumes as a count: `all` of them, of which a seed has the fewest and the most of `of_a_seed`.
pub fn counted(all: usize, of_a_seed: [usize; 2]) -> String {
    match of_a_seed {
        [least, most] if most == all && least == all => format!("{all}"),
        [least, most] if least == most => format!("{most} of each seed, {all} in all"),
        [least, most] => format!("{least} to {most} of each seed, {all} in all"),
    }
}

/// [`counted`] within a sentence.
pub fn in_words(all: usize, of_a_seed: [usize; 2]) -> String {
    match of_a_seed {
        [1, 1] if all == 1 => "1 test volume".into(),
        [least, most] if most == all && least == all => format!("{all} test volumes"),
        [1, 1] => format!("the test volume of each seed, {all} in all"),
        [least, most] if least == most => format!("the {most} test volumes of each seed, {all} in all"),
        [least, most] => format!("the {least} to {most} test volumes of each seed, {all} in all"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::one(1, [1, 1], "1", "1 test volume")]
    #[case::shared(60, [60, 60], "60", "60 test volumes")]
    #[case::one_each(3, [1, 1], "1 of each seed, 3 in all", "the test volume of each seed, 3 in all")]
    #[case::as_many_each(150, [60, 60], "60 of each seed, 150 in all", "the 60 test volumes of each seed, 150 in all")]
    #[case::others(150, [58, 60], "58 to 60 of each seed, 150 in all", "the 58 to 60 test volumes of each seed, 150 in all")]
    fn says_whose_they_are(
        #[case] all: usize,
        #[case] of_a_seed: [usize; 2],
        #[case] count: &str,
        #[case] words: &str,
    ) {
        assert_eq!(counted(all, of_a_seed), count);
        assert_eq!(in_words(all, of_a_seed), words);
    }
}
