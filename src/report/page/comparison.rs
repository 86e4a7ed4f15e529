//! The answer to the reader's question: every arm against a baseline, in sentences and as a table.

use crate::definition::study::Study;
use crate::draw::markup::escape;
use crate::evidence::comparison::Comparison;
use crate::report::page::html::table as table_html;
use crate::report::text::comparison::{FEW, counted, sentences, table};
use crate::report::text::{corruptions, own_losses};

/// Sentences and table as HTML.
pub fn html(study: &Study, comparison: &Comparison) -> String {
    let title = |name: &str| study.title(name);
    let sentences = sentences(comparison, title);
    let items: String = sentences.iter().map(|one| format!("<li>{}</li>\n", escape(one))).collect();
    let list = format!("<ul class=\"answer\">\n{items}</ul>\n");
    let answer = match sentences.len() {
        ..=FEW => list,
        many => format!(
            "<p>{}</p>\n<details>\n<summary>A sentence for each of the {many}</summary>\n{list}</details>\n",
            escape(&counted(comparison, title))
        ),
    };
    let sweeps = corruptions::names(study, &comparison.sweeps);
    let corrected = if comparison.seeds < 2 { "" } else { "; p is corrected for their number" };
    let table = table(comparison, title);
    let shown = table_html(&table).replacen("<table>", "<table class=\"sortable\">", 1);
    format!(
        "{answer}{}<p class=\"faint\">Attacked Dice: mean over the attacked points of {}. Differences are paired by seed and test volume{corrected}. {}A click on a heading sorts. <code>lossbench compare</code> takes another baseline or one sweep alone.</p>\n{}",
        shown,
        escape(&sweeps),
        qualities(&table.head),
        caution(study, &comparison.sweeps)
    )
}

/// A paragraph where arms are not attacked alike; else nothing.
fn caution(study: &Study, sweeps: &[String]) -> String {
    let note = own_losses::note(study, sweeps);
    note.map(|note| format!("<p>{}</p>\n", escape(&note))).unwrap_or_default()
}

/// What the columns of `head` mean that are beside Dice.
fn qualities(head: &[String]) -> String {
    let meanings = [
        ("HD95", "the 95th percentile of the distance between borders, in voxels"),
        ("missed", "the share of volumes in which a network marks nothing, so that they have no HD95"),
        ("NSD", "the share of the border within one voxel"),
        ("calibration error", "how far probabilities lie from how often they are right"),
    ];
    let here: Vec<String> = meanings
        .iter()
        .filter(|(name, _)| head.iter().any(|column| column == name))
        .map(|(name, meaning)| format!("{name}: {meaning}"))
        .collect();
    if here.is_empty() { String::new() } else { format!("Without an attack, {}. ", here.join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::comparison::{Compared, Scored};
    use crate::report::made_up::study;

    #[test]
    fn arms_stand_by_their_titles_and_text_is_no_markup() {
        let scored = || Some(Scored { dice: 0.5, by_seed: Vec::new(), difference: None });
        let arm = |arm: &str| Compared {
            arm: arm.into(),
            clean: scored(),
            attacked: scored(),
            quality: Default::default(),
            lacks: "<b>".into(),
        };
        let comparison = Comparison {
            baseline: "dice".into(),
            sweeps: vec!["fig3".into()],
            seeds: 2,
            arms: vec![arm("dice"), arm("bce+dice")],
        };
        let html = html(&study("quick"), &comparison);
        assert!(html.contains("<li>BCE + Dice cannot be compared: &lt;b&gt;.</li>"), "{html}");
        assert!(html.contains("<th scope=\"row\">Dice</th>"), "{html}");

        let many = (0..=FEW).map(|number| arm(&format!("own-{number}")));
        let arms = comparison.arms.iter().cloned().chain(many).collect();
        let html = super::html(&study("quick"), &Comparison { arms, ..comparison.clone() });
        assert!(
            html.starts_with("<p>Of 0 arms that can be compared, without an attack 0 score higher than Dice"),
            "{html}"
        );
        assert!(html.contains("<summary>A sentence for each of the 8</summary>"), "{html}");
        assert!(!html.contains("each network is attacked along"), "{html}");
        let pgd = Comparison { sweeps: vec!["pgd".into()], ..comparison };
        let html = super::html(&study("league"), &pgd);
        assert!(html.contains("<p>In pgd each network is attacked along"), "{html}");
    }
}
