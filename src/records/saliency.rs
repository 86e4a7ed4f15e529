//! `saliency.csv`: how far the gradient of each test slice spreads, a column per measure.

use super::files::write_bytes;
use crate::fault::Fault;
use crate::spread::{MEASURES, Measure};
use std::collections::BTreeMap;
use std::path::Path;

/// The spread of one saliency map.
#[derive(Clone, Debug, PartialEq)]
pub struct SaliencyRow {
    /// Way of explaining that the map is of, in studies that name several; else there is no such column.
    pub method: Option<String>,
    /// Volume id.
    pub volume: String,
    /// Depth index z of the slice.
    pub depth: usize,
    /// Scanned pixels whose gradient is exactly zero; a ranking orders them by index.
    pub zero_pixels: usize,
    /// One value per measure of [`MEASURES`]; NaN where the table has none.
    pub measures: Vec<f64>,
}

/// Writes the table; its columns follow [`MEASURES`].
///
/// # Errors
/// [`Fault`] that names the file.
pub fn write_saliency(path: &Path, rows: &[SaliencyRow]) -> Result<(), Fault> {
    let fault = |error: csv::Error| Fault::new(path, error);
    let mut writer = csv::Writer::from_writer(Vec::new());
    let names = MEASURES.iter().map(|measure| measure.name);
    let method = rows.iter().any(|row| row.method.is_some()).then_some("method");
    let head = method.into_iter().chain(["volume", "depth", "zero_pixels"]);
    writer.write_record(head.chain(names)).map_err(fault)?;
    for row in rows {
        // An undefined measure stays empty, which other readers take for a missing value.
        let measures = row.measures.iter().map(|m| if m.is_nan() { String::new() } else { m.to_string() });
        let fields = [row.volume.clone(), row.depth.to_string(), row.zero_pixels.to_string()];
        let method = method.map(|_| row.method.clone().unwrap_or_default());
        writer.write_record(method.into_iter().chain(fields).chain(measures)).map_err(fault)?;
    }
    let bytes = writer.into_inner().map_err(|error| Fault::new(path, error.to_string()))?;
    write_bytes(path, &bytes)
}

/// The rows of a table, its measures found by name.
///
/// # Errors
/// The line and what is wrong with it.
pub fn parse_saliency(bytes: &[u8]) -> Result<Vec<SaliencyRow>, String> {
    parse(bytes, MEASURES)
}

fn parse(bytes: &[u8], measures: &[Measure]) -> Result<Vec<SaliencyRow>, String> {
    let mut reader = csv::Reader::from_reader(bytes);
    let head = reader.headers().map_err(|error| error.to_string())?.clone();
    let columns: BTreeMap<&str, usize> =
        head.iter().enumerate().map(|(column, name)| (name, column)).collect();
    let column = |name: &str| columns.get(name).copied().ok_or_else(|| format!("has no column '{name}'"));
    let (volume, depth, zeros) = (column("volume")?, column("depth")?, column("zero_pixels")?);
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let wrong =
            |name: &str, text: &str| format!("line {line}: {name} should be a number, but is '{text}'");
        let count = |column: usize, name: &str| -> Result<usize, String> {
            record[column].parse().map_err(|_| wrong(name, &record[column]))
        };
        let measure = |measure: &Measure| match columns.get(measure.name).map(|&column| &record[column]) {
            None | Some("") => Ok(f64::NAN),
            Some(text) => text.parse().map_err(|_| wrong(measure.name, text)),
        };
        rows.push(SaliencyRow {
            method: columns.get("method").map(|&column| record[column].to_string()),
            volume: record[volume].to_string(),
            depth: count(depth, "depth")?,
            zero_pixels: count(zeros, "zero_pixels")?,
            measures: measures.iter().map(measure).collect::<Result<_, String>>()?,
        });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn spread_tables_read_back_the_same() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("saliency.csv");
        let mut measures: Vec<f64> = (0..MEASURES.len()).map(|value| 1.0 / (value as f64 + 3.0)).collect();
        let row = SaliencyRow {
            method: None,
            volume: "a".into(),
            depth: 3,
            zero_pixels: 2,
            measures: measures.clone(),
        };
        measures[0] = f64::NAN;
        write_saliency(&path, &[row.clone(), SaliencyRow { measures, ..row.clone() }])?;
        let read = parse_saliency(&std::fs::read(&path)?).map_err(anyhow::Error::msg)?;
        assert_eq!(read[0], row);
        assert!(read[1].measures[0].is_nan());
        assert_eq!(read[1].measures[1..], row.measures[1..]);
        assert!(std::fs::read_to_string(&path)?.starts_with("volume,"));
        let named = SaliencyRow { method: Some("occlusion(window=4)".into()), ..row };
        write_saliency(&path, std::slice::from_ref(&named))?;
        assert_eq!(parse_saliency(&std::fs::read(&path)?).map_err(anyhow::Error::msg)?, [named]);
        Ok(())
    }

    #[test]
    fn a_measure_that_a_table_does_not_know_is_undefined_and_one_that_is_not_known_here_passed_over() {
        let invented = Measure { name: "invented", meaning: "", wider: None, of: |_| 1.0 };
        let gini = Measure { name: "gini", meaning: "", wider: None, of: |_| 1.0 };
        let table = b"gini,another,volume,zero_pixels,depth\n0.5,9,a,2,3\n";
        let rows = parse(table, &[invented, gini]).expect("a table");
        assert_eq!((rows[0].volume.as_str(), rows[0].depth, rows[0].zero_pixels), ("a", 3, 2));
        assert!(rows[0].measures[0].is_nan());
        assert_eq!(rows[0].measures[1], 0.5);
    }

    #[rstest]
    #[case("depth,zero_pixels\n1,2\n", "has no column 'volume'")]
    #[case("volume,depth,zero_pixels,gini\na,1,2,much\n", "line 2: gini should be a number, but is 'much'")]
    #[case("volume,depth,zero_pixels\na,-1,2\n", "line 2: depth should be a number, but is '-1'")]
    #[case("volume,depth,zero_pixels\na,1\n", "found record with 2 fields")]
    fn broken_tables_are_refused_with_their_line(#[case] table: &str, #[case] says: &str) {
        let message = parse_saliency(table.as_bytes()).unwrap_err();
        assert!(message.contains(says), "{message}");
    }
}
