//! How a share of one looks in a cell: a shade of blue, and its number in an ink that can be read on it.

use crate::draw::style;
use plotters::prelude::{RGBColor, WHITE};

/// The shade of 1; that of 0 and of what lies below is white.
const DARK: RGBColor = RGBColor(0x08, 0x45, 0x94);

/// The look of a share.
pub struct Shade {
    /// Colour of the cell.
    pub fill: RGBColor,
    /// Colour of the number.
    pub ink: RGBColor,
    /// The number, to two places; a dash where there is none.
    pub text: String,
}

impl Shade {
    /// That of `share`; white where there is none.
    pub fn of(share: Option<f64>) -> Self {
        let light = share.map_or(1.0, |share| 1.0 - share.clamp(0.0, 1.0));
        Self {
            fill: style::lighter(DARK, light),
            ink: if light < 0.35 { WHITE } else { style::INK },
            text: share.map_or("-".to_string(), |share| format!("{share:.2}")),
        }
    }
}
