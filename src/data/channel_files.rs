//! Images whose channels are files of their own, as nnU-Net has them: `CASE_0000.nii.gz`, `CASE_0001.nii.gz`, ...

use crate::data::DataError;
use crate::data::nifti::{Image, doubt, matched, read_image, without};
use std::path::{Path, PathBuf};

/// The most channels that are looked for, all that four digits can number.
const CHANNELS: usize = 10_000;

/// The case that a channel's file belongs to and the channel's number; none where the name is no
/// `CASE_0000` with this ending.
pub fn case_of<'a>(name: &'a str, ending: &str) -> Option<(&'a str, usize)> {
    let (case, digits) = without(name, ending)?.rsplit_once('_')?;
    let numbered = digits.len() == 4 && digits.bytes().all(|digit| digit.is_ascii_digit());
    Some((case, digits.parse().ok()?)).filter(|_| numbered && !case.is_empty())
}

/// The files of the channels of a case in `folder`, at least one, whether there or not: as many as are there in a row,
/// `wanted` at the least.
pub fn files(folder: &Path, case: &str, ending: &str, wanted: usize) -> Vec<PathBuf> {
    let file = |number: usize| folder.join(format!("{case}_{number:04}{ending}"));
    let wanted = wanted.max(1);
    (0..CHANNELS)
        .map(file)
        .enumerate()
        .take_while(|(number, path)| *number < wanted || path.is_file())
        .map(|(_, path)| path)
        .collect()
}

/// Reads an image whose first channel is `first` and whose others are `further`; a single file may have all. A
/// channel that is stored in another order or direction of the axes is brought to the first's. With it comes a
/// warning where a channel's first voxel lies elsewhere.
///
/// # Errors
/// As [`read_image`], and for a channel that is not on the first's grid, or is several.
pub fn read_channels(first: &Path, further: &[PathBuf]) -> Result<(Image, Option<String>), DataError> {
    let mut image = read_image(first)?;
    let mut warnings = Vec::new();
    if !further.is_empty() {
        one_channel(first, &image)?;
    }
    for path in further {
        let channel = read_image(path)?;
        one_channel(path, &channel)?;
        let matched = matched(&image, &channel).map_err(|fault| {
            let way_out = "resample it, since the channels of a case should lie on one grid";
            DataError::invalid(path, format!("{fault} (first channel {}); {way_out}", first.display()))
        })?;
        let [ours, theirs] = [(&**path, &channel.header), (first, &image.header)];
        warnings.extend(doubt(ours, theirs, "the first channel", &matched));
        image.voxels.extend(matched.apply(channel.shape, channel.voxels));
    }
    // One is enough: what is wrong with one channel is most often wrong with all.
    Ok((image, warnings.into_iter().next()))
}

fn one_channel(path: &Path, image: &Image) -> Result<(), DataError> {
    match image.channels() {
        1 => Ok(()),
        several => Err(DataError::invalid(
            path,
            format!("should be one channel of its case, but has {several}; give each a file of its own"),
        )),
    }
}
