//! Writing pictures: masks as PNG, masks and values as TIFF.

use super::is_picture;
use crate::atomic;
use crate::data::DataError;
use crate::data::nifti::{Voxels, without};
use std::io::{Cursor, Write};
use std::path::Path;
use tiff::encoder::colortype::{ColorType, Gray8, Gray32Float};
use tiff::encoder::{TiffEncoder, TiffValue};

/// What a pixel is stored as.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Depth {
    /// A byte.
    Bits8,
    /// A 32-bit float.
    Floats,
}

/// Whether a file at `path` can hold pages of this shape, `[rows, columns, pages]`. A pipe or a device may have any name,
/// and without a picture's ending gets a TIFF.
///
/// # Errors
/// [`DataError::Invalid`] where the name promises another format, or PNG for what no PNG holds.
pub fn check_result(path: &Path, [.., pages]: [usize; 3], depth: Depth) -> Result<(), DataError> {
    if !is_picture(path) && !atomic::is_stream(path) {
        let fault = "should end in .png, .tif or .tiff, since its image is a picture; name it so";
        return Err(DataError::invalid(path, fault));
    }
    let lost = match depth {
        Depth::Floats => Some("fractions".to_string()),
        Depth::Bits8 => (pages != 1).then(|| format!("{pages} pages")),
    };
    match lost.filter(|_| is_png(path)) {
        Some(lost) => Err(DataError::invalid(path, format!("a PNG cannot hold {lost}; let it end in .tif"))),
        None => Ok(()),
    }
}

/// Writes one channel, rows fastest as in [`Volume`](crate::data::Volume). The file appears whole or not at all.
///
/// # Errors
/// As [`check_result`], for another number of voxels than the shape's, and for a disk that refuses.
pub fn write(path: &Path, shape: [usize; 3], voxels: Voxels) -> Result<(), DataError> {
    let depth = match voxels {
        Voxels::U8(_) => Depth::Bits8,
        Voxels::F32(_) => Depth::Floats,
    };
    check_result(path, shape, depth)?;
    let (wanted, came) = (shape.iter().product::<usize>(), voxels.len());
    if wanted == 0 || came != wanted {
        return Err(DataError::invalid(
            path,
            format!("shape {shape:?} needs {wanted} voxels, but {came} came"),
        ));
    }
    let bytes = match (voxels, is_png(path)) {
        (Voxels::U8(values), true) => png(shape, values),
        (Voxels::U8(values), false) => tiff::<Gray8, _>(shape, values),
        (Voxels::F32(values), _) => tiff::<Gray32Float, _>(shape, values),
    };
    let bytes = bytes.map_err(|fault| DataError::invalid(path, fault))?;
    atomic::write_with(path, |file| file.write_all(&bytes)).map_err(|error| DataError::io(path, error))
}

fn is_png(path: &Path) -> bool {
    path.file_name().is_some_and(|name| without(&name.to_string_lossy(), ".png").is_some())
}

/// Rows from top to bottom, each from left to right, of a page whose rows are fastest.
fn lines<T: Copy>(page: &[T], rows: usize) -> Vec<T> {
    (0..rows).flat_map(|row| page[row..].iter().step_by(rows)).copied().collect()
}

/// Width and height as files have them.
fn sides([rows, columns, _]: [usize; 3]) -> Result<[u32; 2], String> {
    let side = |side: usize| u32::try_from(side).map_err(|_| format!("a side of {side} pixels is too long"));
    Ok([side(columns)?, side(rows)?])
}

fn png(shape: [usize; 3], page: &[u8]) -> Result<Vec<u8>, String> {
    let [width, height] = sides(shape)?;
    let mut bytes = Vec::new();
    // Grey of 8 bits is what an encoder starts with.
    let encoder = png::Encoder::new(&mut bytes, width, height);
    let written = encoder.write_header().and_then(|mut writer| {
        writer.write_image_data(&lines(page, shape[0]))?;
        writer.finish()
    });
    written.map(|()| bytes).map_err(|error| error.to_string())
}

fn tiff<C: ColorType<Inner = T>, T: Copy>(shape: [usize; 3], values: &[T]) -> Result<Vec<u8>, String>
where
    [T]: TiffValue,
{
    let [width, height] = sides(shape)?;
    let mut file = Cursor::new(Vec::new());
    let fault = |error: tiff::TiffError| error.to_string();
    let mut encoder = TiffEncoder::new(&mut file).map_err(fault)?;
    for page in values.chunks_exact(shape[0] * shape[1]) {
        encoder.write_image::<C>(width, height, &lines(page, shape[0])).map_err(fault)?;
    }
    Ok(file.into_inner())
}
