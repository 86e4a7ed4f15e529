//! How a run was made: what fixes its numbers, on what it ran, how long it took, where its records are.

use crate::draw::markup::escape;
use crate::evidence::summary::Summary;
use crate::records::cell::{Cell, cell_name};
use crate::records::files::twin;
use crate::records::run::Run;
use crate::report::page::html::of_cells;
use crate::report::text::ties;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

/// What fixes the run's numbers and on what it ran, as HTML.
pub fn facts(run: &Run, summary: &Summary) -> String {
    let distinct = |value: &dyn Fn(&Cell) -> String| {
        let values: BTreeSet<String> = run.cells.iter().map(value).collect();
        values.into_iter().collect::<Vec<_>>().join(", ")
    };
    let seeds: BTreeSet<u64> = run.cells.iter().map(|cell| cell.record.seed).collect();
    let seeds: Vec<String> = seeds.iter().map(u64::to_string).collect();
    let hours = run.cells.iter().flat_map(|cell| cell.record.seconds).sum::<f64>() / 3600.0;
    let facts = [
        ("study", summary.study.clone()),
        ("study hash", distinct(&|cell| cell.record.study_hash.clone())),
        ("data hash", distinct(&|cell| cell.record.data_hash.clone())),
        ("slices", distinct(&|cell| format!("{} x {} pixels", cell.record.size[0], cell.record.size[1]))),
        ("seeds", seeds.join(", ")),
        ("device", distinct(&|cell| cell.record.made.device.clone())),
        ("processor", distinct(&|cell| cell.record.made.processor.clone())),
        ("threads", distinct(&|cell| cell.record.made.threads.to_string())),
        ("lossbench", distinct(&|cell| cell.record.made.lossbench.clone())),
        ("burn", distinct(&|cell| cell.record.made.burn.clone())),
        ("ties", ties::note(run).unwrap_or_else(|| "no map has two pixels of zero gradient".to_string())),
        ("wall time", format!("{hours:.2} hours over {} cells", run.cells.len())),
    ];
    let mut html = String::from("<dl>\n");
    for (name, value) in facts {
        let value = escape(&value);
        let value = if name.ends_with("hash") { format!("<code>{value}</code>") } else { value };
        let _ = writeln!(html, "<dt>{name}</dt><dd>{value}</dd>");
    }
    html + "</dl>\n"
}

/// Wall times and records of every cell, as HTML.
pub fn records(folder: &Path, run: &Run, summary: &Summary) -> String {
    let mut html = cells(folder, run, summary);
    html += "<p class=\"faint\">Wall time in seconds. The files lie beside this page: <a href=\"study.toml\">study.toml</a> has every choice, <a href=\"volumes.csv\">volumes.csv</a> says which volume was used for what.</p>\n";
    html
}

/// A row per cell: wall times and links to its records; those missing last.
fn cells(folder: &Path, run: &Run, summary: &Summary) -> String {
    let head = ["cell", "device", "training", "saliency", "attacks", "records"].map(String::from);
    let done = run.cells.iter().map(|cell| {
        let record = &cell.record;
        let name = run.study.arm(&record.loss).map(|arm| cell_name(arm, record.seed));
        let name = name.unwrap_or_else(|| record.loss.clone());
        let mut row = vec![escape(&name), escape(&record.made.device)];
        row.extend(record.seconds.iter().map(|seconds| format!("{seconds:.1}")));
        let links = record.files.keys().map(String::as_str).filter(|file| file.ends_with(".csv"));
        // Evidence that is kept has them gzipped.
        let link = |file: &str| {
            let packed = twin(Path::new(file));
            let is_packed = folder.join("cells").join(&name).join(&packed).exists();
            let there = if is_packed { packed.display().to_string() } else { file.to_string() };
            format!("<a href=\"cells/{}/{}\">{}</a>", escape(&name), escape(&there), escape(file))
        };
        let links: Vec<String> = links.map(link).collect();
        row.push(links.join(" "));
        row
    });
    let missing = summary.missing.iter().map(|name| vec![escape(name), "not finished".to_string()]);
    of_cells(&head, done.chain(missing))
}
