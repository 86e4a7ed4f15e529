//! The next pixel and value are those that bring Dice down most, found by trying: the first among `first` evenly
//! spaced pixels, all by default, the others among the `candidates` that did most harm alone. A step that only does less harm
//! than nothing is not taken; it may change a pixel that is changed already. Values are `values` evenly spaced ones of the
//! span, the same in every channel. Greedy choice by the measured score, as in G. L. Nemhauser and others, Mathematical
//! Programming 1978; then, `exchanges` times, each pixel in turn gives way to the candidate that does most harm beside the
//! others, their interchange.

use super::harm::Harm;
use super::oracle::Oracle;
use super::search::{Change, Search};
use super::{Kind, Spending};
use crate::attack::victim::Queries;
use crate::network::finite::NotFinite;
use crate::rules::Range;
use crate::rules::parameter::Parameter;

pub(super) const KIND: Kind = Kind {
    name: "greedy",
    title: "greedy search",
    parameters: &[
        Parameter {
            name: "candidates",
            default: 200.0,
            range: Range::Whole(1, 1_000_000),
            meaning: "pixels that are tried behind the first step",
        },
        Parameter {
            name: "values",
            default: 2.0,
            range: Range::Whole(1, 1000),
            meaning: "values that are tried at a pixel, the ends of the span among them",
        },
        Parameter {
            name: "first",
            default: 1_000_000.0,
            range: Range::Whole(1, 1_000_000),
            meaning: "pixels that are tried in the first step",
        },
        Parameter {
            name: "exchanges",
            default: 1.0,
            range: Range::Whole(0, 100),
            meaning: "how often each chosen pixel is tried against the candidates again",
        },
    ],
    raises_loss: false,
    draws: false,
    queries,
    run,
};

/// The clean image, the first pixels, then the candidates of every further step and of every exchange. One pixel is the best of
/// all already.
fn queries(values: &[f64], spending: Spending) -> Queries {
    let Spending { count, area, span } = spending;
    let levels = levels(span, values[1] as usize).len();
    let first = area.min(values[2] as usize);
    let candidates = first.min(values[0] as usize);
    let exchanged = if count > 1 { values[3] as usize * count } else { 0 };
    Queries::answers(1 + levels * (first + (count - 1 + exchanged) * candidates))
}

/// `count` evenly spaced values from the least to the largest; the largest where there is one, one where all are equal.
fn levels([low, high]: [f32; 2], count: usize) -> Vec<f32> {
    if low == high || count == 1 {
        return vec![high];
    }
    let share = |place: usize| place as f32 / (count - 1) as f32;
    (0..count).map(|place| (low + (high - low) * share(place)).clamp(low, high)).collect()
}

fn run(searches: &mut [Search], oracle: &Oracle, values: &[f64]) -> Result<(), NotFinite> {
    let [candidates, count, first, exchanges] = [0, 1, 2, 3].map(|place| values[place] as usize);
    let clean = oracle.harms(searches, searches.len(), |number| (number, searches[number].image(&[])))?;
    searches.iter_mut().zip(clean).for_each(|(search, harm)| search.harm = harm);
    let mut pools: Vec<Vec<usize>> = searches.iter().map(|search| spaced(&search.pixels, first)).collect();
    let steps = searches.iter().map(|search| search.count).max().unwrap_or(0);
    for step in 0..steps {
        let next = |_, search: &Search| (step < search.count).then(|| search.changes.clone());
        let singles = best(searches, oracle, &pools, count, next)?;
        if step == 0 {
            pools = singles.iter().map(|answers| most_harmful(answers, candidates)).collect();
        }
    }
    for _ in 0..exchanges {
        let chosen: Vec<Vec<usize>> = searches.iter().map(Search::changed).collect();
        for turn in 0..steps {
            best(searches, oracle, &pools, count, |number, search| {
                let may = search.count > 1 && turn < search.count;
                may.then(|| without(&search.changes, chosen[number].get(turn)))
            })?;
        }
    }
    Ok(())
}

/// A pixel's change and what came of it.
type Answer = (Change, Harm);

/// Puts to the changes that `beside` gives of each search and its number, where it gives any, the one of its pool that does most harm,
/// if that is more than all before; gives what every one of the pool did.
fn best(
    searches: &mut [Search],
    oracle: &Oracle,
    pools: &[Vec<usize>],
    count: usize,
    beside: impl Fn(usize, &Search) -> Option<Vec<Change>>,
) -> Result<Vec<Vec<Answer>>, NotFinite> {
    let besides = searches.iter().enumerate().map(|(number, search)| beside(number, search));
    let besides: Vec<Option<Vec<Change>>> = besides.collect();
    let tries: Vec<(usize, &[Change], Change)> = besides
        .iter()
        .enumerate()
        .filter_map(|(number, beside)| Some((number, beside.as_deref()?)))
        .flat_map(|(number, beside)| {
            of_pool(&searches[number], &pools[number], count).map(move |change| (number, beside, change))
        })
        .collect();
    let harms = oracle.harms(searches, tries.len(), |one| {
        let (number, beside, change) = &tries[one];
        (*number, searches[*number].image(&with(beside, change)))
    })?;
    let mut answers: Vec<Vec<Answer>> = vec![Vec::new(); searches.len()];
    for ((number, beside, change), harm) in tries.into_iter().zip(harms) {
        if harm.beats(&searches[number].harm) {
            searches[number].hear(with(beside, &change), harm);
        }
        answers[number].push((change, harm));
    }
    Ok(answers)
}

/// `changes` but that of `pixel`; all for the turn of a pixel that steps left free, since they did no more harm.
fn without(changes: &[Change], pixel: Option<&usize>) -> Vec<Change> {
    changes.iter().filter(|change| Some(&change.pixel) != pixel).cloned().collect()
}

/// `count` of `pixels`, evenly spaced; all where there are no more.
fn spaced(pixels: &[usize], count: usize) -> Vec<usize> {
    let count = count.min(pixels.len());
    (0..count).map(|place| pixels[(2 * place + 1) * pixels.len() / (2 * count)]).collect()
}

/// Every value at every pixel of `pool`.
fn of_pool<'a>(search: &'a Search, pool: &'a [usize], count: usize) -> impl Iterator<Item = Change> + 'a {
    let (levels, channels) = (levels(search.span, count), search.trial.slice.channels());
    pool.iter().flat_map(move |&pixel| {
        let change = |&level: &f32| Change { pixel, values: vec![level; channels] };
        levels.iter().map(change).collect::<Vec<_>>()
    })
}

/// `changes` and one more, which takes the place of one of the same pixel.
fn with(changes: &[Change], change: &Change) -> Vec<Change> {
    let others = changes.iter().filter(|other| other.pixel != change.pixel);
    others.chain([change]).cloned().collect()
}

/// The `count` pixels that do most harm alone, first things first; equal ones by ascending index.
fn most_harmful(answers: &[Answer], count: usize) -> Vec<usize> {
    let mut order: Vec<(usize, Harm)> = answers.iter().map(|(change, harm)| (change.pixel, *harm)).collect();
    order.sort_by(|a, b| {
        a.1.dice.total_cmp(&b.1.dice).then(a.1.soft.total_cmp(&b.1.soft)).then(a.0.cmp(&b.0))
    });
    let mut pixels: Vec<usize> = Vec::new();
    let mut taken = std::collections::BTreeSet::new();
    for (pixel, _) in order {
        if pixels.len() < count && taken.insert(pixel) {
            pixels.push(pixel);
        }
    }
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_span_the_range() {
        assert_eq!(levels([0.0, 1.0], 3), [0.0, 0.5, 1.0]);
        assert_eq!(levels([0.25, 0.5], 2), [0.25, 0.5]);
        assert_eq!(levels([0.0, 1.0], 1), [1.0]);
        assert_eq!(levels([0.5, 0.5], 7), [0.5]);
    }

    #[test]
    fn first_pixels_are_spread_over_all() {
        let pixels: Vec<usize> = (10..20).collect();
        assert_eq!(spaced(&pixels, 2), [12, 17]);
        assert_eq!(spaced(&pixels, 10), pixels);
        assert_eq!(spaced(&pixels, 11), pixels);
    }

    /// Whatever took the place of those before, their own pixels or one that was there already.
    #[test]
    fn every_pixel_that_was_chosen_gives_way_at_its_turn() {
        let change = |pixel| Change { pixel, values: vec![1.0] };
        let pixels = |changes: &[Change]| changes.iter().map(|change| change.pixel).collect::<Vec<_>>();
        let chosen = [1, 2, 3, 4];
        for comes in [[11, 12, 13, 14], [1, 12, 1, 14], [4, 4, 4, 4]] {
            let mut changes: Vec<Change> = chosen.map(change).to_vec();
            for (turn, pixel) in chosen.iter().zip(comes) {
                let left = without(&changes, Some(turn));
                assert!(!pixels(&left).contains(turn), "{turn} of {chosen:?} for {comes:?}");
                changes = with(&left, &change(pixel));
                assert!(changes.len() <= chosen.len());
            }
        }
        assert_eq!(pixels(&without(&chosen.map(change), None)), chosen);
    }

    #[test]
    fn passes_are_those_of_the_steps() {
        let spending = |count, area, span| Spending { count, area, span };
        // The clean image, 6 pixels at 2 values, then twice 4 of them.
        let asked = |values: [f64; 4], spending| queries(&values, spending);
        let plain = asked([4.0, 2.0, 9.0, 0.0], spending(3, 6, [0.0, 1.0]));
        assert_eq!(plain, Queries::answers(1 + 12 + 2 * 8));
        assert_eq!(asked([4.0, 2.0, 3.0, 0.0], spending(2, 6, [0.0, 1.0])), Queries::answers(1 + 6 + 6));
        assert_eq!(asked([200.0, 2.0, 9.0, 0.0], spending(2, 6, [0.5, 0.5])), Queries::answers(1 + 6 + 6));
        // Each of three pixels against 4 others at 2 values, twice; nothing for a single one.
        let exchanged = asked([4.0, 2.0, 9.0, 2.0], spending(3, 6, [0.0, 1.0]));
        assert_eq!(exchanged, Queries::answers(1 + 12 + 2 * 8 + 2 * 3 * 8));
        assert_eq!(asked([4.0, 2.0, 9.0, 2.0], spending(1, 6, [0.0, 1.0])), Queries::answers(1 + 12));
    }
}
