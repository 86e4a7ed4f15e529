//! Sparse-RS: random search by the score alone (F. Croce and others, AAAI 2022, algorithm 1 with their schedule for the
//! number of pixels). It begins at N random pixels with values at random ends of the span; each step puts some of them
//! back and takes as many others, and is kept where it does more harm. Harm is Dice, not a margin of classes.

use super::oracle::Oracle;
use super::search::{Change, Search};
use super::{Kind, Spending};
use crate::attack::ranked::draw;
use crate::attack::victim::Queries;
use crate::network::finite::NotFinite;
use crate::rules::Range;
use crate::rules::parameter::Parameter;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

pub(super) const KIND: Kind = Kind {
    name: "sparse-rs",
    title: "Sparse-RS",
    parameters: &[
        Parameter {
            name: "queries",
            default: 500.0,
            range: Range::Whole(1, 1_000_000),
            meaning: "images that are tried",
        },
        Parameter {
            name: "share",
            default: 0.3,
            range: Range::Within(0.0, 1.0),
            meaning: "pixels that the first steps exchange, as a share of N",
        },
    ],
    raises_loss: false,
    draws: true,
    queries: |values, Spending { .. }| Queries::answers(values[0] as usize),
    run,
};

/// Divisors of the share and the last step, of 10 000, that each is for.
const SCHEDULE: [(usize, f64); 9] = [
    (0, 1.0),
    (50, 2.0),
    (200, 4.0),
    (500, 5.0),
    (1000, 6.0),
    (2000, 8.0),
    (4000, 10.0),
    (6000, 12.0),
    (8000, 15.0),
];
const LAST_DIVISOR: f64 = 20.0;

fn run(searches: &mut [Search], oracle: &Oracle, values: &[f64]) -> Result<(), NotFinite> {
    let (queries, share) = (values[0] as usize, values[1]);
    let mut streams: Vec<ChaCha8Rng> = searches.iter().map(|search| search.trial.stream(KIND.name)).collect();
    for query in 0..queries {
        let tries: Vec<Vec<Change>> = searches
            .iter()
            .zip(&mut streams)
            .map(|(search, stream)| match query {
                0 => fresh(search, search.pixels.clone(), search.count, stream),
                _ => exchanged(search, exchanges(query, queries, share, search.count), stream),
            })
            .collect();
        let harms =
            oracle.harms(searches, tries.len(), |number| (number, searches[number].image(&tries[number])))?;
        for ((search, changes), harm) in searches.iter_mut().zip(tries).zip(harms) {
            search.hear(changes, harm);
        }
    }
    Ok(())
}

/// Pixels that step `query` of `queries` exchanges of `count`: at least one.
fn exchanges(query: usize, queries: usize, share: f64, count: usize) -> usize {
    let step = query * 10_000 / queries;
    let found = SCHEDULE.iter().find(|(last, _)| step <= *last);
    let divisor = found.map_or(LAST_DIVISOR, |(_, divisor)| *divisor);
    ((share / divisor * count as f64) as usize).clamp(1, count)
}

/// `count` pixels of `pixels` with values at random ends.
fn fresh(search: &Search, pixels: Vec<usize>, count: usize, stream: &mut ChaCha8Rng) -> Vec<Change> {
    let channels = search.trial.slice.channels();
    let pixels = draw(pixels, count, stream);
    let change = |pixel| Change { pixel, values: (0..channels).map(|_| end(search.span, stream)).collect() };
    pixels.into_iter().map(change).collect()
}

fn end(span: [f32; 2], stream: &mut ChaCha8Rng) -> f32 {
    span[usize::from(stream.random::<bool>())]
}

/// The best changes, `count` of them for others of pixels not among them; where no pixel is left, for other ends of
/// their own.
fn exchanged(search: &Search, count: usize, stream: &mut ChaCha8Rng) -> Vec<Change> {
    let places = draw((0..search.changes.len()).collect(), count, stream);
    let taken: Vec<usize> = search.changes.iter().map(|change| change.pixel).collect();
    let mut others: Vec<usize> =
        search.pixels.iter().copied().filter(|pixel| !taken.contains(pixel)).collect();
    if others.len() < count {
        others = places.iter().map(|&place| taken[place]).collect();
    }
    let mut changes = search.changes.clone();
    for (place, change) in places.into_iter().zip(fresh(search, others, count, stream)) {
        changes[place] = change;
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::trial::tests::{slice, trial};
    use std::collections::BTreeSet;

    /// `max(int(0.3 / d * 150), 1)` with the divisors d of the authors' code, at steps of 10 000.
    #[test]
    fn the_schedule_is_the_papers() {
        let at = |step| exchanges(step, 10_000, 0.3, 150);
        let steps = [0, 50, 51, 201, 501, 1001, 2001, 4001, 6001, 8001];
        assert_eq!(steps.map(at), [45, 22, 11, 9, 7, 5, 4, 3, 3, 2]);
        assert_eq!(exchanges(51, 10_000, 0.3, 5), 1);
        // Rescaled: step 2 of 400 is 50 of 10 000.
        assert_eq!((exchanges(2, 400, 0.3, 150), exchanges(3, 400, 0.3, 150)), (22, 11));
    }

    #[test]
    fn a_step_exchanges_as_many_as_it_is_told_and_keeps_the_rest() {
        let slice = slice([false; 20]);
        for count in [1, 2, 3] {
            let mut search = Search::new(trial(&slice, &[], "0"), 3, [0.0, 0.5]);
            let stream = &mut search.trial.stream("test");
            search.changes = fresh(&search, search.pixels.clone(), 3, stream);
            for _ in 0..50 {
                let next = exchanged(&search, count, stream);
                let of = |changes: &[Change]| changes.iter().map(|one| one.pixel).collect::<BTreeSet<_>>();
                let (before, after) = (of(&search.changes), of(&next));
                assert_eq!((after.len(), before.intersection(&after).count()), (3, 3 - count));
                assert!(next.iter().all(|one| [0.0, 0.5].contains(&one.values[0])));
            }
        }
    }

    #[test]
    fn where_all_pixels_are_taken_their_values_are_drawn_anew() {
        let slice = slice([false; 20]);
        let mut search = Search::new(trial(&slice, &[], "0"), 6, [0.0, 0.5]);
        let stream = &mut search.trial.stream("test");
        search.changes = fresh(&search, search.pixels.clone(), 6, stream);
        let next = exchanged(&search, 2, stream);
        let pixels: BTreeSet<usize> = next.iter().map(|one| one.pixel).collect();
        assert_eq!(pixels.len(), 6);
    }
}
