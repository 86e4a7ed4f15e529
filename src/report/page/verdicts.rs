//! The verdicts on the page: each claim a row that links to the figure it is about.

use crate::claims::claim::Claim;
use crate::claims::predicate::Predicate;
use crate::claims::verdict::{Outcome, Verdict};
use crate::draw::markup::escape;
use crate::evidence::quantity::Quantity;
use crate::report::figure::Figure;
use crate::report::figures::across;
use crate::report::page::html::of_cells;
use crate::report::table::Table;
use crate::report::text::verdicts::{Judgement, table};

/// Heading and table as HTML; `claims` are those that were judged, in the order of their verdicts.
pub fn html(judgement: &Judgement, claims: &[Claim], figures: &[Figure]) -> String {
    let Table { mut head, rows } = table(&judgement.verdicts);
    verdict_first(&mut head);
    let mut judged: Vec<_> = judgement.verdicts.iter().zip(claims).zip(rows).collect();
    judged.sort_by_key(|((verdict, _), _)| ORDER.iter().position(|one| *one == verdict.outcome));
    let rows = judged.into_iter().map(|((verdict, claim), row)| {
        let mut cells = marked_up(&row, verdict, anchor(claim, figures));
        verdict_first(&mut cells);
        cells
    });
    let warnings: String =
        judgement.unlearned.iter().map(|one| format!("<p class=\"note\">{}</p>\n", escape(one))).collect();
    format!(
        "<p>{}</p>\n{warnings}<p class=\"faint\">{MEANINGS}</p>\n<details><summary>{}</summary>\n{}</details>\n",
        escape(&judgement.heading),
        counts(judgement),
        of_cells(&head, rows)
    )
}

/// What the outcomes are.
const MEANINGS: &str = "Reproduced: sure to be as claimed. Not reproduced: sure to be otherwise. Absent: the effect that is claimed, or one of several that the claim needs, is sure to be smaller than the smallest that matters. Inconclusive: none of these is sure.";

/// How many claims came to what, what was decided first.
fn counts(judgement: &Judgement) -> String {
    let of = |outcome| judgement.verdicts.iter().filter(|verdict| verdict.outcome == outcome).count();
    let counted: Vec<String> = ORDER
        .iter()
        .filter_map(|&outcome| match of(outcome) {
            0 => None,
            count => Some(format!("{count} <span class=\"verdict {}\">{outcome}</span>", class(outcome))),
        })
        .collect();
    format!("{} claims: {}", judgement.verdicts.len(), counted.join(", "))
}

/// What was decided, then what was not.
const ORDER: [Outcome; 6] = [
    Outcome::Reproduced,
    Outcome::NotReproduced,
    Outcome::Absent,
    Outcome::Inconclusive,
    Outcome::OneSeed,
    Outcome::NotMeasured,
];

/// The verdict beside its claim, where a narrow screen still shows it.
fn verdict_first(cells: &mut [String]) {
    if let Some(rest) = cells.get_mut(2..) {
        rest.rotate_right(1);
    }
}

/// The cells of a row as HTML: the title a link, texts apart from numbers, the outcome in its colour.
fn marked_up(row: &[String], verdict: &Verdict, anchor: Option<String>) -> Vec<String> {
    let mut cells: Vec<String> = row.iter().map(|cell| escape(cell)).collect();
    if let (Some(anchor), Some(title)) = (anchor, cells.get_mut(1)) {
        *title = format!("<a href=\"#{anchor}\">{title}</a>");
    }
    for cell in cells.iter_mut().take(4).skip(1) {
        *cell = format!("<span class=\"words\">{cell}</span>");
    }
    if let Some(outcome) = cells.last_mut() {
        *outcome = format!("<span class=\"verdict {}\">{outcome}</span>", class(verdict.outcome));
    }
    cells
}

fn class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Reproduced => "holds",
        Outcome::NotReproduced | Outcome::Absent => "fails",
        Outcome::Inconclusive | Outcome::NotMeasured | Outcome::OneSeed => "open",
    }
}

/// Where the page shows what a claim is about.
fn anchor(claim: &Claim, figures: &[Figure]) -> Option<String> {
    let predicate = claim.predicates.first()?;
    let named = |name: &str| figures.iter().find(|figure| figure.name.starts_with(name));
    let name = match (predicate, predicate.quantities().first()?) {
        (Predicate::Correlation { .. }, _) => claim.id.clone(),
        (_, Quantity::Sanity { .. }) => "sanity".to_string(),
        (_, Quantity::Faithfulness { .. }) => "faithfulness".to_string(),
        (_, Quantity::Spread { .. } | Quantity::Sharpness {}) => return Some("spread".to_string()),
        (_, Quantity::Clean {} | Quantity::Accuracy {}) => return Some("losses".to_string()),
        (_, Quantity::Softness {}) => "margins".to_string(),
        (_, Quantity::Agreement {}) => "fig7".to_string(),
        (_, Quantity::Transfer { .. }) => named(across::NAME)?.name.clone(),
        (_, Quantity::Dice { .. } | Quantity::Drop { .. } | Quantity::Area { .. }) => {
            claim.sweeps().first()?.clone()
        }
    };
    figures.iter().any(|figure| figure.name == name).then(|| format!("figure-{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::figure::Part;
    use crate::report::made_up::{claims_and_evidence, run, study};

    #[test]
    fn the_verdict_stands_beside_its_claim_which_links_to_a_figure_that_is_there() -> anyhow::Result<()> {
        let study = study("quick");
        let run = run(&study);
        let (claims, evidence) = claims_and_evidence(&run)?;
        let judgement = Judgement::of(&study, &claims, &evidence);
        let figure = Figure {
            name: "fig3".into(),
            part: Part::Sweeps,
            ranking: None,
            title: String::new(),
            caption: String::new(),
            svg: String::new(),
            numbers: Table::default(),
            long: None,
        };
        let html = html(&judgement, &claims, &[figure]);
        let head = "<th scope=\"col\">claim</th><th scope=\"col\"></th><th scope=\"col\">verdict</th>";
        assert!(html.contains(head), "{html}");
        // A run without a cell measures nothing.
        assert_eq!(html.matches("class=\"verdict open\">not measured<").count(), claims.len() + 1);
        assert!(html.contains("<summary>20 claims: 20 <span"), "{html}");
        assert!(html.contains("href=\"#figure-fig3\"") && !html.contains("href=\"#figure-fig5\""), "{html}");
        Ok(())
    }
}
