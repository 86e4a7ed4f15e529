//! The page of a run: one HTML file that needs no other, and no network.

pub mod explorer;
pub mod html;
pub mod provenance;
pub mod spreads;

use crate::attack;
use crate::definition::data::Source;
use crate::definition::study::Study;
use crate::evidence::summary::Summary;
use crate::records::Run;
use crate::report::draw::style;
use crate::report::figure::{Figure, Part};
use crate::report::page::html::{escape, table};
use crate::report::text::table as tables;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The script of charts and of the switch between rankings.
const SCRIPT: &str = include_str!("page.js");

/// Nothing is fetched, not even by mistake, and no script runs but the page's own.
fn policy() -> String {
    let hash = |script: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script)));
    format!(
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src {} {}",
        hash(SCRIPT),
        hash(explorer::SCRIPT)
    )
}

/// The page as HTML. `verdicts` is a part of its own; `tables` hold the figures' numbers as CSV.
pub fn html(run: &Run, summary: &Summary, verdicts: &str, figures: &[Figure], tables: &[String]) -> String {
    let title = format!("lossbench: study {}", summary.study);
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n<title>{1}</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n{2}</style>\n</head>\n<body>\n<main>\n<h1>{1}</h1>\n",
        policy(),
        escape(&title),
        include_str!("page.css")
    );
    let part = |part, heading, words| self::part(figures, tables, part, heading, words);
    html += &opening(&run.study, summary);
    html += "<h2 id=\"verdicts\">The paper's claims</h2>\n";
    html += verdicts;
    html += "<h2>How it was made</h2>\n";
    html += &provenance::facts(run, summary);
    html += "<h2 id=\"losses\">The losses</h2>\n";
    html += &losses(summary);
    html += "<p class=\"faint\">Clean Dice: without an attack. Effective pixels, 90% pixels, peak and inside mask describe the saliency maps; see <a href=\"#spread\">Spread of attention</a>.</p>\n";
    if let Some(examples) = &run.examples {
        html += &explorer::html(&run.study, summary, examples);
    }
    html += &part(Part::Looks, "One slice", String::new());
    html += &part(Part::Sweeps, "Dice under attack", switch(summary));
    html += &part(
        Part::Transfers,
        "Under each other's maps",
        "<p>Does a network break because of what it is, or because of where its own map points? Each network is also attacked at the pixels that the other networks' maps rank highest.</p>\n".to_string(),
    );
    html += "<h2 id=\"spread\">Spread of attention</h2>\n";
    html += &spreads::html(summary);
    html += &part(Part::Networks, "All networks", String::new());
    html += &part(Part::Training, "Training", String::new());
    html += "<h2>Records</h2>\n";
    html += &provenance::records(run, summary);
    html += "</main>\n";
    if run.examples.is_some() {
        html += &format!("<script>{}</script>\n", explorer::SCRIPT);
    }
    html += &format!("<script>{SCRIPT}</script>\n</body>\n</html>\n");
    html
}

/// Radio buttons for the rankings of pixels, where there are several.
fn switch(summary: &Summary) -> String {
    if summary.rankings.len() < 2 {
        return String::new();
    }
    let choice = |ranking: &String| {
        let checked = if *ranking == summary.attack { " checked" } else { "" };
        format!(
            "<label><input type=\"radio\" name=\"ranking\" value=\"{}\"{checked}> {}</label>\n",
            escape(ranking),
            escape(attack::title(ranking))
        )
    };
    let choices: String = summary.rankings.iter().map(choice).collect();
    format!("<fieldset class=\"controls\"><legend>Pixels are ranked by</legend>\n{choices}</fieldset>\n")
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

/// A heading, HTML to introduce it, and the figures below; nothing where there are none.
fn part(figures: &[Figure], tables: &[String], part: Part, heading: &str, introduction: String) -> String {
    let figures: Vec<(&Figure, &String)> =
        figures.iter().zip(tables).filter(|(figure, _)| figure.part == part).collect();
    if figures.is_empty() {
        return String::new();
    }
    let class = if part == Part::Looks { "pair wide" } else { "pair" };
    let mut html = format!("<h2>{heading}</h2>\n{introduction}<div class=\"{class}\">\n");
    for (figure, table) in figures {
        let ranking = figure.ranking.as_ref();
        let ranking = ranking.map_or(String::new(), |name| format!(" data-ranking=\"{}\"", escape(name)));
        let _ = writeln!(
            html,
            "<figure id=\"figure-{0}\"{ranking}>\n<h3>{1}</h3>\n<div class=\"picture\" tabindex=\"0\">\n{2}</div>\n<figcaption>{3} <a href=\"figures/{0}.svg\">SVG</a> <a href=\"figures/{0}.png\">PNG</a> <a download=\"{0}.csv\" href=\"data:text/csv;base64,{5}\">CSV</a></figcaption>\n<details><summary>The numbers</summary>\n{4}</details>\n</figure>",
            figure.name,
            escape(&figure.title),
            figure.svg,
            escape(&figure.caption),
            figure.numbers.html(),
            STANDARD.encode(table)
        );
    }
    html += "</div>\n";
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::figure::tests::{all, run, study, synthetic};

    fn page(study: &Study, change: impl FnOnce(&mut Summary)) -> anyhow::Result<String> {
        let mut summary = synthetic(study, 1);
        change(&mut summary);
        let figures = all(study, &summary)?;
        let tables: Vec<String> = figures.iter().map(Figure::csv).collect::<Result<_, _>>()?;
        Ok(html(&run(study), &summary, "<p>verdicts</p>", &figures, &tables))
    }

    #[test]
    fn the_page_asks_for_no_other_file() -> anyhow::Result<()> {
        let html = page(&study("quick"), |_| {})?;
        let elsewhere = ["src=", "@import", "url(", "<img", "<iframe", "<script src"];
        for text in elsewhere {
            assert!(!html.contains(text), "{text}");
        }
        let addresses = html.matches("http").count();
        assert_eq!(addresses, html.matches("xmlns=\"http://www.w3.org/2000/svg\"").count() + 1, "http-equiv");
        assert_eq!(html.matches("<image").count(), html.matches("href=\"data:image/png").count());
        assert!(html.len() < 1_500_000, "{}", html.len());
        Ok(())
    }

    #[test]
    fn each_figure_has_an_alternative_its_numbers_and_a_table_to_download() -> anyhow::Result<()> {
        let html = page(&study("quick"), |_| {})?;
        let count = html.matches("<figure ").count();
        assert_eq!(count, 18);
        assert_eq!(html.matches("role=\"img\" aria-label=\"").count(), count);
        assert_eq!(html.matches("<details>").count(), count);
        assert_eq!(html.matches("<figcaption>").count(), count);
        let (_, rest) =
            html.split_once("download=\"fig3.csv\" href=\"data:text/csv;base64,").expect("a table");
        let table = STANDARD.decode(rest.split('"').next().unwrap_or_default())?;
        let table = String::from_utf8(table)?;
        assert!(
            table.starts_with("loss,attack,pixels,level,dice,low,high,trials\nbce,signed,5,0,0.9,"),
            "{table}"
        );
        Ok(())
    }

    #[test]
    fn several_rankings_can_be_switched_between() -> anyhow::Result<()> {
        assert!(!page(&study("quick"), |_| {})?.contains("name=\"ranking\""));
        let html = page(&study("paper"), |_| {})?;
        assert_eq!(html.matches("name=\"ranking\"").count(), 2);
        assert_eq!(html.matches("data-ranking=\"magnitude\"").count(), 4);
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
        assert!(!html.contains("<script>alert"));
        assert!(html.contains("&lt;script&gt;alert"));
        Ok(())
    }
}
