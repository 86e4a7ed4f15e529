//! Where a volume's voxels lie: how many, how far apart, and which way its axes run.

use crate::image::axes::Axes;

/// The largest angle, in degrees, between an axis and the direction that it is taken for. Below 45 each direction has one
/// nearest axis; the last degrees are in doubt.
const OBLIQUE: f64 = 40.0;

/// The grid of a stored volume.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VoxelGrid {
    /// Voxels along each stored axis.
    pub shape: [usize; 3],
    /// Millimetres from voxel to voxel along each; none where the file says nothing of it, as a picture's.
    pub spacing: Option<[f64; 3]>,
    /// The way of each in right, anterior and superior, of any length; none where the file says nothing of it.
    pub directions: Option<[[f64; 3]; 3]>,
}

impl VoxelGrid {
    /// That of a file that says nothing of its place.
    pub fn unplaced(shape: [usize; 3]) -> Self {
        Self { shape, spacing: None, directions: None }
    }

    /// That of a volume made in memory: 1 mm, axes along right, anterior and superior.
    pub fn plain(shape: [usize; 3]) -> Self {
        let directions = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        Self { shape, spacing: Some([1.0; 3]), directions: Some(directions) }
    }

    /// The stored axes nearest to right, anterior and superior, in this order and direction.
    ///
    /// # Errors
    /// A line where the file says nothing of it, or an axis has no direction or lies over 40 degrees off.
    pub fn canonical(&self) -> Result<Axes, String> {
        let directions = self.directions.ok_or("says nothing of its orientation")?;
        let cosine = |axis: usize, along: usize| {
            let length = directions[axis].iter().map(|part| part * part).sum::<f64>().sqrt();
            directions[axis][along] / length
        };
        let nearest = [0, 1, 2].map(|along| {
            let better = |a: &usize, b: &usize| cosine(*a, along).abs().total_cmp(&cosine(*b, along).abs());
            let axis = (0..3).max_by(better).unwrap_or(along);
            (axis, cosine(axis, along))
        });
        if nearest.iter().any(|(_, cosine)| !cosine.is_finite()) {
            return Err("has an axis without a direction".to_string());
        }
        let least = nearest.iter().map(|(_, cosine)| cosine.abs()).fold(1.0, f64::min);
        let near = nearest.iter().all(|(_, cosine)| cosine.abs() >= OBLIQUE.to_radians().cos());
        let mut found = nearest.map(|(axis, _)| axis);
        found.sort_unstable();
        match near && found == [0, 1, 2] {
            true => Ok(Axes::new(nearest.map(|(axis, cosine)| (axis, cosine < 0.0)))),
            false => Err(format!(
                "its axes lie up to {:.0} degrees off right, anterior and superior",
                least.acos().to_degrees()
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Fixture {
        stored: Vec<Stored>,
    }

    #[derive(Deserialize)]
    struct Stored {
        codes: String,
        affine: [[f64; 4]; 3],
    }

    fn grid(directions: [[f64; 3]; 3]) -> VoxelGrid {
        VoxelGrid { directions: Some(directions), ..VoxelGrid::unplaced([2, 3, 4]) }
    }

    /// nibabel's `aff2axcodes` names the way of each stored axis.
    #[test]
    fn the_nearest_axes_are_those_that_nibabel_names() {
        let fixture: Fixture =
            serde_json::from_str(include_str!("../../fixtures/orientation.json")).expect("the fixture");
        assert_eq!(fixture.stored.len(), 48);
        for Stored { codes, affine } in fixture.stored {
            let found = grid([0, 1, 2].map(|axis| affine.map(|row| row[axis]))).canonical().expect("axes");
            let of = |along: [char; 2]| {
                let axis = codes.find(along).expect("a letter");
                (axis, codes[axis..].starts_with(along[1]))
            };
            assert_eq!(found.each(), [['R', 'L'], ['A', 'P'], ['S', 'I']].map(of), "{codes}");
        }
    }

    #[test]
    fn axes_in_doubt_are_refused() {
        let turned = |degrees: f64| {
            let (sine, cosine) = degrees.to_radians().sin_cos();
            grid([[cosine, sine, 0.0], [-3.0 * sine, 3.0 * cosine, 0.0], [0.0, 0.0, 1.0]]).canonical()
        };
        assert_eq!(turned(39.0), Ok(Axes::STORED));
        assert_eq!(turned(-51.0).map(|axes| axes.each()), Ok([(1, false), (0, true), (2, false)]));
        assert!(turned(45.0).is_err_and(|fault| fault.contains("up to 45 degrees off")));
        let flat = grid([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0; 3]]).canonical();
        assert!(flat.is_err_and(|fault| fault.contains("an axis without a direction")));
        // Two axes that run one way leave another direction without any.
        assert!(grid([[1.0, 0.0, 0.0], [1.0, 0.1, 0.0], [0.0, 0.0, 1.0]]).canonical().is_err());
        assert!(VoxelGrid::unplaced([1; 3]).canonical().is_err_and(|fault| fault.contains("nothing")));
        assert_eq!(VoxelGrid::plain([1; 3]).canonical(), Ok(Axes::STORED));
    }
}
