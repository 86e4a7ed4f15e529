//! Writing NIfTI-1 files that lie where their source lies.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use ::nifti::{Endianness, NiftiHeader};
use flate2::{Compression, write::GzEncoder};

use super::ending::is_gzip;
use super::image::dimensions;
use crate::atomic;
use crate::data::DataError;

/// What [`write_like`] writes, channels outermost, then x fastest.
#[derive(Clone, Copy, Debug)]
pub enum Voxels<'a> {
    /// Labels, stored as unsigned 8-bit integers.
    U8(&'a [u8]),
    /// Intensities, probabilities or gradients, stored as 32-bit floats.
    F32(&'a [f32]),
}

impl Voxels<'_> {
    /// How many.
    pub(in crate::data) fn len(&self) -> usize {
        match self {
            Self::U8(v) => v.len(),
            Self::F32(v) => v.len(),
        }
    }
}

/// Writes voxels with the shape, spacing, orientation and units of `header`, gzipped if the path ends in
/// `.nii.gz`. They are one channel or several of that shape, however many the header's own file had.
///
/// The file appears whole or not at all, see [`atomic::write_with`].
///
/// # Errors
/// If the path has another ending, `shape` is not the header's, the number of voxels is no multiple of the shape's, or the disk refuses.
pub fn write_like(
    path: &Path,
    header: &NiftiHeader,
    shape: [usize; 3],
    voxels: Voxels,
) -> Result<(), DataError> {
    let gzip = is_gzip(path)?;
    let (own, own_channels) = dimensions(header).map_err(|fault| DataError::invalid(path, fault))?;
    if own != shape {
        return Err(DataError::invalid(
            path,
            format!("should have its source's shape {own:?}, but has {shape:?}"),
        ));
    }
    let count = own.iter().product::<usize>();
    let channels = voxels.len() / count;
    if voxels.len() == 0 || !voxels.len().is_multiple_of(count) {
        return Err(DataError::invalid(
            path,
            format!("shape {own:?} needs {count} voxels a channel, but {} came", voxels.len()),
        ));
    }
    let (datatype, bitpix) = match voxels {
        Voxels::U8(_) => (2, 8),
        Voxels::F32(_) => (16, 32),
    };
    let dim = match channels == own_channels {
        true => header.dim,
        false => dim_of(own, channels),
    };
    let header = NiftiHeader {
        sizeof_hdr: 348,
        dim,
        datatype,
        bitpix,
        vox_offset: 352.0,
        scl_slope: 1.0,
        scl_inter: 0.0,
        cal_min: 0.0,
        cal_max: 0.0,
        glmin: 0,
        glmax: 0,
        magic: *b"n+1\0",
        endianness: Endianness::Little,
        ..header.clone()
    };
    dimensions(&header).map_err(|fault| DataError::invalid(path, fault))?;
    atomic::write_with(path, |file| write_to(file, gzip, &header, voxels)).map_err(|e| DataError::io(path, e))
}

/// A header for a new volume: millimetres, `spacing` of them a voxel along each axis, axes along
/// right, anterior and superior, origin at the first voxel.
///
/// A size beyond the format's 32,767 is written as 0, which [`write_like`] refuses.
pub fn plain_header(shape: [usize; 3], spacing: f32) -> NiftiHeader {
    NiftiHeader {
        dim: dim_of(shape, 1),
        regular: b'r',
        datatype: 16,
        bitpix: 32,
        pixdim: [1.0, spacing, spacing, spacing, 1.0, 1.0, 1.0, 1.0],
        xyzt_units: 2,
        qform_code: 1,
        sform_code: 1,
        srow_x: [spacing, 0.0, 0.0, 0.0],
        srow_y: [0.0, spacing, 0.0, 0.0],
        srow_z: [0.0, 0.0, spacing, 0.0],
        magic: *b"n+1\0",
        endianness: Endianness::Little,
        ..NiftiHeader::default()
    }
}

/// The field `dim`; a size beyond the format's 32,767 becomes 0.
fn dim_of([x, y, z]: [usize; 3], channels: usize) -> [u16; 8] {
    let size = |n: usize| i16::try_from(n).unwrap_or(0).cast_unsigned();
    let rank = if channels == 1 { 3 } else { 4 };
    [rank, size(x), size(y), size(z), size(channels), 1, 1, 1]
}

fn write_to(file: &mut File, gzip: bool, header: &NiftiHeader, voxels: Voxels) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    if gzip {
        let mut packed = GzEncoder::new(&mut out, Compression::default());
        write_body(&mut packed, header, voxels)?;
        packed.finish()?;
    } else {
        write_body(&mut out, header, voxels)?;
    }
    out.flush()
}

fn write_body(out: &mut dyn Write, header: &NiftiHeader, voxels: Voxels) -> io::Result<()> {
    out.write_all(&header_bytes(header))?;
    // No header extensions.
    out.write_all(&[0; 4])?;
    match voxels {
        Voxels::U8(v) => out.write_all(v),
        Voxels::F32(v) => {
            let bytes: Vec<u8> = v.iter().flat_map(|x| x.to_le_bytes()).collect();
            out.write_all(&bytes)
        }
    }
}

/// The 348 bytes of a NIfTI-1 header, little-endian, in the standard's order.
fn header_bytes(h: &NiftiHeader) -> Vec<u8> {
    let mut description = h.descrip.clone();
    description.resize(80, 0);
    let mut out = Vec::with_capacity(348);
    let f32s = |out: &mut Vec<u8>, values: &[f32]| out.extend(values.iter().flat_map(|v| v.to_le_bytes()));
    out.extend(h.sizeof_hdr.to_le_bytes());
    out.extend(h.data_type);
    out.extend(h.db_name);
    out.extend(h.extents.to_le_bytes());
    out.extend(h.session_error.to_le_bytes());
    out.extend([h.regular, h.dim_info]);
    out.extend(h.dim.iter().flat_map(|d| d.to_le_bytes()));
    f32s(&mut out, &[h.intent_p1, h.intent_p2, h.intent_p3]);
    for code in [h.intent_code, h.datatype, h.bitpix, h.slice_start] {
        out.extend(code.to_le_bytes());
    }
    f32s(&mut out, &h.pixdim);
    f32s(&mut out, &[h.vox_offset, h.scl_slope, h.scl_inter]);
    out.extend(h.slice_end.to_le_bytes());
    out.extend([h.slice_code, h.xyzt_units]);
    f32s(&mut out, &[h.cal_max, h.cal_min, h.slice_duration, h.toffset]);
    out.extend(h.glmax.to_le_bytes());
    out.extend(h.glmin.to_le_bytes());
    out.extend(description);
    out.extend(h.aux_file);
    out.extend(h.qform_code.to_le_bytes());
    out.extend(h.sform_code.to_le_bytes());
    f32s(&mut out, &[h.quatern_b, h.quatern_c, h.quatern_d, h.quatern_x, h.quatern_y, h.quatern_z]);
    f32s(&mut out, &h.srow_x);
    f32s(&mut out, &h.srow_y);
    f32s(&mut out, &h.srow_z);
    out.extend(h.intent_name);
    out.extend(h.magic);
    out
}
