//! The page of a run: one HTML file that needs no other, and no network.

mod choice;
pub mod comparison;
mod explored;
pub mod explorer;
pub mod head;
pub mod html;
pub mod losses;
pub mod opening;
pub mod part;
pub mod provenance;
pub mod ranking;
pub mod soundness;
pub mod spreads;
pub mod verdicts;

use crate::attack;
use crate::draw::markup::escape;
use crate::evidence::summary::Summary;
use crate::records::run::Run;
use crate::report::figure::{Figure, Part};
use std::path::Path;

/// The script of charts and of the switch between rankings.
const SCRIPT: &str = include_str!("page.js");

/// Parts of the page that are made from more than a summary.
pub struct Parts<'a> {
    /// The arms against a baseline, as HTML; empty where nothing can be compared.
    pub comparison: &'a str,
    /// The verdicts, as HTML.
    pub verdicts: &'a str,
    /// Every figure.
    pub figures: &'a [Figure],
    /// The figures' numbers as CSV.
    pub tables: &'a [String],
}

/// The page as HTML: the answer first, then what it rests on, how it was made last. It will lie in the run's `folder`.
pub fn html(folder: &Path, run: &Run, summary: &Summary, parts: &Parts) -> String {
    let title = format!("lossbench: study {}", summary.study);
    let mut html = head::html(&title, &[SCRIPT, explorer::SCRIPT]);
    let part =
        |part, heading: &str, words: &str| part::html(parts.figures, parts.tables, part, heading, words);
    html += &opening::html(&run.study, summary);
    if !parts.comparison.is_empty() {
        html += match opening::by_loss(&run.study) {
            true => "<h2 id=\"answer\">Does the loss matter?</h2>\n",
            false => "<h2 id=\"answer\">Do the arms differ?</h2>\n",
        };
        html += parts.comparison;
    }
    html += "<h2 id=\"losses\">The networks</h2>\n";
    html += &losses::html(summary);
    html += "<p class=\"faint\">Clean Dice: without an attack. Effective pixels, 90% pixels, peak and inside mask describe the saliency maps; see <a href=\"#spread\">Spread of attention</a>.</p>\n";
    html += &choice::html(summary);
    html += &part(Part::Networks, "All networks", "");
    let explored = run.examples.as_ref().map(|examples| explorer::html(&run.study, summary, examples));
    let explored = explored.unwrap_or_default();
    html += &explored;
    html += &part(Part::Looks, "One slice", "");
    html += &part(Part::Sweeps, "Dice under attack", &switch(summary));
    html += &soundness::html(&run.study, summary);
    html += &part(
        Part::Transfers,
        "Under each other's maps",
        "<p>Does a network break because of what it is, or because of where its own map points? Each network is also attacked at the pixels that the other networks' maps rank highest.</p>\n",
    );
    html += &part(Part::Trust, "Can the maps be trusted?", "");
    html += "<h2 id=\"spread\">Spread of attention</h2>\n";
    html += &spreads::html(summary);
    html += "<h2 id=\"verdicts\">The claims</h2>\n";
    html += parts.verdicts;
    html += &part(Part::Training, "Training", "");
    html += "<h2>How it was made</h2>\n";
    html += &provenance::facts(run, summary);
    html += "<h2>Records</h2>\n";
    html += &provenance::records(folder, run, summary);
    html += "</main>\n";
    if !explored.is_empty() {
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
            escape(&attack::title(ranking))
        )
    };
    let choices: String = summary.rankings.iter().map(choice).collect();
    format!("<fieldset class=\"controls\"><legend>Pixels are ranked by</legend>\n{choices}</fieldset>\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::study::Study;
    use crate::report::figures;
    use crate::report::made_up::{claims_and_evidence, run, study, summary};
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    fn page(study: &Study, change: impl FnOnce(&mut Summary)) -> anyhow::Result<String> {
        let mut summary = summary(study, 1);
        change(&mut summary);
        let run = run(study);
        let (claims, evidence) = claims_and_evidence(&run)?;
        let figures = figures::all(&run, &summary, &claims, &evidence, None)?;
        let tables: Vec<String> = figures.iter().map(Figure::csv).collect::<Result<_, _>>()?;
        let parts = Parts { comparison: "", verdicts: "<p>verdicts</p>", figures: &figures, tables: &tables };
        Ok(html(Path::new(""), &run, &summary, &parts))
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
        for sweep in study.sweeps.values_mut() {
            sweep.title = evil.into();
        }
        if let Some(sweep) = study.sweeps.remove("fig2") {
            study.sweeps.insert(evil.into(), sweep);
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
