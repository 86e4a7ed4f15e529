//! Planes in another number of pixels over the same area: centres are aligned, edges stay where they are.

/// A plane of `from` pixels, first side fastest, in `to` pixels: bilinear between the nearest centres, and the outermost
/// values beyond them. No blur goes before, as in PyTorch's `interpolate(mode="bilinear", align_corners=False)`.
pub fn bilinear(plane: &[f32], from: [usize; 2], to: [usize; 2]) -> Vec<f32> {
    let [fast, slow] = [0, 1].map(|side| neighbours(from[side], to[side]));
    let row = |place: usize, (left, right, share): (usize, usize, f64)| {
        let row = &plane[place * from[0]..];
        f64::from(row[left]) * (1.0 - share) + f64::from(row[right]) * share
    };
    let mut pixels = Vec::with_capacity(to[0] * to[1]);
    for (above, below, share) in slow {
        let between =
            |&at: &(usize, usize, f64)| (row(above, at) * (1.0 - share) + row(below, at) * share) as f32;
        pixels.extend(fast.iter().map(between));
    }
    pixels
}

/// A plane of `from` pixels, first side fastest, in `to` pixels: each takes the value of the pixel in which its centre lies,
/// on an edge that of the later one. That is PyTorch's `nearest-exact`, in whole numbers.
pub fn nearest<T: Copy>(plane: &[T], from: [usize; 2], to: [usize; 2]) -> Vec<T> {
    let place = |at: usize, side: usize| (2 * at + 1) * from[side] / (2 * to[side]);
    let fast: Vec<usize> = (0..to[0]).map(|at| place(at, 0)).collect();
    (0..to[1])
        .flat_map(|at| fast.iter().map(move |left| place(at, 1) * from[0] + left))
        .map(|at| plane[at])
        .collect()
}

/// For each of `to` centres the two of `from` between which it lies, and the share of the second.
fn neighbours(from: usize, to: usize) -> Vec<(usize, usize, f64)> {
    let step = from as f64 / to as f64;
    let between = |at: usize| {
        let place = ((at as f64 + 0.5) * step - 0.5).clamp(0.0, from as f64 - 1.0);
        let left = place.floor() as usize;
        (left, (left + 1).min(from - 1), place - left as f64)
    };
    (0..to).map(between).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Fixture {
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        from: [usize; 2],
        to: [usize; 2],
        image: Vec<f32>,
        bilinear: Vec<f32>,
        label: Vec<u8>,
        nearest: Vec<u8>,
    }

    /// `scripts/make_resample_fixtures.py`: PyTorch's, with which SimpleITK agrees there.
    #[test]
    fn planes_are_pytorchs() {
        let fixture: Fixture =
            serde_json::from_str(include_str!("../../fixtures/resample.json")).expect("the fixture");
        assert!(fixture.cases.len() > 5);
        for Case { from, to, image, bilinear: expected, label, nearest: marked } in fixture.cases {
            let found = bilinear(&image, from, to);
            assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(&expected) {
                assert!((found - expected).abs() <= 1e-6, "{from:?} to {to:?}: {found} for {expected}");
            }
            assert_eq!(nearest(&label, from, to), marked, "{from:?} to {to:?}");
        }
    }

    #[test]
    fn the_same_number_of_pixels_changes_nothing() {
        let plane: Vec<f32> = (0..35).map(|value| (value as f32 * 0.7).sin() * 1e-3).collect();
        assert_eq!(bilinear(&plane, [5, 7], [5, 7]), plane);
        assert_eq!(nearest(&plane, [5, 7], [5, 7]), plane);
    }

    #[test]
    fn a_ramp_stays_a_ramp_of_the_same_extent() {
        // Values are places in pixels of the first grid; 12 become 8, each 1.5 wide.
        let ramp: Vec<f32> = (0..12).map(|place| place as f32 + 0.5).collect();
        let found = bilinear(&ramp, [12, 1], [8, 1]);
        let expected: Vec<f32> = (0..8).map(|place| (place as f32 + 0.5) * 1.5).collect();
        assert_eq!(found, expected);
    }
}
