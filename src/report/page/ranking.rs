//! Which arm comes first, and how sure that is.

use crate::definition::study::Study;
use crate::draw::markup::escape;
use crate::evidence::ranking::Ranking;
use crate::report::page::html::table as table_html;
use crate::report::text::ranking::{note, table};

/// A table that sorts, as HTML; empty where nothing is ranked.
pub fn html(study: &Study, rankings: &[Ranking], seeds: usize) -> String {
    if rankings.is_empty() {
        return String::new();
    }
    let table = table_html(&table(rankings, |arm| study.title(arm)));
    format!(
        "<h3 id=\"ranks\">Which comes first?</h3>\n{}<p class=\"faint\">{} A click on a heading sorts.</p>\n",
        table.replacen("<table>", "<table class=\"sortable\">", 1),
        escape(&note(rankings, seeds, |arm| study.title(arm)))
    )
}
