//! The page of a run: one HTML file that needs no other, and no network.

use super::figure::{Figure, Part};
use super::html::{escape, table};
use super::summary::Summary;
use super::{provenance, spreads, style, table as tables};
use crate::attack;
use crate::study::definition::{Source, Study};
use crate::study::records::Run;
use std::fmt::Write;

/// Nothing is fetched, not even by mistake.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// The page as HTML.
pub fn html(run: &Run, summary: &Summary, figures: &[Figure]) -> String {
    let title = format!("lossbench: study {}", summary.study);
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n<title>{0}</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n{1}</style>\n</head>\n<body>\n<main>\n<h1>{0}</h1>\n",
        escape(&title),
        include_str!("page.css")
    );
    html += &opening(&run.study, summary);
    html += "<h2>The losses</h2>\n";
    html += &losses(summary);
    html += "<p class=\"faint\">Clean Dice: without an attack. Effective pixels, 90% pixels, peak and inside mask describe the saliency maps; see <a href=\"#spread\">Spread of attention</a>.</p>\n";
    html += &part(figures, Part::Sweeps, "Dice under attack", "");
    html += &part(
        figures,
        Part::Transfers,
        "Under each other's maps",
        "Does a network break because of what it is, or because of where its own map points? Each network is also attacked at the pixels that the other networks' maps rank highest.",
    );
    html += "<h2 id=\"spread\">Spread of attention</h2>\n";
    html += &spreads::html(summary);
    html += &part(figures, Part::Training, "Training", "");
    html += "<h2>How it was made</h2>\n";
    html += &provenance::html(run, summary);
    html += "</main>\n</body>\n</html>\n";
    html
}

/// What the run is, in a sentence, and what the reader must know of it.
fn opening(study: &Study, summary: &Summary) -> String {
    let networks: usize = summary.losses.iter().map(|loss| loss.seeds.len()).sum();
    let data = match study.data.source {
        Source::Phantom => "phantoms, images made by the program",
        Source::Decathlon => "volumes of a Medical Segmentation Decathlon task",
    };
    let mut html = String::new();
    if study.data.source == Source::Phantom {
        html += "<p class=\"note\"><strong>A demonstration on phantoms.</strong> The images are made up by the program; nothing here says how networks fare on scans of people.</p>\n";
    }
    let _ = writeln!(
        html,
        "<p>{} ({}, {}), all else the same, trained on {data}. Each is attacked on {} ({}): a few pixels of each slice are replaced, those of the {}.</p>",
        count(networks, "network"),
        count(summary.losses.len(), "loss"),
        count(summary.seeds(), "seed"),
        count(summary.test_volumes, "test volume"),
        count(summary.test_slices, "slice"),
        escape(attack::title(&summary.attack)),
    );
    if !summary.missing.is_empty() {
        let _ = writeln!(
            html,
            "<p class=\"note\"><strong>A part of the study.</strong> Not finished: {}. Run the study again to go on.</p>",
            escape(&summary.missing.join(", "))
        );
    } else if !summary.missing_transfers.is_empty() {
        let seeds: Vec<String> = summary.missing_transfers.iter().map(u64::to_string).collect();
        let _ = writeln!(
            html,
            "<p class=\"note\">Networks are not yet attacked under each other's maps for seed {}. Run the study again to go on.</p>",
            seeds.join(", ")
        );
    }
    html
}

/// `1 network`, `4 networks`.
fn count(number: usize, noun: &str) -> String {
    match (number, noun) {
        (1, _) => format!("1 {noun}"),
        (_, "loss") => format!("{number} losses"),
        _ => format!("{number} {noun}s"),
    }
}

/// The table of losses, each with its colour and marker.
fn losses(summary: &Summary) -> String {
    let (head, rows) = tables::losses(summary);
    let rows = summary.losses.iter().zip(rows).map(|(loss, row)| {
        let mut cells: Vec<String> = row.iter().map(|cell| escape(cell)).collect();
        if let Some(first) = cells.first_mut() {
            *first = swatch(loss.position) + first;
        }
        cells
    });
    table(&head, rows)
}

/// A loss's marker in its colour.
fn swatch(position: usize) -> String {
    let fill = style::css(style::colour(position));
    let shape = match style::marker(position).corners(10) {
        None => "<circle r=\"10\"/>".to_string(),
        Some(corners) => {
            let points: Vec<String> = corners.iter().map(|(x, y)| format!("{x},{y}")).collect();
            format!("<polygon points=\"{}\"/>", points.join(" "))
        }
    };
    format!(
        "<svg class=\"swatch\" viewBox=\"-14 -14 28 28\" fill=\"{fill}\" aria-hidden=\"true\">{shape}</svg>"
    )
}

/// A heading and the figures below it; nothing where there are none.
fn part(figures: &[Figure], part: Part, heading: &str, words: &str) -> String {
    let figures: Vec<&Figure> = figures.iter().filter(|figure| figure.part == part).collect();
    if figures.is_empty() {
        return String::new();
    }
    let mut html = format!("<h2>{heading}</h2>\n");
    if !words.is_empty() {
        let _ = writeln!(html, "<p>{words}</p>");
    }
    html += "<div class=\"pair\">\n";
    for figure in figures {
        let _ = writeln!(
            html,
            "<figure id=\"figure-{0}\">\n<h3>{1}</h3>\n<div class=\"picture\" tabindex=\"0\">\n{2}</div>\n<figcaption>{3} <a href=\"figures/{0}.svg\">SVG</a></figcaption>\n<details><summary>The numbers</summary>\n{4}</details>\n</figure>",
            figure.name,
            escape(&figure.title),
            figure.svg,
            escape(&figure.caption),
            figure.numbers.html()
        );
    }
    html += "</div>\n";
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::figure::tests::{study, synthetic};

    fn page(study: &Study, change: impl FnOnce(&mut Summary)) -> anyhow::Result<String> {
        let mut summary = synthetic(study, 1);
        change(&mut summary);
        let figures = Figure::all(study, &summary)?;
        let run = Run { study: study.clone(), cells: Vec::new(), transfers: Vec::new() };
        Ok(html(&run, &summary, &figures))
    }

    #[test]
    fn the_page_asks_for_no_other_file() -> anyhow::Result<()> {
        let html = page(&study("quick"), |_| {})?;
        let elsewhere = ["src=", "@import", "url(", "<script", "<img", "<iframe"];
        assert!(elsewhere.iter().all(|text| !html.contains(text)));
        let addresses = html.matches("http").count();
        assert_eq!(addresses, html.matches("xmlns=\"http://www.w3.org/2000/svg\"").count() + 1, "http-equiv");
        assert!(html.len() < 1_000_000, "{}", html.len());
        Ok(())
    }

    #[test]
    fn each_figure_has_an_alternative_and_its_numbers() -> anyhow::Result<()> {
        let html = page(&study("quick"), |_| {})?;
        let count = html.matches("<figure ").count();
        assert_eq!(count, 13);
        assert_eq!(html.matches("role=\"img\" aria-label=\"").count(), count);
        assert_eq!(html.matches("<details>").count(), count);
        assert_eq!(html.matches("<figcaption>").count(), count);
        Ok(())
    }

    #[test]
    fn phantoms_and_missing_cells_are_said_at_the_top() -> anyhow::Result<()> {
        let html = page(&study("quick"), |summary| summary.missing = vec!["focal-s1".into()])?;
        let top = html.split("<h2>").next().unwrap_or_default();
        assert!(top.contains("demonstration on phantoms") && top.contains("Not finished: focal-s1"), "{top}");
        let html = page(&study("paper"), |_| {})?;
        assert!(!html.contains("demonstration on phantoms") && !html.contains("Not finished"));
        Ok(())
    }

    #[test]
    fn text_from_files_is_no_markup() -> anyhow::Result<()> {
        let evil = "<script>alert('1')</script>\"&";
        let mut study = study("quick");
        for protocol in study.protocol.values_mut() {
            protocol.title = evil.into();
        }
        if let Some(protocol) = study.protocol.remove("fig2") {
            study.protocol.insert(evil.into(), protocol);
        }
        let html = page(&study, |summary| {
            summary.study = evil.into();
            summary.attack = evil.into();
            summary.missing = vec![evil.into()];
            for loss in &mut summary.losses {
                loss.title = evil.into();
                loss.curves.iter_mut().for_each(|curve| curve.attack = evil.into());
            }
        })?;
        assert!(!html.contains("<script"));
        assert!(html.contains("&lt;script&gt;alert"));
        Ok(())
    }
}
