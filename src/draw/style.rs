//! How a loss is drawn: a colour of the Okabe-Ito palette, which the colour-blind can tell apart, and a
//! marker of its own, so that a figure also reads in grey.

use plotters::style::RGBColor;

/// Okabe-Ito without its yellow, which is too faint on white.
const COLOURS: [RGBColor; 7] = [
    RGBColor(0x00, 0x72, 0xB2),
    RGBColor(0xD5, 0x5E, 0x00),
    RGBColor(0x00, 0x9E, 0x73),
    RGBColor(0xCC, 0x79, 0xA7),
    RGBColor(0xE6, 0x9F, 0x00),
    RGBColor(0x56, 0xB4, 0xE9),
    RGBColor(0x00, 0x00, 0x00),
];

/// Text and axes.
pub const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
/// Text that may stand back.
pub const FAINT: RGBColor = RGBColor(0x66, 0x66, 0x66);
/// The edge of a true mask, on black and on white.
pub const OUTLINE: RGBColor = RGBColor(0x56, 0xB4, 0xE9);
/// Grid lines.
pub const GRID: RGBColor = RGBColor(0xE0, 0xE0, 0xE0);

/// Shape of a marker.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Marker {
    /// A disc.
    Circle,
    /// A square on its side.
    Square,
    /// A triangle that points up.
    Up,
    /// A square on its corner.
    Diamond,
    /// A triangle that points down.
    Down,
}

const MARKERS: [Marker; 5] = [Marker::Circle, Marker::Square, Marker::Up, Marker::Diamond, Marker::Down];

/// Dashes of a line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Dash {
    /// No gaps.
    Solid,
    /// Long dashes.
    Dashed,
    /// Dots.
    Dotted,
    /// Dash, dot, dash.
    Mixed,
    /// Short dashes, far apart.
    Short,
}

const CONTROL_DASHES: [Dash; 4] = [Dash::Dashed, Dash::Dotted, Dash::Mixed, Dash::Short];

impl Marker {
    /// Corners around the centre for a marker of about `radius`; none for a circle.
    pub fn corners(self, radius: i32) -> Option<Vec<(i32, i32)>> {
        let (side, tall) = (radius * 9 / 10, radius * 12 / 10);
        match self {
            Self::Circle => None,
            Self::Square => Some(vec![(-side, -side), (side, -side), (side, side), (-side, side)]),
            Self::Up => Some(vec![(0, -tall), (tall, side), (-tall, side)]),
            Self::Down => Some(vec![(0, tall), (tall, -side), (-tall, -side)]),
            Self::Diamond => Some(vec![(0, -tall), (tall, 0), (0, tall), (-tall, 0)]),
        }
    }
}

impl Dash {
    /// Value of the SVG attribute `stroke-dasharray`, for lines with round ends.
    pub fn pattern(self) -> &'static str {
        match self {
            Self::Solid => "none",
            Self::Dashed => "16 10",
            Self::Dotted => "0.1 10",
            Self::Mixed => "16 10 0.1 10",
            Self::Short => "5 16",
        }
    }

    /// Name for captions.
    pub fn name(self) -> &'static str {
        match self {
            Self::Solid => "solid",
            Self::Dashed => "dashed",
            Self::Dotted => "dotted",
            Self::Mixed => "dash-dotted",
            Self::Short => "short-dashed",
        }
    }
}

/// Colour of the loss at `position` of a study's list.
pub fn colour(position: usize) -> RGBColor {
    COLOURS[position % COLOURS.len()]
}

/// Marker of the loss at `position`; colour and marker together repeat after 35 losses.
pub fn marker(position: usize) -> Marker {
    MARKERS[position % MARKERS.len()]
}

/// Dashes of the control at `position`.
pub fn control_dash(position: usize) -> Dash {
    CONTROL_DASHES[position % CONTROL_DASHES.len()]
}

/// A colour mixed with white; `share` of 0 leaves it, 1 is white.
pub fn lighter(colour: RGBColor, share: f64) -> RGBColor {
    let mix = |value: u8| (f64::from(value) + (255.0 - f64::from(value)) * share).round() as u8;
    RGBColor(mix(colour.0), mix(colour.1), mix(colour.2))
}

/// A colour as CSS writes it.
pub fn css(colour: RGBColor) -> String {
    format!("#{:02X}{:02X}{:02X}", colour.0, colour.1, colour.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_differ_in_colour_and_marker() {
        let styles: Vec<_> = (0..35).map(|place| (css(colour(place)), marker(place))).collect();
        for (place, style) in styles.iter().enumerate() {
            assert!(!styles[..place].contains(style), "{place}");
        }
    }

    #[test]
    fn lighter_goes_to_white() {
        assert_eq!(css(lighter(RGBColor(0, 0x72, 0xB2), 0.0)), "#0072B2");
        assert_eq!(css(lighter(RGBColor(0, 0x72, 0xB2), 1.0)), "#FFFFFF");
    }
}
