//! Decoding NIfTI-1 files, bounded by what a checked header promises.

use std::fs::File;
use std::io::{self, BufReader, Chain, Cursor, ErrorKind, Read};
use std::path::Path;

use super::image::{Image, dimensions, sizes_text};
use crate::data::DataError;
use crate::data::gzip::{MAGIC, Members};
use ::nifti::{Endianness, NiftiHeader};

const HEADER_BYTES: usize = 348;
/// The extender's four bytes follow the header, so voxels begin here or later.
const MIN_OFFSET: f32 = 352.0;
/// Room for header extensions; more than this before the voxels is taken for damage.
const MAX_OFFSET: f32 = 16_777_216.0;

/// Reads a scan, all its channels.
///
/// Accepts `.nii` and `.nii.gz` (told apart by content; padding after the gzip stream is passed over) holding 8, 16 or 32-bit integers or 32 or
/// 64-bit floats in either byte order; applies slope and intercept (a slope of 0 or NaN means
/// unscaled).
///
/// # Errors
/// One line for a file that is missing, truncated, damaged, not NIfTI-1, too large, of more than
/// four dimensions, of complex or colour voxels, or that holds values which are not finite.
pub fn read_image(path: &Path) -> Result<Image, DataError> {
    let (shape, _, voxels, header) = read(path)?;
    let mut faulty = voxels.iter().enumerate().filter(|(_, v)| !v.is_finite());
    if let Some((first, value)) = faulty.next() {
        let count = 1 + faulty.count();
        return Err(DataError::invalid(
            path,
            format!(
                "{count} of {} voxels are not finite 32-bit numbers, the first is {value} at {}; replace \
                 them before use",
                voxels.len(),
                position(first, shape)
            ),
        ));
    }
    Ok(Image { shape, voxels, header })
}

/// Reads a label: whole numbers from 0 to 255, whatever type they are stored as.
///
/// # Errors
/// As [`read_image`], and for several channels and a value that is not a whole number from 0 to 255.
pub fn read_label(path: &Path) -> Result<Image<u8>, DataError> {
    let (shape, channels, values, header) = read(path)?;
    if channels > 1 {
        return Err(DataError::invalid(
            path,
            format!("a label should have one channel, but this has {channels}; is this the label file?"),
        ));
    }
    let mut voxels = Vec::with_capacity(values.len());
    for (at, &value) in values.iter().enumerate() {
        // NaN is in no range.
        if !((0.0..=255.0).contains(&value) && value.fract() == 0.0) {
            return Err(DataError::invalid(
                path,
                format!(
                    "labels should be whole numbers from 0 to 255, but voxel {} is {value}; is this the \
                     label file?",
                    position(at, shape)
                ),
            ));
        }
        voxels.push(value as u8);
    }
    Ok(Image { shape, voxels, header })
}

fn position(index: usize, [x, y, z]: [usize; 3]) -> String {
    let place = format!("({}, {}, {})", index % x, index / x % y, index / x / y % z);
    match index / x / y / z {
        0 => place,
        channel => format!("{place} of channel {channel}"),
    }
}

/// Spatial shape, number of channels, voxels and header.
fn read(path: &Path) -> Result<([usize; 3], usize, Vec<f32>, NiftiHeader), DataError> {
    let invalid = |fault: String| DataError::invalid(path, fault);
    let file = File::open(path).map_err(|e| match e.kind() {
        ErrorKind::NotFound => invalid("no such file; check the path".into()),
        _ => DataError::io(path, e),
    })?;
    if file.metadata().is_ok_and(|m| m.is_dir()) {
        return Err(invalid("is a folder; name a .nii or .nii.gz file in it".into()));
    }
    let mut source = Source::open(file).map_err(|e| DataError::io(path, e))?;

    let bytes = source.up_to(HEADER_BYTES).map_err(invalid)?;
    let header = parse_header(&bytes).map_err(invalid)?;
    let (shape, channels) = dimensions(&header).map_err(invalid)?;
    let kind = Kind::of(header.datatype).map_err(invalid)?;
    let scale = scaling(&header).map_err(invalid)?;

    let offset = header.vox_offset;
    if !((MIN_OFFSET..=MAX_OFFSET).contains(&offset) && offset.fract() == 0.0) {
        return Err(invalid(format!(
            "vox_offset should be a whole number from {MIN_OFFSET} to {MAX_OFFSET}, but is {offset}; the \
             header is damaged"
        )));
    }
    let gap = offset as usize - HEADER_BYTES;
    let skipped = source.up_to(gap).map_err(invalid)?.len();

    let count = shape.iter().product::<usize>() * channels;
    let expected = count * kind.bytes();
    let data = if skipped == gap { source.up_to(expected).map_err(invalid)? } else { Vec::new() };
    if data.len() < expected {
        return Err(invalid(format!(
            "truncated: {} voxels need {expected} bytes, but {} are there ({} of {count} voxels); fetch or \
             export it again",
            sizes_text(shape, channels),
            data.len(),
            data.len() / kind.bytes()
        )));
    }
    // Reading to the end also makes gzip compare its checksum.
    if !source.up_to(1).map_err(invalid)?.is_empty() {
        return Err(invalid(format!(
            "holds more than the {expected} bytes of its {} voxels; header and data do not belong together",
            sizes_text(shape, channels)
        )));
    }
    Ok((shape, channels, kind.decode(&data, header.endianness == Endianness::Big, scale), header))
}

/// The file's bytes, decompressed where they are gzip.
enum Source {
    Plain(Chain<Cursor<Vec<u8>>, BufReader<File>>),
    Gzip(Box<Members<BufReader<File>>>),
}

impl Source {
    fn open(file: File) -> io::Result<Self> {
        let mut file = BufReader::new(file);
        let mut start = Vec::new();
        file.by_ref().take(2).read_to_end(&mut start)?;
        Ok(match start == MAGIC {
            true => Self::Gzip(Box::new(Members::new(start, file))),
            false => Self::Plain(Cursor::new(start).chain(file)),
        })
    }

    /// The next `limit` bytes, or as many as there are. Memory grows with what is found, not with
    /// what is asked for.
    fn up_to(&mut self, limit: usize) -> Result<Vec<u8>, String> {
        let mut found = Vec::new();
        let done = match self {
            Self::Plain(r) => r.by_ref().take(limit as u64).read_to_end(&mut found),
            Self::Gzip(r) => r.by_ref().take(limit as u64).read_to_end(&mut found),
        };
        match done {
            Ok(_) => Ok(found),
            Err(e) => Err(format!(
                "cannot be read to its end, {} bytes into a part of {limit} ({e}); it is truncated or \
                 damaged, fetch or export it again",
                found.len()
            )),
        }
    }
}

fn parse_header(bytes: &[u8]) -> Result<NiftiHeader, String> {
    let (Some(&size), Some(&rank), Some(&magic)) =
        (bytes.first_chunk::<4>(), bytes.get(40..).and_then(|b| b.first_chunk()), bytes.last_chunk::<4>())
    else {
        return Err("too short for a NIfTI-1 header; is this a .nii or .nii.gz file?".into());
    };
    let big = match (i32::from_le_bytes(size), i32::from_be_bytes(size)) {
        (348, _) => false,
        (_, 348) => true,
        (540, _) | (_, 540) => {
            return Err("is NIfTI-2; convert it to NIfTI-1 (for example with nifti_tool or nibabel)".into());
        }
        _ => return Err("is not a NIfTI-1 file; give a .nii or .nii.gz file".into()),
    };
    if bytes.len() < HEADER_BYTES {
        return Err(format!(
            "truncated: {} of the {HEADER_BYTES} bytes of its header are there",
            bytes.len()
        ));
    }
    match &magic {
        b"n+1\0" => {}
        b"ni1\0" => {
            return Err("is the header of a .hdr and .img pair; convert the pair to one .nii file".into());
        }
        _ => return Err("lacks the magic code n+1, so it is not NIfTI-1; convert it to .nii".into()),
    }
    // The crate guesses the byte order from the rank, so the rank has to be sane first.
    let rank = if big { i16::from_be_bytes(rank) } else { i16::from_le_bytes(rank) };
    if !(1..=7).contains(&rank) {
        return Err(format!("dim[0] should be from 1 to 7, but is {rank}; the header is damaged"));
    }
    NiftiHeader::from_reader(bytes).map_err(|e| format!("its header cannot be read ({e})"))
}

/// Slope and intercept, or none where the voxels are to be taken as they are.
fn scaling(header: &NiftiHeader) -> Result<Option<(f64, f64)>, String> {
    let (slope, inter) = (header.scl_slope, header.scl_inter);
    if slope == 0.0 || slope.is_nan() || (slope == 1.0 && inter == 0.0) {
        Ok(None)
    } else if slope.is_finite() && inter.is_finite() {
        Ok(Some((f64::from(slope), f64::from(inter))))
    } else {
        Err(format!("slope and intercept should be finite, but are {slope} and {inter}; correct the header"))
    }
}

/// The voxel types that are read.
#[derive(Clone, Copy)]
enum Kind {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    F32,
    F64,
}

impl Kind {
    fn of(code: i16) -> Result<Self, String> {
        let other = match code {
            2 => return Ok(Self::U8),
            4 => return Ok(Self::I16),
            8 => return Ok(Self::I32),
            16 => return Ok(Self::F32),
            64 => return Ok(Self::F64),
            256 => return Ok(Self::I8),
            512 => return Ok(Self::U16),
            768 => return Ok(Self::U32),
            32 | 1792 | 2048 => "complex numbers",
            128 | 2304 => "colours",
            1024 | 1280 => "64-bit integers",
            1536 => "128-bit floats",
            1 => "single bits",
            _ => "an unknown type",
        };
        Err(format!("its voxels are {other} (datatype {code}); convert them to 32-bit floats"))
    }

    fn bytes(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// Values as `f32`, scaled in double precision.
    fn decode(self, data: &[u8], big: bool, scale: Option<(f64, f64)>) -> Vec<f32> {
        macro_rules! each {
            ($t:ty) => {
                values(data, scale, |b| {
                    f64::from(if big { <$t>::from_be_bytes(b) } else { <$t>::from_le_bytes(b) })
                })
            };
        }
        match self {
            Self::U8 => each!(u8),
            Self::I8 => each!(i8),
            Self::U16 => each!(u16),
            Self::I16 => each!(i16),
            Self::U32 => each!(u32),
            Self::I32 => each!(i32),
            Self::F32 => each!(f32),
            Self::F64 => each!(f64),
        }
    }
}

fn values<const N: usize>(data: &[u8], scale: Option<(f64, f64)>, to: impl Fn([u8; N]) -> f64) -> Vec<f32> {
    let (words, _) = data.as_chunks::<N>();
    match scale {
        Some((slope, inter)) => words.iter().map(|&w| (to(w) * slope + inter) as f32).collect(),
        None => words.iter().map(|&w| to(w) as f32).collect(),
    }
}
