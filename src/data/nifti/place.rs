//! Where a file's voxels lie: the affine of its header, read as nibabel does, and how a label, or a further channel,
//! that is stored in another order or direction of the axes becomes its image's.

use super::image::Image;
use crate::image::axes::Axes;
use crate::image::voxel_grid::VoxelGrid;
use ::nifti::NiftiHeader;
use std::path::Path;

/// From voxel indices to millimetres along right, anterior and superior: three columns, and the first voxel's place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine {
    columns: [[f64; 3]; 3],
    origin: [f64; 3],
}

/// How far apart two grids may lie that count as one: in voxels over the whole volume, and as a share along an axis.
const DRIFT: f64 = 0.5;
const SHARE: f64 = 0.01;
/// An origin further off than this, in voxels, is worth a word.
const SHIFT: f64 = 0.1;

/// How a stored label becomes its image's.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// For each axis of the image the label's, and whether it runs the other way.
    axes: Axes,
    /// How far the label's first voxel then lies from the image's, in millimetres, where that is worth a word.
    pub shift: Option<[f64; 3]>,
}

impl Affine {
    /// That of a header: the sform where its code is above 0, else the qform, else none.
    pub fn of(header: &NiftiHeader) -> Option<Self> {
        if header.sform_code > 0 {
            let rows = [header.srow_x, header.srow_y, header.srow_z].map(|row| row.map(f64::from));
            let column = |axis: usize| rows.map(|row| row[axis]);
            return Some(Self { columns: [0, 1, 2].map(column), origin: column(3) });
        }
        (header.qform_code > 0).then(|| Self::of_quaternion(header))
    }

    fn of_quaternion(header: &NiftiHeader) -> Self {
        let [b, c, d] = [header.quatern_b, header.quatern_c, header.quatern_d].map(f64::from);
        let a = (1.0 - b * b - c * c - d * d).max(0.0).sqrt();
        let turned = [
            [a * a + b * b - c * c - d * d, 2.0 * (b * c + a * d), 2.0 * (b * d - a * c)],
            [2.0 * (b * c - a * d), a * a + c * c - b * b - d * d, 2.0 * (c * d + a * b)],
            [2.0 * (b * d + a * c), 2.0 * (c * d - a * b), a * a + d * d - b * b - c * c],
        ];
        let sign = if header.pixdim[0] < 0.0 { -1.0 } else { 1.0 };
        let size = |axis: usize| f64::from(header.pixdim[axis + 1]) * if axis == 2 { sign } else { 1.0 };
        let columns = [0, 1, 2].map(|axis| turned[axis].map(|value| value * size(axis)));
        Self { columns, origin: [header.quatern_x, header.quatern_y, header.quatern_z].map(f64::from) }
    }

    /// Lengths of a voxel's sides, in millimetres.
    fn sizes(&self) -> [f64; 3] {
        self.columns.map(|column| dot(column, column).sqrt())
    }

    /// The direction of each axis, such as `RAS`: towards right or left, anterior or posterior, superior or inferior.
    fn codes(&self) -> String {
        let letters = [['R', 'L'], ['A', 'P'], ['S', 'I']];
        let code = |column: [f64; 3]| {
            let along = (0..3).max_by(|&a, &b| column[a].abs().total_cmp(&column[b].abs())).unwrap_or(0);
            letters[along][usize::from(column[along] < 0.0)]
        };
        self.columns.iter().map(|&column| code(column)).collect()
    }

    /// The vector whose image under the columns is `point`; none where they do not span the room.
    fn solve(&self, point: [f64; 3]) -> Option<[f64; 3]> {
        let [x, y, z] = self.columns;
        let volume = dot(x, cross(y, z));
        let parts = [dot(point, cross(y, z)), dot(point, cross(z, x)), dot(point, cross(x, y))];
        let solved = parts.map(|part| part / volume);
        solved.iter().all(|value| value.is_finite()).then_some(solved)
    }

    /// Orientation and voxel size, for messages.
    fn text(&self) -> String {
        let sizes = self.sizes().map(|size| format!("{}", (size * 1000.0).round() / 1000.0));
        format!("{} with voxels of {} mm", self.codes(), sizes.join(" x "))
    }
}

/// What is taken for granted of the place of `ours`, a file and its header that were [`matched`] with `theirs`; `whose` says what
/// that one is to it, such as `its image`.
pub fn doubt(
    (ours, our): (&Path, &NiftiHeader),
    (theirs, their): (&Path, &NiftiHeader),
    whose: &str,
    matched: &Match,
) -> Option<String> {
    let (ours, theirs) = (ours.display(), theirs.display());
    if let Some([x, y, z]) = matched.shift {
        return Some(format!(
            "{ours}: its origin lies {x:.1}, {y:.1}, {z:.1} mm from that of {whose} {theirs}; it is taken voxel by voxel as it lies"
        ));
    }
    let (silent, other) = match [our, their].map(|header| Affine::of(header).is_some()) {
        [false, true] => (ours, theirs),
        [true, false] => (theirs, ours),
        _ => return None,
    };
    Some(format!(
        "{silent}: says nothing of its orientation; it and {other} are taken voxel by voxel as they lie"
    ))
}

/// Where the voxels of an image of `shape` lie. Without an affine its header still has their distances; both are in the
/// header's unit of length, millimetres where it names none.
pub fn grid_of(header: &NiftiHeader, shape: [usize; 3]) -> VoxelGrid {
    let affine = Affine::of(header);
    // Bits 0 to 2: 1 is metres, 3 micrometres.
    let millimetres = match header.xyzt_units & 7 {
        1 => 1e3,
        3 => 1e-3,
        _ => 1.0,
    };
    let distances = [1, 2, 3].map(|axis| f64::from(header.pixdim[axis]).abs());
    let sizes = affine.map_or(distances, |affine| affine.sizes());
    VoxelGrid {
        shape,
        spacing: Some(sizes.map(|size| rounded(size * millimetres))),
        directions: affine.map(|affine| affine.columns),
    }
}

/// To seven digits, about what the header's 32 bits hold: 1.25 mm that were turned are 1.25 mm.
fn rounded(size: f64) -> f64 {
    format!("{size:.6e}").parse().unwrap_or(size)
}

/// How the label becomes its image's, from the headers of both.
///
/// # Errors
/// What tells the label from its image, where no order and direction of its axes makes one of the other.
pub fn matched<A, B>(image: &Image<A>, label: &Image<B>) -> Result<Match, String> {
    let as_it_lies = Match { axes: Axes::STORED, shift: None };
    let same_shape = image.shape == label.shape;
    let (Some(theirs), Some(ours)) = (Affine::of(&image.header), Affine::of(&label.header)) else {
        return if same_shape { Ok(as_it_lies) } else { Err(shapes(image.shape, label.shape)) };
    };
    if theirs == ours && same_shape {
        return Ok(as_it_lies);
    }
    let columns = ours.columns.map(|column| theirs.solve(column));
    let [Some(x), Some(y), Some(z)] = columns else {
        return Err("lies elsewhere than the image, and an affine of the two has no inverse".into());
    };
    let steps = [x, y, z];
    let fits = |axes: &Axes| fits(&steps, &axes.each(), label.shape);
    let found: Vec<Axes> = Axes::all().into_iter().filter(fits).collect();
    match found.iter().find(|axes| axes.shape(label.shape) == image.shape) {
        Some(&axes) => Ok(Match { axes, shift: shift(&theirs, &ours, &axes.each(), label.shape) }),
        None if found.is_empty() => Err(format!(
            "{}lies {}, but the image lies {}",
            if same_shape { String::new() } else { shapes(image.shape, label.shape) + " and " },
            ours.text(),
            theirs.text()
        )),
        None => Err(shapes(image.shape, found[0].shape(label.shape))),
    }
}

fn shapes(image: [usize; 3], label: [usize; 3]) -> String {
    format!("has shape {label:?}, but the image has {image:?}")
}

/// Whether the label's axes, whose steps in voxels of the image are `steps`, are the image's in this order and
/// direction. An axis of one voxel may point and be sized as it likes.
fn fits(steps: &[[f64; 3]; 3], axes: &[(usize, bool); 3], shape: [usize; 3]) -> bool {
    let mut drift = 0.0;
    axes.iter().enumerate().all(|(place, &(axis, flipped))| {
        let mut off = steps[axis];
        off[place] -= if flipped { -1.0 } else { 1.0 };
        let off = off.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
        let voxels = (shape[axis] - 1) as f64;
        drift += off * voxels;
        (voxels == 0.0 || off <= SHARE) && drift <= DRIFT
    })
}

/// How far the voxel of the label that becomes the image's first lies from it, where that is far.
fn shift(image: &Affine, label: &Affine, axes: &[(usize, bool); 3], shape: [usize; 3]) -> Option<[f64; 3]> {
    let mut off = [0, 1, 2].map(|room| label.origin[room] - image.origin[room]);
    for &(axis, _) in axes.iter().filter(|(_, flipped)| *flipped) {
        let last = (shape[axis] - 1) as f64;
        off.iter_mut().zip(label.columns[axis]).for_each(|(off, step)| *off += last * step);
    }
    let voxels = image.solve(off)?;
    voxels.iter().any(|voxels| voxels.abs() > SHIFT).then_some(off)
}

impl Match {
    /// The label's voxels in the order of the image's; `shape` is the label's own.
    pub fn apply<T: Copy>(&self, shape: [usize; 3], voxels: Vec<T>) -> Vec<T> {
        self.axes.apply(shape, voxels)
    }
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn cross([a, b, c]: [f64; 3], [x, y, z]: [f64; 3]) -> [f64; 3] {
    [b * z - c * y, c * x - a * z, a * y - b * x]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::nifti::plain_header;
    use approx::assert_relative_eq;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Fixture {
        affines: Vec<Header>,
        stored: Vec<Stored>,
    }

    #[derive(Deserialize)]
    struct Header {
        sform_code: i16,
        qform_code: i16,
        pixdim: [f32; 8],
        quaternion: [f32; 3],
        offset: [f32; 3],
        rows: [[f32; 4]; 3],
        affine: [[f64; 4]; 3],
    }

    #[derive(Deserialize)]
    struct Stored {
        codes: String,
        affine: [[f64; 4]; 3],
    }

    fn fixture() -> Fixture {
        serde_json::from_str(include_str!("../../../fixtures/orientation.json")).expect("the fixture")
    }

    fn affine(rows: [[f64; 4]; 3]) -> Affine {
        let column = |axis: usize| rows.map(|row| row[axis]);
        Affine { columns: [0, 1, 2].map(column), origin: column(3) }
    }

    #[test]
    fn affines_are_nibabels() {
        for header in fixture().affines {
            let Header { sform_code, qform_code, pixdim, .. } = header;
            let [quatern_b, quatern_c, quatern_d] = header.quaternion;
            let [quatern_x, quatern_y, quatern_z] = header.offset;
            let [srow_x, srow_y, srow_z] = header.rows;
            let plain = NiftiHeader { sform_code, qform_code, pixdim, ..NiftiHeader::default() };
            let turned =
                NiftiHeader { quatern_b, quatern_c, quatern_d, quatern_x, quatern_y, quatern_z, ..plain };
            let found = Affine::of(&NiftiHeader { srow_x, srow_y, srow_z, ..turned }).expect("an affine");
            let expected = affine(header.affine);
            for (found, expected) in found.columns.as_flattened().iter().zip(expected.columns.as_flattened())
            {
                assert_relative_eq!(found, expected, epsilon = 1e-6);
            }
            assert_eq!(found.origin, expected.origin);
        }
    }

    #[test]
    fn codes_are_nibabels() {
        let stored = fixture().stored;
        assert_eq!(stored.len(), 48);
        stored.iter().for_each(|stored| assert_eq!(affine(stored.affine).codes(), stored.codes));
    }

    fn pair(shapes: [[usize; 3]; 2], change: impl Fn(&mut NiftiHeader)) -> Result<Match, String> {
        let [image, label] = shapes;
        let mut header = plain_header(label, 1.0);
        change(&mut header);
        let image = Image {
            shape: image,
            voxels: vec![0.0; image.iter().product()],
            header: plain_header(image, 1.0),
        };
        matched(&image, &Image { shape: label, voxels: vec![0; label.iter().product()], header })
    }

    /// Of one slice, the third axis tells nothing: neither its direction nor the distance of slices.
    #[test]
    fn an_axis_of_one_voxel_may_be_sized_as_it_likes() {
        let flat = pair([[5, 4, 1]; 2], |header| header.srow_z[2] = -7.0);
        assert_eq!(flat, Ok(Match { axes: Axes::STORED, shift: None }));
        let deep = pair([[5, 4, 2]; 2], |header| header.srow_z[2] = 7.0);
        assert!(deep.is_err_and(|fault| {
            fault.contains("lies RAS with voxels of 1 x 1 x 7 mm, but the image lies RAS")
        }));
    }

    /// A tenth of a percent along 1000 voxels is one voxel in the end.
    #[test]
    fn small_differences_count_by_what_they_come_to() {
        let stretched = |shape: [usize; 3]| pair([shape; 2], |header| header.srow_x[0] = 1.001);
        assert!(stretched([100, 2, 2]).is_ok() && stretched([1000, 2, 2]).is_err());
    }

    #[test]
    fn a_flip_in_place_has_no_shift_and_one_about_the_first_voxel_has() {
        let flipped = |origin: f32| {
            pair([[5, 4, 3]; 2], move |header| header.srow_x = [-1.0, 0.0, 0.0, origin])
                .map(|found| found.shift)
        };
        assert_eq!(flipped(4.0), Ok(None));
        assert_eq!(flipped(4.05), Ok(None));
        assert_eq!(flipped(0.0), Ok(Some([-4.0, 0.0, 0.0])));
    }

    #[test]
    fn distances_are_those_of_the_affine_in_millimetres() {
        let mut header = plain_header([5, 4, 3], 1.25);
        let spacing = |header: &NiftiHeader| grid_of(header, [5, 4, 3]).spacing;
        assert_eq!(spacing(&header), Some([1.25; 3]));
        assert!(grid_of(&header, [5, 4, 3]).canonical().is_ok());
        header.srow_x = [0.6 * 0.7, -0.8 * 0.7, 0.0, 3.0];
        header.srow_y = [0.8 * 0.7, 0.6 * 0.7, 0.0, 3.0];
        assert_eq!(spacing(&header), Some([0.7, 0.7, 1.25]));
        header.xyzt_units = 3;
        assert_eq!(spacing(&header), Some([0.0007, 0.0007, 0.00125]));
        (header.sform_code, header.qform_code, header.xyzt_units) = (0, 0, 1);
        header.pixdim = [1.0, 0.002, -0.003, 0.0, 1.0, 1.0, 1.0, 1.0];
        assert_eq!(spacing(&header), Some([2.0, 3.0, 0.0]));
        assert_eq!(grid_of(&header, [5, 4, 3]).directions, None);
    }

    /// Such files say nothing of their place; the shape decides.
    #[test]
    fn headers_without_a_place_are_taken_as_they_lie() {
        let nowhere = |header: &mut NiftiHeader| (header.sform_code, header.qform_code) = (0, 0);
        assert_eq!(pair([[5, 4, 3]; 2], nowhere), Ok(Match { axes: Axes::STORED, shift: None }));
        assert!(
            pair([[5, 4, 3], [4, 5, 3]], nowhere).is_err_and(|fault| fault.contains("has shape [4, 5, 3]"))
        );
    }

    #[test]
    fn an_affine_without_an_inverse_is_told() {
        let image = Image { shape: [2, 2, 2], voxels: vec![0.0; 8], header: plain_header([2; 3], 0.0) };
        let label =
            |spacing| Image { shape: [2, 2, 2], voxels: vec![0; 8], header: plain_header([2; 3], spacing) };
        assert!(matched(&image, &label(1.0)).is_err_and(|fault| fault.contains("no inverse")));
        assert!(matched(&image, &label(0.0)).is_ok());
    }
}
