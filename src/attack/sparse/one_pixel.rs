//! Differential evolution (J. Su and others, IEEE TEVC 2019; R. Storn and K. Price 1997, their DE/rand/1 without
//! crossover). A member of the population is N times a row, a column and a value a channel. Places begin even, values
//! normal around the middle of the span at half its width; a child is `a + 0.5 (b - c)` of three other members and takes
//! its parent's place where it does more harm.

use super::harm::Harm;
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
use rand_distr::{Distribution, StandardNormal};

/// How much of a difference is added.
const SCALE: f64 = 0.5;

pub(super) const KIND: Kind = Kind {
    name: "one-pixel",
    title: "one-pixel attack",
    parameters: &[
        Parameter {
            name: "population",
            default: 50.0,
            range: Range::Whole(4, 100_000),
            meaning: "members of a generation",
        },
        Parameter {
            name: "generations",
            default: 9.0,
            range: Range::Whole(0, 100_000),
            meaning: "generations of children",
        },
    ],
    raises_loss: false,
    draws: true,
    queries: |values, Spending { .. }| Queries::answers(values[0] as usize * (1 + values[1] as usize)),
    run,
};

/// Coordinates of a member: row, column and values, N times.
type Member = Vec<f64>;

fn run(searches: &mut [Search], oracle: &Oracle, values: &[f64]) -> Result<(), NotFinite> {
    let (size, generations) = (values[0] as usize, values[1] as usize);
    let mut streams: Vec<ChaCha8Rng> = searches.iter().map(|search| search.trial.stream(KIND.name)).collect();
    let first = |(search, stream): (&Search, &mut ChaCha8Rng)| -> Vec<Member> {
        (0..size).map(|_| scattered(search, stream)).collect()
    };
    let mut members: Vec<Vec<Member>> = searches.iter().zip(&mut streams).map(first).collect();
    let mut harms = judged(searches, oracle, &members)?;
    for _ in 0..generations {
        let born = |(members, stream): (&Vec<Member>, &mut ChaCha8Rng)| children(members, stream);
        let children: Vec<Vec<Member>> = members.iter().zip(&mut streams).map(born).collect();
        let found = judged(searches, oracle, &children)?;
        let pairs = members.iter_mut().flatten().zip(harms.iter_mut().flatten());
        let children = children.into_iter().flatten().zip(found.into_iter().flatten());
        for ((member, harm), (child, found)) in pairs.zip(children) {
            if found.beats(harm) {
                (*member, *harm) = (child, found);
            }
        }
    }
    Ok(())
}

/// The harm of every member; each search keeps the best.
fn judged(
    searches: &mut [Search],
    oracle: &Oracle,
    members: &[Vec<Member>],
) -> Result<Vec<Vec<Harm>>, NotFinite> {
    let size = members.first().map_or(1, Vec::len).max(1);
    let harms = oracle.harms(searches, size * searches.len(), |one| {
        let search = &searches[one / size];
        (one / size, search.image(&changes(search, &members[one / size][one % size])))
    })?;
    let harms: Vec<Vec<Harm>> = harms.chunks(size).map(<[Harm]>::to_vec).collect();
    for ((search, members), harms) in searches.iter_mut().zip(members).zip(&harms) {
        for (member, harm) in members.iter().zip(harms) {
            let found = changes(search, member);
            search.hear(found, *harm);
        }
    }
    Ok(harms)
}

fn scattered(search: &Search, stream: &mut ChaCha8Rng) -> Member {
    let region = search.trial.slice.region;
    let [low, high] = search.span.map(f64::from);
    let mut member = Vec::new();
    for _ in 0..search.count {
        member.push(stream.random_range(0.0..region.height as f64));
        member.push(stream.random_range(0.0..region.width as f64));
        for _ in 0..search.trial.slice.channels() {
            let normal: f64 = StandardNormal.sample(stream);
            member.push((low + high) / 2.0 + (high - low) / 2.0 * normal);
        }
    }
    member
}

/// A child for every member.
fn children(members: &[Member], stream: &mut ChaCha8Rng) -> Vec<Member> {
    let child = |parent: usize| {
        let others = (0..members.len()).filter(|&other| other != parent).collect();
        let three = draw(others, 3, stream);
        mutant([0, 1, 2].map(|one| members[three[one]].as_slice()))
    };
    (0..members.len()).map(child).collect()
}

fn mutant([a, b, c]: [&[f64]; 3]) -> Member {
    a.iter().zip(b).zip(c).map(|((a, b), c)| a + SCALE * (b - c)).collect()
}

/// What a member changes: places outside what was scanned are its nearest, values outside the span its ends. A place
/// to ignore changes nothing; of several on one pixel the last counts.
fn changes(search: &Search, member: &[f64]) -> Vec<Change> {
    let (region, [low, high]) = (search.trial.slice.region, search.span);
    let within = |place: f64, size: usize| (place.max(0.0) as usize).min(size - 1);
    let mut changes: Vec<Change> = Vec::new();
    for one in member.chunks(2 + search.trial.slice.channels()) {
        let (row, column) = (within(one[0], region.height), within(one[1], region.width));
        let pixel = (region.top + row) * region.row + region.left + column;
        let values = one[2..].iter().map(|&value| (value as f32).clamp(low, high)).collect();
        if search.trial.allows(pixel) {
            changes.retain(|other| other.pixel != pixel);
            changes.push(Change { pixel, values });
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::trial::tests::{slice, trial};

    #[test]
    fn members_are_read_as_pixels_and_values_of_the_span() {
        let mut slice = slice([false; 20]);
        slice.ignored = vec![12];
        let search = Search::new(trial(&slice, &[], "0"), 4, [0.0, 0.5]);
        let change = |pixel, value: f32| Change { pixel, values: vec![value] };
        // Beyond the corners, the ignored pixel, and one pixel twice.
        let member = [-3.0, 9.0, 0.25, 7.0, -1.0, 2.0, 1.5, 1.5, 0.1, 1.9, 0.9, -1.0];
        assert_eq!(changes(&search, &member), [change(8, 0.25), change(11, 0.0)]);
    }

    #[test]
    fn a_child_is_made_of_three_others() {
        assert_eq!(mutant([&[1.0, 2.0], &[3.0, 0.0], &[0.0, 1.0]]), [2.5, 1.5]);
        let members: Vec<Member> = (0..4).map(|power| vec![10.0_f64.powi(power)]).collect();
        let stream = &mut crate::random::stream(&["test"]);
        for _ in 0..50 {
            for (parent, child) in children(&members, stream).iter().enumerate() {
                // Every `a + (b - c) / 2` of the three that are not the parent.
                let others: Vec<f64> =
                    (0..4).filter(|&one| one != parent).map(|one| members[one][0]).collect();
                let total: f64 = others.iter().sum();
                let possible = others.iter().flat_map(|a| {
                    others.iter().filter(move |b| *b != a).map(move |b| a + 0.5 * (b - (total - a - b)))
                });
                assert!(possible.into_iter().any(|one| (one - child[0]).abs() < 1e-9), "{child:?}");
            }
        }
    }
}
