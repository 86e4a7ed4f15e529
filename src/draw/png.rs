//! Figures as PNG, drawn from their SVG, three times as fine as on a screen, in a font of their own so
//! that they look alike everywhere.

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};
use std::sync::{Arc, LazyLock};

/// PNG pixels along an SVG's unit.
const SCALE: f32 = 3.0;

static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(dejavu::sans::regular().to_vec());
    fonts.set_sans_serif_family("DejaVu Sans");
    Arc::new(fonts)
});

/// The PNG of an SVG.
///
/// # Errors
/// A line that says what cannot be drawn.
pub fn render(svg: &str) -> Result<Vec<u8>, String> {
    let options =
        Options { fontdb: FONTS.clone(), font_family: "DejaVu Sans".to_string(), ..Options::default() };
    let tree = Tree::from_str(svg, &options).map_err(|error| error.to_string())?;
    let size = tree.size().to_int_size().scale_by(SCALE).ok_or("the figure has no size")?;
    let mut pixels = Pixmap::new(size.width(), size.height()).ok_or("the figure has no size")?;
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_text_and_pictures_are_drawn() -> anyhow::Result<()> {
        let picture = crate::draw::picture::Picture::mask(1, &[false]).address();
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"40\" height=\"20\"><rect width=\"40\" height=\"20\" fill=\"#FFFFFF\"/><text x=\"2\" y=\"15\" font-family=\"sans-serif\" font-size=\"14\">M</text><image x=\"20\" width=\"20\" height=\"20\" href=\"{picture}\"/></svg>"
        );
        let png = render(&svg).map_err(anyhow::Error::msg)?;
        let pixels = Pixmap::decode_png(&png)?;
        assert_eq!([pixels.width(), pixels.height()], [120, 60]);
        let dark = |from: u32, to: u32| {
            let all = (from..to).flat_map(|x| (0..60).map(move |y| (x, y)));
            all.filter(|&(x, y)| pixels.pixel(x, y).is_some_and(|pixel| pixel.red() < 64)).count()
        };
        assert!(dark(0, 60) > 100, "the letter: {}", dark(0, 60));
        assert!(dark(61, 120) > 3000, "the picture: {}", dark(61, 120));
        Ok(())
    }
}
