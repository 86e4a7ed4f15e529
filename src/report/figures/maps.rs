//! One slice, every way of explaining beside the others for each network. Methods differ in their units, so that each
//! has a scale of its own, the same for all networks: brightness can be compared along a row.

use crate::definition::study::Study;
use crate::draw::canvas::DrawError;
use crate::draw::picture::Picture;
use crate::draw::picture_grid::PictureGrid;
use crate::evidence::summary::Summary;
use crate::records::example_maps::ExampleMap;
use crate::records::examples::{Example, Examples, Seen, mask};
use crate::report::figure::{Figure, Part};
use crate::report::figures::image;
use crate::report::numbers::short;
use crate::report::table::Table;

/// The figure of the first example slice, where the record has maps by method.
///
/// # Errors
/// What plotters says.
pub fn figure(study: &Study, summary: &Summary, examples: &Examples) -> Result<Option<Figure>, DrawError> {
    let Some(slice) = examples.slices.first() else {
        return Ok(None);
    };
    let methods: Vec<Row> = study
        .explainers
        .iter()
        .map(|explainer| Row::of(slice, &explainer.to_string(), explainer.title()))
        .filter(|row| row.maps.iter().any(Option::is_some))
        .collect();
    if methods.is_empty() {
        return Ok(None);
    }
    let title = |network: &Seen| summary.title(&network.loss).to_string();
    let columns: Vec<String> = slice.networks.iter().map(title).collect();
    let said: Vec<String> =
        methods.iter().map(|row| format!("{} {}", row.title, short(row.scale.into()))).collect();
    let mut rows = Vec::from_iter(image::row(slice));
    rows.push(("true mask".to_string(), vec![Some(Picture::mask(slice.width, &mask(&slice.truth)))]));
    rows.extend(methods.iter().map(|row| row.pictures(slice.width)));
    Ok(Some(Figure {
        name: "maps".to_string(),
        part: Part::Looks,
        ranking: None,
        title: format!("Every way of explaining on {}, slice {}", slice.volume, slice.depth),
        caption: format!(
            "Map of each method for each network of seed {}. Grey is 0, white positive, black negative. A row has one scale, which ends at the largest absolute value of any of its networks, written beside it: brightness can be compared along a row, not between rows, whose units differ.",
            examples.seed
        ),
        svg: PictureGrid { columns: columns.clone(), rows }.svg(&format!(
            "Pictures of a slice, its mask and its maps, methods by networks. Largest absolute value of each method: {}.",
            said.join("; ")
        ))?,
        numbers: numbers(&methods, columns),
        long: None,
    }))
}

/// The maps of one method.
struct Row<'a> {
    title: String,
    /// One a network.
    maps: Vec<Option<&'a ExampleMap>>,
    /// The largest absolute value of any.
    scale: f32,
}

impl<'a> Row<'a> {
    fn of(slice: &'a Example, method: &str, title: String) -> Self {
        let map = |network: &'a Seen| network.maps.iter().find(|map| map.method == method);
        let maps: Vec<Option<&ExampleMap>> = slice.networks.iter().map(map).collect();
        let scale = maps.iter().flatten().fold(0.0, |scale: f32, map| scale.max(map.largest));
        Self { title, maps, scale }
    }

    /// The pictures, with the method and its scale as their title.
    fn pictures(&self, width: usize) -> (String, Vec<Option<Picture>>) {
        let scale = if self.scale > 0.0 { self.scale } else { 1.0 };
        let picture = |map: &ExampleMap| Picture::grey(width, &map.values(), [-scale, scale]);
        let title = format!("{}, \u{b1}{}", self.title, short(self.scale.into()));
        (title, self.maps.iter().map(|map| map.map(picture)).collect())
    }
}

/// The largest absolute value of each map.
fn numbers(methods: &[Row], columns: Vec<String>) -> Table {
    let largest =
        |map: &Option<&ExampleMap>| map.map_or("-".to_string(), |map| short(f64::from(map.largest)));
    let row = |row: &Row| std::iter::once(row.title.clone()).chain(row.maps.iter().map(largest)).collect();
    Table {
        head: std::iter::once("largest absolute value".to_string()).chain(columns).collect(),
        rows: methods.iter().map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::shipped;
    use crate::report::made_up::{examples, study, summary};
    use anyhow::Context;

    fn by_maps() -> anyhow::Result<Study> {
        let text = shipped::text("paper").context("the study")?;
        let maps = "attack.maps=['gradient', 'integrated-gradients(steps=16)']".to_string();
        Study::parse(text, &[maps]).map_err(anyhow::Error::msg)
    }

    #[test]
    fn a_row_has_one_scale_for_all_networks_that_is_said_beside_it() -> anyhow::Result<()> {
        let study = by_maps()?;
        let mut examples = examples(&study);
        let (_, second) = examples.slices[0].networks.split_at_mut(1);
        second[0].maps[1] = ExampleMap::of(study.explainers[1].to_string(), &[24.0; 24]);
        let row = Row::of(&examples.slices[0], &study.explainers[1].to_string(), "IG".into());
        assert_eq!(row.scale, 24.0);
        let (title, pictures) = row.pictures(6);
        assert_eq!(title, "IG, \u{b1}24.0");
        let value =
            |network: usize, pixel: usize| pictures[network].as_ref().map(|picture| picture.pixels[pixel][0]);
        // White is 24; the others go from -12 to 11, a quarter to three quarters of the way.
        assert_eq!([value(1, 0), value(0, 0), value(0, 12)], [Some(255), Some(64), Some(128)]);
        let figure = figure(&study, &summary(&study, 1), &examples)?.context("a figure")?;
        // Image, mask, and two methods by four networks.
        assert_eq!(figure.svg.matches("<image").count(), 2 + 2 * 4);
        assert_eq!(figure.numbers.rows[1][1..], ["12.0", "24.0", "12.0", "12.0"]);
        Ok(())
    }

    #[test]
    fn a_method_that_is_not_recorded_has_no_row_and_a_map_that_is_not_no_picture() -> anyhow::Result<()> {
        let study = by_maps()?;
        let mut examples = examples(&study);
        examples.slices[0].networks[0].maps.remove(1);
        examples.slices[0].networks.iter_mut().for_each(|network| {
            network.maps.remove(0);
        });
        let figure = figure(&study, &summary(&study, 1), &examples)?.context("a figure")?;
        assert_eq!(figure.svg.matches("<image").count(), 2 + 3);
        assert_eq!(figure.numbers.rows.len(), 1);
        assert_eq!(figure.numbers.rows[0][1], "-");
        Ok(())
    }

    #[test]
    fn a_study_that_names_no_methods_has_no_such_figure() -> anyhow::Result<()> {
        let study = study("paper");
        assert!(figure(&study, &summary(&study, 1), &examples(&study))?.is_none());
        assert!(!serde_json::to_string(&examples(&study).slices)?.contains("maps"));
        Ok(())
    }
}
