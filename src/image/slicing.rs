//! How volumes become slices: along which axis, at which distance of pixels, and how large at most.

use crate::image::axes::Axes;
use crate::image::geometry::Geometry;
use crate::image::slice_axis::SliceAxis;
use crate::image::spacing::Spacing;
use crate::image::voxel_grid::VoxelGrid;
use std::fmt;

/// The longest side of a slice: NIfTI's longest.
const LONGEST: f64 = 32_767.0;
/// The most pixels that the slices of a volume may have.
const MOST: usize = 1 << 28;

/// How volumes become slices. The default takes them as they are stored, along the third axis.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Slicing {
    /// The axis that slices lie behind each other along.
    pub axis: SliceAxis,
    /// The distance of pixels that slices are resampled to; none: as it is.
    pub spacing: Option<Spacing>,
    /// Rows and columns that slices have at most, after resampling; what is larger is cut to its middle. At least 1 each.
    pub size: Option<[usize; 2]>,
}

impl Slicing {
    /// What becomes of a volume that lies on `grid`.
    ///
    /// # Errors
    /// A line without the volume's name where it has no such axis or says nothing of its spacing, or slices would be too
    /// large.
    pub fn of(&self, grid: &VoxelGrid) -> Result<Geometry, String> {
        let axes = match self.axis.is_anatomical() {
            true => grid.canonical().map_err(|fault| {
                format!("{fault}: data.axis should be 0, 1 or 2 for it, but is {}", self.axis)
            })?,
            false => Axes::STORED,
        };
        let axes = axes.chosen(self.axis.order());
        let [rows, columns, slices] = axes.each().map(|(axis, _)| axis);
        if grid.shape[2] == 1 && slices != 2 {
            return Err(format!(
                "is a 2-D image, which is one slice along its axis 2: data.axis should be 2 for it, but is {}",
                self.axis
            ));
        }
        let sides = [rows, columns].map(|axis| grid.shape[axis]);
        let plane = match &self.spacing {
            Some(wanted) => {
                let sure = |side: &f64| side.is_finite() && *side > 0.0;
                let spacing = grid.spacing.map(|spacing| [rows, columns].map(|axis| spacing[axis]));
                let spacing = spacing.filter(|sides| sides.iter().all(sure)).ok_or_else(|| {
                    format!("says nothing of the distance of its voxels, which data.spacing, {wanted}, needs: leave it out")
                })?;
                resampled(wanted, sides, spacing, grid.shape[slices])?
            }
            None => sides,
        };
        let kept = self.size.map_or(plane, |most| [0, 1].map(|side| plane[side].min(most[side])));
        Ok(Geometry::new(grid.shape, axes, plane, kept))
    }
}

/// Rows and columns of slices of `sides` at `spacing` once they are at the `wanted` one.
fn resampled(
    wanted: &Spacing,
    sides: [usize; 2],
    spacing: [f64; 2],
    slices: usize,
) -> Result<[usize; 2], String> {
    let [rows, columns] = wanted.pixels(sides, spacing);
    let fits = rows <= LONGEST && columns <= LONGEST;
    let plane = [rows, columns].map(|side| side as usize);
    match fits && plane[0] * plane[1] * slices <= MOST {
        true => Ok(plane),
        false => Err(format!(
            "data.spacing, {wanted}, makes {slices} slices of {rows} x {columns} pixels of it, more than sides of {LONGEST} or {MOST} pixels: take a larger one"
        )),
    }
}

/// What is done, for lines to the user.
impl fmt::Display for Slicing {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self.axis {
            SliceAxis::Stored(axis) => write!(formatter, "along axis {axis}")?,
            named => write!(formatter, "{named}")?,
        }
        if let Some(spacing) = &self.spacing {
            write!(formatter, ", resampled to {spacing}")?;
        }
        if let Some([rows, columns]) = self.size {
            write!(formatter, ", cut to {rows} x {columns} at most")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn slicing(axis: SliceAxis, spacing: Option<[f64; 2]>, size: Option<[usize; 2]>) -> Slicing {
        let spacing = spacing.map(|sides| Spacing::new(sides).expect("a spacing"));
        Slicing { axis, spacing, size }
    }

    #[rstest]
    #[case(SliceAxis::Stored(2), None, None, [10, 20, 30])]
    #[case(SliceAxis::Stored(1), None, None, [10, 30, 20])]
    #[case(SliceAxis::Stored(0), None, None, [20, 30, 10])]
    // Stored axis 0 runs to superior, 1 to right, 2 to anterior.
    #[case(SliceAxis::Sagittal, None, None, [30, 10, 20])]
    #[case(SliceAxis::Coronal, None, None, [20, 10, 30])]
    #[case(SliceAxis::Axial, None, None, [20, 30, 10])]
    // 20 at 2 mm are 13.33 at 3, 30 at 0.5 mm are 15 at 1.
    #[case(SliceAxis::Axial, Some([3.0, 1.0]), None, [13, 15, 10])]
    #[case(SliceAxis::Axial, Some([1000.0, 1.0]), None, [1, 15, 10])]
    #[case(SliceAxis::Axial, Some([3.0, 1.0]), Some([5, 16]), [5, 15, 10])]
    #[case(SliceAxis::Stored(2), None, Some([16, 16]), [10, 16, 30])]
    fn slices_have_these_sides_and_number(
        #[case] axis: SliceAxis,
        #[case] spacing: Option<[f64; 2]>,
        #[case] size: Option<[usize; 2]>,
        #[case] shape: [usize; 3],
    ) {
        let grid = VoxelGrid {
            shape: [10, 20, 30],
            spacing: Some([1.0, 2.0, 0.5]),
            directions: Some([[0.0, 0.0, 1.0], [2.0, 0.0, 0.0], [0.0, 0.5, 0.0]]),
        };
        assert_eq!(slicing(axis, spacing, size).of(&grid).expect("a geometry").shape(), shape);
    }

    #[test]
    fn volumes_that_cannot_be_cut_so_are_named_by_why() {
        let fault = |slicing: Slicing, grid: &VoxelGrid| slicing.of(grid).expect_err("a fault");
        let (flat, picture) = (VoxelGrid::plain([5, 4, 1]), VoxelGrid::unplaced([5, 4, 3]));
        let axis = |axis| slicing(axis, None, None);
        assert!(axis(SliceAxis::Axial).of(&flat).is_ok());
        assert!(fault(axis(SliceAxis::Coronal), &flat).contains("is a 2-D image"));
        assert!(fault(axis(SliceAxis::Stored(0)), &flat).contains("should be 2 for it, but is 0"));
        assert!(
            fault(axis(SliceAxis::Axial), &picture).contains("says nothing of its orientation: data.axis")
        );
        let spaced = |side: f64| slicing(SliceAxis::default(), Some([side; 2]), None);
        assert!(fault(spaced(1.0), &picture).contains("says nothing of the distance of its voxels"));
        let silent = VoxelGrid { spacing: Some([0.0, 1.0, 1.0]), ..flat };
        assert!(fault(spaced(1.0), &silent).contains("says nothing of the distance of its voxels"));
        for side in [1e-300, 1e-5, 1e-4] {
            assert!(fault(spaced(side), &flat).contains("take a larger one"), "{side}");
        }
    }

    #[test]
    fn what_is_done_is_said() {
        assert_eq!(Slicing::default().to_string(), "along axis 2");
        let all = slicing(SliceAxis::Coronal, Some([2.0, 1.5]), Some([64, 48]));
        assert_eq!(all.to_string(), "coronal, resampled to 2 x 1.5 mm, cut to 64 x 48 at most");
    }
}
