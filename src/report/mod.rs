//! Showing a run: a table on the terminal, figures and a page in the run folder.
//!
//! A [`figure`] is a picture with its words and numbers; the kinds of figures are in [`figures`], what draws
//! them in [`draw`](crate::draw). [`text`] has tables and verdicts for terminals and Markdown, [`page`] puts everything
//! together. All of them write [`numbers`] and [`table`]s alike.

pub mod figure;
pub mod figures;
#[cfg(test)]
mod made_up;
pub mod numbers;
pub mod page;
pub mod spent;
pub mod table;
pub mod text;

use crate::claims::registry;
use crate::evidence::summary::Summary;
use crate::evidence::{Evidence, Reading};
use crate::fault::Fault;
use crate::records::files::write_bytes;
use crate::records::run::Run;
use rayon::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};
use text::verdicts::Judgement;

/// What [`write()`] made.
#[derive(Debug)]
pub struct Report {
    /// The numbers that were shown.
    pub summary: Summary,
    /// The tables as text.
    pub table: String,
    /// The verdicts.
    pub judgement: Judgement,
    /// Path of the page.
    pub page: PathBuf,
}

impl Report {
    /// The numbers as indented JSON.
    ///
    /// # Errors
    /// [`serde_json::Error`] where they cannot be written as JSON.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(&self.summary)? + "\n")
    }
}

/// Reads the run in `folder` and writes its figures and page there.
///
/// # Errors
/// [`Fault`] where the folder is no run, holds no finished cell or cannot be written.
pub fn write(folder: &Path) -> Result<Report, Fault> {
    let run = Run::read(folder)?;
    let summary = Summary::of(&run);
    if summary.losses.is_empty() {
        let fault =
            format!("no cell is finished: run `lossbench run {} --out {}`", run.study.name, folder.display());
        return Err(Fault::new(folder, fault));
    }
    let (page, judgement) = files(folder, &run, &summary)?;
    Ok(Report { table: text::tables::run(&run, &summary), summary, judgement, page })
}

/// Writes each figure as SVG, PNG and CSV into `figures/`, and `report.html`, each whole or not at all;
/// gives the path of the page and the verdicts on it.
///
/// # Errors
/// [`Fault`] that names what cannot be drawn or written.
pub fn files(folder: &Path, run: &Run, summary: &Summary) -> Result<(PathBuf, Judgement), Fault> {
    let pictures = folder.join("figures");
    let claims = registry::of_study(&run.study)?;
    let evidence = Evidence::of(run, Reading::of(&run.study));
    let judgement = Judgement::of(&run.study, &claims, &evidence);
    let comparison = evidence.against_default(&run.study);
    let figures = figures::all(run, summary, &claims, &evidence, comparison.as_ref())
        .map_err(|error| Fault::new(&pictures, error))?;
    fs::create_dir_all(&pictures).map_err(|error| Fault::new(&pictures, error))?;
    let tables = figures.iter().map(|figure| {
        let path = pictures.join(format!("{}.csv", figure.name));
        let table = figure.csv().map_err(|error| Fault::new(&path, error))?;
        write_bytes(&path, table.as_bytes())?;
        Ok(table)
    });
    let tables: Vec<String> = tables.collect::<Result<_, Fault>>()?;
    figures.par_iter().try_for_each(|figure| {
        write_bytes(&pictures.join(format!("{}.svg", figure.name)), figure.svg.as_bytes())?;
        let path = pictures.join(format!("{}.png", figure.name));
        write_bytes(&path, &crate::draw::png::render(&figure.svg).map_err(|fault| Fault::new(&path, fault))?)
    })?;
    let page = folder.join("report.html");
    let verdicts = page::verdicts::html(&judgement, &claims, &figures);
    let mut answer = comparison.map(|one| page::comparison::html(&run.study, &one)).unwrap_or_default();
    let sweeps: Vec<String> = run.study.sweeps.keys().cloned().collect();
    answer += &page::ranking::html(&run.study, &evidence.rankings(&sweeps), evidence.seeds.len());
    let parts = page::Parts { comparison: &answer, verdicts: &verdicts, figures: &figures, tables: &tables };
    write_bytes(&page, page::html(folder, run, summary, &parts).as_bytes())?;
    Ok((page, judgement))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_without_a_finished_cell_has_no_page() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let study = made_up::study("smoke");
        fs::write(folder.path().join("study.toml"), toml::to_string(&study)?)?;
        let message = write(folder.path()).unwrap_err().to_string();
        assert!(message.contains("no cell is finished: run `lossbench run smoke --out "), "{message}");
        assert!(!folder.path().join("report.html").exists());
        Ok(())
    }

    #[test]
    fn the_page_and_its_figures_lie_in_the_run_folder() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let study = made_up::study("quick");
        let summary = made_up::summary(&study, 2);
        let page = fs::read_to_string(files(folder.path(), &made_up::run(&study), &summary)?.0)?;
        assert_eq!(fs::read_dir(folder.path().join("figures"))?.count(), 3 * 18);
        for entry in fs::read_dir(folder.path().join("figures"))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let named = if name.ends_with(".csv") {
                format!("download=\"{name}\"")
            } else {
                format!("figures/{name}\"")
            };
            assert!(page.contains(&named), "{named}");
        }
        Ok(())
    }
}
