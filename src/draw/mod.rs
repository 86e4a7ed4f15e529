//! Drawing, without knowing what of: a canvas, charts, heat maps and pictures of slices on it, their style,
//! and PNG.

pub mod axes;
pub mod canvas;
pub mod heat_map;
pub mod interval_chart;
pub mod legend;
pub mod line_chart;
pub mod markup;
pub mod outline;
pub mod picture;
pub mod picture_grid;
pub mod png;
pub mod scale;
pub mod series;
pub mod shade;
pub mod share_grid;
pub mod style;
