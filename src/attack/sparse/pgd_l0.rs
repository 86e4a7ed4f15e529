//! Projected gradient descent with N pixels (PGD_0 of F. Croce and M. Hein, ICCV 2019): a step along the gradient at L1
//! length, then the N pixels stay that the projection onto the span brings nearer least, `sum over channels of
//! (y - x)^2 - (y - clip(y))^2` for the clean x, and the others go back. The worst image on the way counts.

use super::oracle::{Oracle, Seen};
use super::search::{Change, Search};
use super::{Kind, Spending};
use crate::attack::victim::Queries;
use crate::network::finite::NotFinite;
use crate::rules::Range;
use crate::rules::parameter::Parameter;

pub(super) const KIND: Kind = Kind {
    name: "pgd-l0",
    title: "PGD, L0",
    parameters: &[
        Parameter {
            name: "steps",
            default: 20.0,
            range: Range::Whole(1, 100_000),
            meaning: "gradients that are taken",
        },
        Parameter {
            name: "step",
            default: 0.15,
            range: Range::Above(0.0),
            meaning: "mean length of a step over all values, over the width of the span or its height above 0",
        },
    ],
    raises_loss: true,
    draws: false,
    queries: |values, Spending { .. }| Queries::gradients(values[0] as usize).and(Queries::answers(1)),
    run,
};

fn run(searches: &mut [Search], oracle: &Oracle, values: &[f64]) -> Result<(), NotFinite> {
    let (steps, share) = (values[0] as usize, values[1]);
    // Where each is, which need not be the worst so far.
    let mut here: Vec<Vec<Change>> = vec![Vec::new(); searches.len()];
    for step in 0..steps {
        let mut going: Vec<&mut Search> = searches.iter_mut().collect();
        let images: Vec<Vec<f32>> =
            going.iter().zip(&here).map(|(search, changes)| search.image(changes)).collect();
        let seen = oracle.look(&going, &images, |_| step as f64 / steps as f64)?;
        let places = going.iter_mut().zip(&mut here).zip(images.iter().zip(seen));
        for ((search, changes), (image, Seen { harm, gradient })) in places {
            search.hear(changes.clone(), harm);
            *changes = stepped(search, image, &gradient, share);
        }
    }
    let harms =
        oracle.harms(searches, searches.len(), |number| (number, searches[number].image(&here[number])))?;
    for ((search, changes), harm) in searches.iter_mut().zip(here).zip(harms) {
        search.hear(changes, harm);
    }
    Ok(())
}

/// A step from `image` and back to N pixels within the span. Without a gradient nothing moves.
fn stepped(search: &Search, image: &[f32], gradient: &[f32], share: f64) -> Vec<Change> {
    let (plane, channels) = (search.trial.slice.mask.len(), search.trial.slice.channels());
    let [low, high] = search.span.map(f64::from);
    let width = if high > low { high - low } else { high.abs().max(f64::MIN_POSITIVE) };
    let places = |pixel: usize| (0..channels).map(move |channel| channel * plane + pixel);
    let length: f64 = search
        .pixels
        .iter()
        .flat_map(|&pixel| places(pixel))
        .map(|place| f64::from(gradient[place]).abs())
        .sum();
    let values = (search.pixels.len() * channels) as f64;
    let step = if length > 0.0 { share * width * values / length } else { 0.0 };
    let mut found: Vec<(f64, Change)> = Vec::new();
    for &pixel in &search.pixels {
        let (mut kept, mut values) = (0.0, Vec::with_capacity(channels));
        for (place, clean) in places(pixel).zip(search.clean(pixel)) {
            let moved = f64::from(image[place]) + step * f64::from(gradient[place]);
            let inside = moved.clamp(low, high);
            kept += (moved - f64::from(clean)).powi(2) - (moved - inside).powi(2);
            values.push(inside as f32);
        }
        found.push((kept, Change { pixel, values }));
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.pixel.cmp(&b.1.pixel)));
    let kept = found.into_iter().take(search.count).filter(|(kept, _)| *kept > 0.0);
    kept.map(|(_, Change { pixel, values })| {
        let [low, high] = search.span;
        Change { pixel, values: values.into_iter().map(|value| value.clamp(low, high)).collect() }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::trial::tests::{slice, trial};

    /// Six scanned values in a span of 0 to 0.2: a step of 0.5 is 0.6 along the gradient at L1 length 1.
    #[test]
    fn the_pixels_that_move_furthest_within_the_span_stay() {
        let slice = slice([false; 20]);
        let search = Search::new(trial(&slice, &[], "0"), 2, [0.0, 0.2]);
        let mut gradient = vec![0.0; 20];
        for (pixel, along) in [(6, 0.1), (7, -0.2), (8, 0.5), (13, 0.2), (0, 9.0)] {
            gradient[pixel] = along;
        }
        let mut image = slice.image.clone();
        let changes = stepped(&search, &image, &gradient, 0.5);
        // Moves: 6 by 0.06, 7 by -0.12 to its end at 0, 8 by 0.3 beyond its end at 0.2, 13 by 0.12 beyond it too.
        // Kept: 0.0036; 0.12^2 - 0.05^2 = 0.0119; 0.3^2 - 0.18^2 = 0.0576; 0.12^2 - 0.05^2 = 0.0119, the later of equals.
        let pixels: Vec<usize> = changes.iter().map(|change| change.pixel).collect();
        assert_eq!(pixels[0], 8);
        assert!([7, 13].contains(&pixels[1]), "{pixels:?}");
        assert_eq!(changes[0].values, [0.2]);
        // From a pixel that is away already, without a gradient: it stays, nothing else does.
        image[6] = 0.19;
        let held = stepped(&search, &image, &[0.0; 20], 0.5);
        assert_eq!(held, [Change { pixel: 6, values: vec![0.19] }]);
    }
}
