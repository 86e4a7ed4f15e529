//! TIFF files.

use super::rounding::Rounding;
use super::{Kind, Page, check_size, without_alpha};
use std::io::{BufRead, Seek};
use tiff::ColorType;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;

/// `PhotometricInterpretation` of a picture whose 0 is white.
const WHITE_IS_0: u32 = 0;
/// The most pages that a file may have.
const PAGES: usize = 65_536;

/// Reads every page of a file of `most` values at most: grey and colour of 8 to 64 bits, whole or floating-point; palettes of
/// labels alone.
pub fn pages(file: impl BufRead + Seek, kind: Kind, most: usize) -> Result<Vec<Page>, String> {
    let fault = |error: tiff::TiffError| format!("is no TIFF that can be read ({error})");
    let mut limits = Limits::default();
    limits.decoding_buffer_size = 8 * most;
    let mut decoder = Decoder::new(file).map_err(fault)?.with_limits(limits);
    let mut pages = Vec::new();
    let mut values = 0_usize;
    let mut rounding = Rounding::default();
    loop {
        let page = page(&mut decoder, kind, &mut rounding, most)?;
        values += page.values.len();
        pages.push(page);
        if values > most || pages.len() > PAGES {
            return Err(format!("has more than {most} values or {PAGES} pages: cut it into several"));
        }
        if !decoder.more_images() {
            rounding.check(kind)?;
            return Ok(pages);
        }
        decoder.next_image().map_err(fault)?;
    }
}

fn page(
    decoder: &mut Decoder<impl BufRead + Seek>,
    kind: Kind,
    rounding: &mut Rounding,
    most: usize,
) -> Result<Page, String> {
    let fault = |error: tiff::TiffError| format!("is no TIFF that can be read ({error})");
    let (width, height) = decoder.dimensions().map_err(fault)?;
    let color = decoder.colortype().map_err(fault)?;
    let channels = match color {
        ColorType::Gray(8..) => 1,
        ColorType::Palette(8) if kind == Kind::Label => 1,
        ColorType::GrayA(8..) => 2,
        ColorType::RGB(8..) => 3,
        ColorType::RGBA(8..) => 4,
        ColorType::Multiband { bit_depth: 8.., num_samples } => usize::from(num_samples),
        other => return Err(format!("is of the kind {other:?}: should be grey or RGB of 8 bits or more")),
    };
    let meaning = decoder.find_tag_unsigned::<u32>(Tag::PhotometricInterpretation).map_err(fault)?;
    if meaning == Some(WHITE_IS_0) {
        return Err("calls 0 white: save it with 0 as black".to_string());
    }
    let [width, height] = [width, height].map(|side| side as usize);
    check_size(width, height, channels, most)?;
    let read = decoder.read_image().map_err(fault)?;
    let opaque = match &read {
        DecodingResult::U8(_) => f32::from(u8::MAX),
        DecodingResult::U16(_) => f32::from(u16::MAX),
        DecodingResult::U32(_) => u32::MAX as f32,
        DecodingResult::I8(_) => f32::from(i8::MAX),
        DecodingResult::I16(_) => f32::from(i16::MAX),
        DecodingResult::I32(_) => i32::MAX as f32,
        _ => 1.0,
    };
    let values: Vec<f32> = match read {
        DecodingResult::U8(values) => values.into_iter().map(f32::from).collect(),
        DecodingResult::U16(values) => values.into_iter().map(f32::from).collect(),
        DecodingResult::U32(values) => rounding.of(values),
        DecodingResult::I8(values) => values.into_iter().map(f32::from).collect(),
        DecodingResult::I16(values) => values.into_iter().map(f32::from).collect(),
        DecodingResult::I32(values) => rounding.of(values),
        DecodingResult::F32(values) => values,
        DecodingResult::F64(values) => rounding.of(values),
        _ => {
            return Err(
                "has values of another kind than 8 to 32 bits or floating-point: convert it".to_string()
            );
        }
    };
    if values.len() != width * height * channels {
        return Err("has its channels on planes of their own: save them pixel by pixel".to_string());
    }
    let page = Page { width, height, channels, values };
    match color {
        ColorType::GrayA(_) | ColorType::RGBA(_) => without_alpha(page, opaque),
        _ => Ok(page),
    }
}
