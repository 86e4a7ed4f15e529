//! A figure: a picture, what it shows in words, and its numbers.

use crate::report::table::Table;

/// A figure of a report.
#[derive(Clone, Debug)]
pub struct Figure {
    /// Name of its file without the ending: letters, digits, `-`, `_`.
    pub name: String,
    /// Part of the page that it belongs to.
    pub part: Part,
    /// The ranking of pixels that it shows, where the page can switch between several.
    pub ranking: Option<String>,
    /// One line above it.
    pub title: String,
    /// What it shows, in plain words.
    pub caption: String,
    /// The picture.
    pub svg: String,
    /// Its numbers.
    pub numbers: Table,
    /// The same in full precision, a row a point, where the numbers for people are rounded.
    pub long: Option<Table>,
}

/// A part of the page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part {
    /// Pictures of a slice.
    Looks,
    /// Dice over a sweep.
    Sweeps,
    /// All networks together.
    Networks,
    /// Networks under each other's maps.
    Transfers,
    /// Whether ways of explaining can be trusted.
    Trust,
    /// How training went.
    Training,
}

impl Figure {
    /// Its numbers as CSV.
    ///
    /// # Errors
    /// What the CSV writer says.
    pub fn csv(&self) -> Result<String, csv::Error> {
        self.long.as_ref().unwrap_or(&self.numbers).csv()
    }
}
