//! By gradient and room to move: of the pixels not yet taken, the one whose values can raise the loss most by its first
//! order, `sum over channels of max(g (low - x), g (high - x))`, goes to those ends of the span; then the gradient is taken
//! anew. The saliency of N. Papernot and others, EuroS&P 2016, for one scalar, one pixel a step and either direction.

use super::oracle::Oracle;
use super::search::{Change, Search};
use super::{Kind, Spending};
use crate::attack::victim::Queries;
use crate::network::finite::NotFinite;

pub(super) const KIND: Kind = Kind {
    name: "jsma",
    title: "JSMA",
    parameters: &[],
    raises_loss: true,
    draws: false,
    queries: |_, Spending { count, .. }| Queries::gradients(count),
    run,
};

fn run(searches: &mut [Search], oracle: &Oracle, _: &[f64]) -> Result<(), NotFinite> {
    let steps = searches.iter().map(|search| search.count).max().unwrap_or(0);
    for step in 0..steps {
        let mut going: Vec<&mut Search> = searches.iter_mut().filter(|search| step < search.count).collect();
        let images: Vec<Vec<f32>> = going.iter().map(|search| search.image(&search.changes)).collect();
        let seen = oracle.look(&going, &images, |search| step as f64 / search.count as f64)?;
        for (search, seen) in going.iter_mut().zip(seen) {
            let next = best(search, &seen.gradient);
            search.changes.extend(next);
        }
    }
    Ok(())
}

/// The next change; none where no pixel can raise the loss.
fn best(search: &Search, gradient: &[f32]) -> Option<Change> {
    let plane = search.trial.slice.mask.len();
    let [low, high] = search.span;
    let mut found: Option<(f64, Change)> = None;
    for &pixel in search.pixels.iter().filter(|pixel| !taken(search, **pixel)) {
        let (mut gain, mut values) = (0.0, Vec::new());
        for (clean, along) in search.clean(pixel).zip(gradient[pixel..].iter().step_by(plane)) {
            let by = |end: f32| f64::from(*along) * (f64::from(end) - f64::from(clean));
            let end = if by(low) > by(high) { low } else { high };
            gain += by(end);
            values.push(end);
        }
        if gain > found.as_ref().map_or(0.0, |(most, _)| *most) {
            found = Some((gain, Change { pixel, values }));
        }
    }
    found.map(|(_, change)| change)
}

fn taken(search: &Search, pixel: usize) -> bool {
    search.changes.iter().any(|change| change.pixel == pixel)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::trial::tests::{slice, trial};

    /// Values of the scanned pixels are 0.06 to 0.13, the span is 0 to 0.2: 0.14 up from pixel 6, 0.13 down from 13.
    #[test]
    fn room_counts_as_much_as_the_gradient() {
        let slice = slice([false; 20]);
        let mut search = Search::new(trial(&slice, &[], "0"), 2, [0.0, 0.2]);
        let mut gradient = vec![0.0; 20];
        gradient[0] = 9.0;
        gradient[6] = 1.0;
        gradient[13] = -1.05;
        // 0.14 * 1 against 0.13 * 1.05 = 0.1365.
        assert_eq!(best(&search, &gradient), Some(Change { pixel: 6, values: vec![0.2] }));
        search.changes.push(Change { pixel: 6, values: vec![0.2] });
        assert_eq!(best(&search, &gradient), Some(Change { pixel: 13, values: vec![0.0] }));
        assert_eq!(best(&search, &[0.0; 20]), None);
    }
}
