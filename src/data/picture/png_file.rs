//! PNG files.

use super::{Kind, Page, check_size, without_alpha};
use png::{BitDepth, ColorType, Decoder, Transformations};
use std::io::{BufRead, Seek};

/// Reads a file of `most` values at most: grey and colour of 1 to 16 bits; palettes as [`Kind`] says.
pub fn page(file: impl BufRead + Seek, kind: Kind, most: usize) -> Result<Page, String> {
    let fault = |error: png::DecodingError| format!("is no whole PNG ({error})");
    let mut decoder = Decoder::new(file);
    decoder.set_transformations(match kind {
        Kind::Image => Transformations::EXPAND,
        Kind::Label => Transformations::IDENTITY,
    });
    let mut reader = decoder.read_info().map_err(fault)?;
    if reader.info().is_animated() {
        return Err("is animated: save its frames one by one".to_string());
    }
    let (color, depth) = reader.output_color_type();
    let [width, height] = [reader.info().width, reader.info().height].map(|side| side as usize);
    let channels = color.samples();
    check_size(width, height, channels, most)?;
    let mut bytes = vec![0; reader.output_buffer_size().ok_or("is too large")?];
    let line = reader.next_frame(&mut bytes).map_err(fault)?.line_size;
    let rows = bytes.chunks_exact(line).take(height);
    let values: Vec<f32> = rows.flat_map(|row| samples(row, depth, width * channels)).collect();
    let page = Page { width, height, channels, values };
    match color {
        ColorType::GrayscaleAlpha | ColorType::Rgba => {
            without_alpha(page, if depth == BitDepth::Sixteen { 65_535.0 } else { 255.0 })
        }
        _ => Ok(page),
    }
}

/// The `count` samples of a row.
fn samples(row: &[u8], depth: BitDepth, count: usize) -> Vec<f32> {
    if depth == BitDepth::Sixteen {
        let pairs = row.chunks_exact(2).map(|pair| f32::from(u16::from_be_bytes([pair[0], pair[1]])));
        return pairs.take(count).collect();
    }
    let bits = depth as usize;
    let mask = ((1_u16 << bits) - 1) as u8;
    // Samples of fewer than 8 bits lie in a byte from its high bits on.
    let parts =
        row.iter().flat_map(|&byte| (0..8 / bits).map(move |part| (byte >> (8 - bits * (part + 1))) & mask));
    parts.map(f32::from).take(count).collect()
}
