//! Drawing: canvas, charts, pictures of slices, their style, and PNG.

pub mod axes;
pub mod canvas;
pub mod legend;
pub mod line_chart;
pub mod picture;
pub mod png;
pub mod series;
pub mod style;
