//! Pictures of slices, masks and maps: pixels of colour, as PNG inside SVG and HTML.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Screen pixels along a slice's pixel, so that edges stay sharp wherever the picture is shown.
const ZOOM: usize = 6;

/// Pixels of colour, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Pixels in a row.
    pub width: usize,
    /// Red, green and blue of each pixel.
    pub pixels: Vec<[u8; 3]>,
    /// A mask of as many pixels whose edge is drawn over it; empty for none.
    pub outlined: Vec<bool>,
}

impl Picture {
    /// A picture from a colour per pixel.
    pub fn new(width: usize, pixels: impl IntoIterator<Item = [u8; 3]>) -> Self {
        Self { width, pixels: pixels.into_iter().collect(), outlined: Vec::new() }
    }

    /// Values in grey, `low` black and `high` white.
    pub fn grey(width: usize, values: &[f32], [low, high]: [f32; 2]) -> Self {
        Self::new(width, values.iter().map(|&value| [byte((value - low) / (high - low)); 3]))
    }

    /// A mask in white on black.
    pub fn mask(width: usize, mask: &[bool]) -> Self {
        Self::new(width, mask.iter().map(|&inside| if inside { [255; 3] } else { [0; 3] }))
    }

    /// Signed values: 0 black, `largest` orange, its negative blue.
    pub fn signed(width: usize, values: &[f32], largest: f32) -> Self {
        const UP: [f32; 3] = [1.0, 0.62, 0.1];
        const DOWN: [f32; 3] = [0.35, 0.75, 1.0];
        let scale = if largest > 0.0 { largest } else { 1.0 };
        let colour = |value: &f32| {
            let full = if *value < 0.0 { DOWN } else { UP };
            full.map(|part| byte(part * value.abs() / scale))
        };
        Self::new(width, values.iter().map(colour))
    }

    /// The picture with the edge of `mask` over it.
    pub fn outlined(self, mask: &[bool]) -> Self {
        Self { outlined: mask.to_vec(), ..self }
    }

    /// Rows of pixels.
    pub fn height(&self) -> usize {
        self.pixels.len() / self.width.max(1)
    }

    /// The picture as a `data:` address of a PNG.
    pub fn address(&self) -> String {
        let (width, height) = (self.width * ZOOM, self.height() * ZOOM);
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_compression(png::Compression::High);
        let rows = self.pixels.chunks(self.width.max(1)).flat_map(|row| {
            let wide: Vec<u8> = row.iter().flat_map(|pixel| [*pixel; ZOOM]).flatten().collect();
            std::iter::repeat_n(wide, ZOOM).flatten()
        });
        let rows: Vec<u8> = rows.collect();
        // Only a writer that fails could fail here, and memory does not.
        let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&rows));
        match written {
            Ok(()) => format!("data:image/png;base64,{}", STANDARD.encode(bytes)),
            Err(_) => String::new(),
        }
    }
}

/// A share of white as a byte; what is not a number is black.
pub fn byte(share: f32) -> u8 {
    (share.clamp(0.0, 1.0) * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_comes_back_from_its_address() -> anyhow::Result<()> {
        let picture = Picture::grey(2, &[0.0, 0.1, 0.2, f32::NAN], [0.0, 0.2]);
        assert_eq!(picture.pixels, [[0; 3], [128; 3], [255; 3], [0; 3]]);
        let address = picture.address();
        let data = address.strip_prefix("data:image/png;base64,").expect("a PNG");
        let bytes = STANDARD.decode(data)?;
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info()?;
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        let info = reader.next_frame(&mut pixels)?;
        assert_eq!([info.width, info.height], [2 * ZOOM as u32; 2]);
        assert_eq!(pixels[3 * ZOOM..3 * ZOOM + 3], [128; 3]);
        Ok(())
    }
}
