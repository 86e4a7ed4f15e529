//! The next pixel and value are those that bring Dice down most, found by trying: the first among `first` evenly
//! spaced pixels, all by default, the others among the `candidates` that did most harm alone. A step that only does less harm than nothing is not taken; it may
//! change a pixel that is changed already. Values are `values` evenly spaced ones of the span, the same in every channel.
//! Plain greedy choice by the measured score, as in G. L. Nemhauser and others, Mathematical Programming 1978.

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
    ],
    raises_loss: false,
    draws: false,
    queries,
    run,
};

/// The clean image, the first pixels, then the candidates of every further step.
fn queries(values: &[f64], spending: Spending) -> Queries {
    let Spending { count, area, span } = spending;
    let levels = levels(span, values[1] as usize).len();
    let first = area.min(values[2] as usize);
    let candidates = first.min(values[0] as usize);
    Queries::answers(1 + levels * (first + (count - 1) * candidates))
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
    let (candidates, count) = (values[0] as usize, values[1] as usize);
    let clean = oracle.harms(searches, searches.len(), |number| (number, searches[number].image(&[])))?;
    searches.iter_mut().zip(clean).for_each(|(search, harm)| search.harm = harm);
    let mut pools: Vec<Vec<usize>> =
        searches.iter().map(|search| spaced(&search.pixels, values[2] as usize)).collect();
    let steps = searches.iter().map(|search| search.count).max().unwrap_or(0);
    for step in 0..steps {
        let tries: Vec<(usize, Change)> = searches
            .iter()
            .enumerate()
            .filter(|(_, search)| step < search.count)
            .flat_map(|(number, search)| of_pool(search, &pools[number], count).map(move |one| (number, one)))
            .collect();
        let harms = oracle.harms(searches, tries.len(), |one| {
            let (number, change) = &tries[one];
            (*number, searches[*number].image(&with(&searches[*number].changes, change)))
        })?;
        let of_search = |a: &(&(usize, Change), Harm), b: &(&(usize, Change), Harm)| a.0.0 == b.0.0;
        let answers: Vec<(&(usize, Change), Harm)> = tries.iter().zip(harms).collect();
        for answers in answers.chunk_by(of_search) {
            let number = answers[0].0.0;
            let search = &mut searches[number];
            if step == 0 {
                pools[number] = most_harmful(answers, candidates);
            }
            let before = search.changes.clone();
            for ((_, change), harm) in answers {
                if harm.beats(&search.harm) {
                    search.hear(with(&before, change), *harm);
                }
            }
        }
    }
    Ok(())
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
fn most_harmful(answers: &[(&(usize, Change), Harm)], count: usize) -> Vec<usize> {
    let mut order: Vec<(usize, Harm)> =
        answers.iter().map(|((_, change), harm)| (change.pixel, *harm)).collect();
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

    #[test]
    fn passes_are_those_of_the_steps() {
        let spending = |count, area, span| Spending { count, area, span };
        // The clean image, 6 pixels at 2 values, then twice 4 of them.
        let asked = queries(&[4.0, 2.0, 9.0], spending(3, 6, [0.0, 1.0]));
        assert_eq!(asked, Queries::answers(1 + 12 + 2 * 8));
        assert_eq!(queries(&[4.0, 2.0, 3.0], spending(2, 6, [0.0, 1.0])), Queries::answers(1 + 6 + 6));
        assert_eq!(queries(&[200.0, 2.0, 9.0], spending(2, 6, [0.5, 0.5])), Queries::answers(1 + 6 + 6));
    }
}
