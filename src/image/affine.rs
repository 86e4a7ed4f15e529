//! Linear maps of a plane about its centre, and planes resampled through them by bilinear interpolation.

/// From a pixel's place in the changed plane to its place in the plane that it is taken from, both as row and
/// column from the centre.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine([[f64; 2]; 2]);

impl Affine {
    /// A plane that is first mirrored where `flip` says so (rows: up-down; columns: left-right), then turned by
    /// `degrees` (by 90 a step to the next row becomes a step to the next column) and magnified by `scale`, above 0.
    pub fn new(flip: [bool; 2], degrees: f64, scale: f64) -> Self {
        let (sine, cosine) = degrees.to_radians().sin_cos();
        let [rows, columns] = flip.map(|flip| if flip { -1.0 } else { 1.0 });
        // The inverse of scale * turn * mirror.
        let turned_back = [[cosine, sine], [-sine, cosine]].map(|row| row.map(|value| value / scale));
        Self([turned_back[0].map(|value| value * rows), turned_back[1].map(|value| value * columns)])
    }

    /// The changed plane of `plane`, row-major with `width` columns. Values between pixels are bilinear; beyond
    /// the edges all is 0.
    pub fn resample(&self, plane: &[f32], width: usize) -> Vec<f32> {
        let height = plane.len().checked_div(width).unwrap_or(0);
        let centre = [height, width].map(|side| (side as f64 - 1.0) / 2.0);
        let place = |pixel: usize| {
            let [y, x] = [(pixel / width) as f64 - centre[0], (pixel % width) as f64 - centre[1]];
            [0, 1].map(|axis| self.0[axis][0] * y + self.0[axis][1] * x + centre[axis])
        };
        (0..plane.len()).map(|pixel| bilinear(plane, [height, width], place(pixel)) as f32).collect()
    }
}

/// The value of a plane of `size` (height, width) at a place between its pixels.
fn bilinear(plane: &[f32], [height, width]: [usize; 2], place: [f64; 2]) -> f64 {
    let [top, left] = place.map(f64::floor);
    let pixel = |y: f64, x: f64| {
        let inside = (0.0..height as f64).contains(&y) && (0.0..width as f64).contains(&x);
        if inside { f64::from(plane[y as usize * width + x as usize]) } else { 0.0 }
    };
    let [down, right] = [place[0] - top, place[1] - left];
    let above = pixel(top, left) * (1.0 - right) + pixel(top, left + 1.0) * right;
    let below = pixel(top + 1.0, left) * (1.0 - right) + pixel(top + 1.0, left + 1.0) * right;
    above * (1.0 - down) + below * down
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Fixture {
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        width: usize,
        flip: [bool; 2],
        degrees: f64,
        scale: f64,
        plane: Vec<f32>,
        expected: Vec<f64>,
    }

    #[test]
    fn planes_are_resampled_as_scipy_does() {
        let text = include_str!("../../fixtures/affine.json");
        let fixture: Fixture = serde_json::from_str(text).expect("a fixture");
        assert!(fixture.cases.len() >= 10);
        for case in fixture.cases {
            let found = Affine::new(case.flip, case.degrees, case.scale).resample(&case.plane, case.width);
            assert_eq!(found.len(), case.expected.len());
            for (found, expected) in found.iter().zip(&case.expected) {
                assert_abs_diff_eq!(f64::from(*found), expected, epsilon = 1e-6);
            }
        }
    }

    fn plane() -> Vec<f32> {
        (0..4 * 5).map(|pixel| (pixel * pixel) as f32 + 0.25).collect()
    }

    #[test]
    fn nothing_asked_is_nothing_done_and_a_flip_twice_neither() {
        let plane = plane();
        assert_eq!(Affine::new([false; 2], 0.0, 1.0).resample(&plane, 5), plane);
        for flip in [[true, false], [false, true], [true, true]] {
            let affine = Affine::new(flip, 0.0, 1.0);
            let once = affine.resample(&plane, 5);
            assert_ne!(once, plane);
            assert_eq!(affine.resample(&once, 5), plane);
        }
    }

    #[test]
    fn flips_are_along_their_axis() {
        let plane = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let flipped = |flip| Affine::new(flip, 0.0, 1.0).resample(&plane, 3);
        assert_eq!(flipped([true, false]), [4.0, 5.0, 6.0, 1.0, 2.0, 3.0]);
        assert_eq!(flipped([false, true]), [3.0, 2.0, 1.0, 6.0, 5.0, 4.0]);
    }

    /// A flip comes before the turn: the bright pixel at the right end of the middle row goes to the left end, then a
    /// quarter turn takes it to where the left end goes.
    #[test]
    fn a_quarter_turn_moves_the_middle_of_a_side_to_the_next_side() {
        let at = |row: usize, column: usize| {
            let mut plane = vec![0.0_f32; 25];
            plane[row * 5 + column] = 1.0;
            plane
        };
        let turned = |flip, plane: &[f32]| {
            let turned = Affine::new(flip, 90.0, 1.0).resample(plane, 5);
            turned.into_iter().map(|value| (value * 1e6).round() / 1e6).collect::<Vec<f32>>()
        };
        assert_eq!(turned([false; 2], &at(4, 2)), at(2, 4));
        assert_eq!(turned([false; 2], &at(2, 4)), at(0, 2));
        assert_eq!(turned([false; 2], &at(2, 0)), at(4, 2));
        assert_eq!(turned([false, true], &at(2, 4)), at(4, 2));
    }

    #[test]
    fn magnified_by_two_a_centred_square_doubles_its_sides() {
        let mut plane = vec![0.0_f32; 64];
        [27, 28, 35, 36].iter().for_each(|&pixel| plane[pixel] = 1.0);
        let large = Affine::new([false; 2], 0.0, 2.0).resample(&plane, 8);
        let bright = large.iter().filter(|&&value| value > 0.5).count();
        assert_eq!(bright, 16);
    }
}
