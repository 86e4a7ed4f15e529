//! Images and labels as pictures: PNG, and TIFF, whose pages are slices. Pictures say nothing of orientation or
//! spacing: an image and its label are taken pixel by pixel. Rows become x and columns y, as of an array that is written to
//! NIfTI as it is, so that slices stand upright in figures.

mod png_file;
mod rounding;
mod tiff_file;
mod write;

pub use write::{Depth, check_result, write};

use crate::data::{DataError, Volume};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

/// Endings of files that are read as pictures.
pub const ENDINGS: [&str; 3] = [".png", ".tif", ".tiff"];

/// The most values that a picture may have.
const MOST: usize = 1 << 28;
/// The most values that a byte of a file stands for: deflate makes 1,032 bytes of one, and a byte may be eight pixels of a
/// palette of four channels. A short file that claims more would take memory for nothing.
const A_BYTE: usize = 1_032 * 8 * 4;

/// A page as a file holds it.
struct Page {
    width: usize,
    height: usize,
    channels: usize,
    /// `[row][column][channel]`.
    values: Vec<f32>,
}

/// A decoded file: pages of one size, voxels as in [`Volume`].
struct Picture {
    shape: [usize; 3],
    channels: usize,
    voxels: Vec<f32>,
}

/// What a file is read as.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Kind {
    /// Intensities; an entry of a palette is its colour.
    Image,
    /// Values of labels; an entry of a palette is its number.
    Label,
}

/// Whether the file's ending is a picture's.
pub fn is_picture(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Reads an image, further channels of it from files of their own, and its label.
///
/// # Errors
/// As [`read_image`], and for a label of another size or whose values are no whole numbers from 0 to 255.
pub fn read(id: &str, image: &Path, further: &[PathBuf], label: &Path) -> Result<Volume, DataError> {
    let (shape, voxels) = read_image(image, further)?;
    let marked = decode(label, Kind::Label)?;
    same_size(label, marked.shape, image, shape)?;
    let label = values(&marked).map_err(|fault| DataError::invalid(label, fault))?;
    Ok(Volume { id: id.to_string(), shape, image: voxels, label })
}

/// Reads an image, further channels of it from files of their own: rows, columns and pages, and intensities as in [`Volume`].
///
/// # Errors
/// [`DataError`] for a file that cannot be read, and channels of other sizes.
pub fn read_image(image: &Path, further: &[PathBuf]) -> Result<([usize; 3], Vec<f32>), DataError> {
    let Picture { shape, mut voxels, .. } = decode(image, Kind::Image)?;
    for path in further {
        let channel = decode(path, Kind::Image)?;
        same_size(path, channel.shape, image, shape)?;
        voxels.extend(channel.voxels);
    }
    Ok((shape, voxels))
}

fn same_size(path: &Path, shape: [usize; 3], image: &Path, wanted: [usize; 3]) -> Result<(), DataError> {
    let said = |[height, width, pages]: [usize; 3]| format!("{width} x {height} pixels on {pages} page(s)");
    match shape == wanted {
        true => Ok(()),
        false => {
            let (ours, theirs) = (said(shape), said(wanted));
            let fault = format!(
                "has {ours}, but its image {} {theirs}; pair the image with its own",
                image.display()
            );
            Err(DataError::invalid(path, fault))
        }
    }
}

/// The values of a label.
fn values(picture: &Picture) -> Result<Vec<u8>, String> {
    let planes: Vec<&[f32]> = picture.voxels.chunks(picture.voxels.len() / picture.channels).collect();
    if planes.iter().any(|plane| plane != &planes[0]) {
        return Err("is in colour: a label should be grey, or have a palette whose entries are the labels"
            .to_string());
    }
    let value = |&value: &f32| match value {
        whole if whole.fract() == 0.0 && (0.0..=255.0).contains(&whole) => Ok(whole as u8),
        other => Err(format!("holds the label {other}: labels should be whole numbers from 0 to 255")),
    };
    planes[0].iter().map(value).collect()
}

fn decode(path: &Path, kind: Kind) -> Result<Picture, DataError> {
    let file = File::open(path).map_err(|error| DataError::io(path, error))?;
    let length = file.metadata().map_err(|error| DataError::io(path, error))?.len();
    let most = usize::try_from(length).unwrap_or(MOST).saturating_mul(A_BYTE).min(MOST);
    let mut file = BufReader::new(file);
    // By content, since names lie.
    let start = file.fill_buf().map_err(|error| DataError::io(path, error))?;
    let [is_png, is_tiff] =
        [start.starts_with(b"\x89PNG"), start.starts_with(b"II") || start.starts_with(b"MM")];
    let pages = match (is_png, is_tiff) {
        (true, _) => png_file::page(file, kind, most).map(|page| vec![page]),
        (_, true) => tiff_file::pages(file, kind, most),
        _ => Err("is neither PNG nor TIFF; convert it".to_string()),
    };
    pages.and_then(|pages| stacked(&pages)).map_err(|fault| DataError::invalid(path, fault))
}

/// Whether a page of this size can be held, of a file that is long enough for `most` values.
fn check_size(width: usize, height: usize, channels: usize, most: usize) -> Result<(), String> {
    let values = width.checked_mul(height).and_then(|pixels| pixels.checked_mul(channels));
    match values {
        Some(values) if (1..=most).contains(&values) => Ok(()),
        Some(values) if (1..=MOST).contains(&values) => {
            Err(format!("is too short for the {width} x {height} pixels that it claims"))
        }
        _ => Err(format!(
            "has {width} x {height} pixels of {channels} channels: 1 to {MOST} values can be read"
        )),
    }
}

/// Lays pages behind each other.
fn stacked(pages: &[Page]) -> Result<Picture, String> {
    let first = pages.first().ok_or("has no page")?;
    let (width, height, channels) = (first.width, first.height, first.channels);
    if let Some(number) =
        pages.iter().position(|page| (page.width, page.height, page.channels) != (width, height, channels))
    {
        return Err(format!(
            "its page {} has another size or other channels than its first: give each a file of its own",
            number + 1
        ));
    }
    let mut voxels: Vec<f32> = Vec::with_capacity(width * height * channels * pages.len());
    for channel in 0..channels {
        for page in pages {
            for column in 0..width {
                let first = column * channels + channel;
                voxels.extend(page.values[first..].iter().step_by(width * channels));
            }
        }
    }
    match voxels.iter().any(|value| !value.is_finite()) {
        true => Err("holds values that are NaN or infinite; replace them".to_string()),
        false => Ok(Picture { shape: [height, width, pages.len()], channels, voxels }),
    }
}

/// Drops the last of the channels, opacity, where it is `opaque` everywhere.
fn without_alpha(page: Page, opaque: f32) -> Result<Page, String> {
    let Page { width, height, channels, values } = page;
    if values[channels - 1..].iter().step_by(channels).any(|&alpha| alpha != opaque) {
        return Err("is transparent in places: lay it on a background first".to_string());
    }
    let kept = values.chunks_exact(channels).flat_map(|pixel| &pixel[..channels - 1]).copied().collect();
    Ok(Page { width, height, channels: channels - 1, values: kept })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use std::collections::BTreeMap;

    #[derive(Deserialize)]
    struct Case {
        kind: String,
        #[serde(default)]
        shape: [usize; 3],
        #[serde(default)]
        channels: usize,
        #[serde(default)]
        values: Vec<f32>,
        #[serde(default)]
        says: String,
    }

    /// `scripts/make_picture_fixtures.py`: files of Pillow and tifffile, as those read them.
    #[test]
    fn pictures_are_what_pillow_and_tifffile_read_and_others_are_refused() -> anyhow::Result<()> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/pictures");
        let cases: BTreeMap<String, Case> =
            serde_json::from_str(&std::fs::read_to_string(folder.join("expected.json"))?)?;
        let (mut sound, mut refused) = (0, 0);
        for (name, case) in cases {
            let path = folder.join(name.split(' ').next().unwrap_or_default());
            let decoded = match case.kind.as_str() {
                "image" => decode(&path, Kind::Image),
                _ => decode(&path, Kind::Label).and_then(|picture| {
                    let label = values(&picture).map_err(|fault| DataError::invalid(&path, fault))?;
                    Ok(Picture { voxels: label.into_iter().map(f32::from).collect(), ..picture })
                }),
            };
            match decoded {
                Ok(picture) => {
                    assert_eq!((picture.shape, picture.channels), (case.shape, case.channels), "{name}");
                    assert_eq!(picture.voxels, case.values, "{name}");
                    sound += 1;
                }
                Err(fault) => {
                    let fault = fault.to_string();
                    assert!(!case.says.is_empty() && fault.contains(&case.says), "{name}: {fault}");
                    assert!(fault.starts_with(&path.display().to_string()) && !fault.contains('\n'));
                    refused += 1;
                }
            }
        }
        assert_eq!((sound, refused), (23, 13));
        Ok(())
    }

    /// The sizes of a sound file are made 16,000 x 16,000, and its header's checksum put right.
    #[test]
    fn a_short_file_takes_no_memory_for_what_it_claims() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/pictures");
        let mut bytes = std::fs::read(fixtures.join("grey8.png"))?;
        bytes[16..24].copy_from_slice(&[0, 0, 0x3e, 0x80, 0, 0, 0x3e, 0x80]);
        let mut sum = flate2::Crc::new();
        sum.update(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&sum.sum().to_be_bytes());
        let path = folder.path().join("claims.png");
        std::fs::write(&path, bytes)?;
        let fault = decode(&path, Kind::Image).err().map(|fault| fault.to_string()).unwrap_or_default();
        assert!(fault.ends_with("is too short for the 16000 x 16000 pixels that it claims"), "{fault}");
        Ok(())
    }
}
