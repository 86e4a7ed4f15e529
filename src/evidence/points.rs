//! Points of sweeps: their rows in each cell under the attack that they are judged by, and means over them.

use super::Evidence;
use super::measured::Measured;
use super::quantity::Sweeps;
use crate::attack::corruption::severity::Severity;
use crate::records::rows::CurveRow;
use std::collections::BTreeMap;

/// Sweep of a point, and where it lies there: see [`CurveRow::point`].
pub type Place<'a> = (&'a str, (Option<usize>, Option<f32>, Option<f32>, Option<Severity>));

pub(super) fn place_of(row: &CurveRow) -> Place<'_> {
    (row.sweep.as_str(), row.point())
}

impl<'a> Evidence<'a> {
    /// The Dice score of `loss` at each point of `sweep`, mean over seeds and volumes, with what names the
    /// point: its level, or its budget, radius or severity where that is what the sweep varies. None where the run
    /// lacks it.
    pub fn curve(&self, loss: &str, sweep: &str) -> Option<Vec<(String, f64)>> {
        let points = self.points_of(loss, |row| row.sweep == sweep).ok()?;
        let budgets = points.iter().any(|(_, (pixels, ..))| *pixels != points[0].1.0);
        let ones = (vec![1.0; self.seeds.len()], vec![1.0; self.volumes.len()]);
        let point = |&place: &Place| {
            let (_, (pixels, level, radius, severity)) = place;
            let term = self.term(1.0, |seed| {
                let rows = self.rows(loss, seed, place)?;
                self.each_volume(seed, |volume| Ok(self.dice(self.row(&rows, volume)?)))
            });
            let label = match (level, radius, severity) {
                (.., Some(severity)) => severity.to_string(),
                (_, Some(radius), _) => radius.to_string(),
                (Some(level), ..) if !budgets => level.to_string(),
                _ => pixels.unwrap_or(0).to_string(),
            };
            Some((label, Measured::new(vec![term.ok()?]).mean(&ones.0, &ones.1)))
        };
        points.iter().map(point).collect()
    }

    /// The attack by which points of the sweep called `name` are judged.
    pub(super) fn attack_of(&self, name: &str) -> &str {
        self.own.get(name).unwrap_or(&self.reading.attack)
    }

    /// The rows of a cell under the attack at one point, by volume.
    pub(super) fn rows(
        &self,
        loss: &str,
        seed: u64,
        place: Place,
    ) -> Result<BTreeMap<&'a str, &'a CurveRow>, String> {
        let curves = self.cell(loss, seed)?.curves.iter();
        let attack = self.attack_of(place.0);
        let attacked = curves.filter(|row| place_of(row) == place && row.ranking() == attack);
        Ok(attacked.map(|row| (row.volume.as_str(), row)).collect())
    }

    /// The row of `volume` among [`Self::rows`].
    pub(super) fn row(
        &self,
        rows: &BTreeMap<&'a str, &'a CurveRow>,
        volume: &str,
    ) -> Result<&'a CurveRow, String> {
        let attack = || rows.values().next().map_or(self.reading.attack.as_str(), |row| &row.attack);
        let missing = || format!("attack {} has no such point on {volume}", attack());
        rows.get(volume).copied().ok_or_else(missing)
    }

    /// The rows of a cell without an attack: of the first sweep that has a budget of 0.
    pub(super) fn clean_rows(
        &self,
        loss: &str,
        seed: u64,
    ) -> Result<BTreeMap<&'a str, &'a CurveRow>, String> {
        let cell = self.cell(loss, seed)?;
        let first = cell.curves.iter().find(|row| row.is_clean()).ok_or(
            "no sweep has a budget of 0 pixels, a radius or a severity of 0, so nothing says how it was without an attack",
        )?;
        self.rows(loss, seed, place_of(first))
    }

    pub(super) fn clean(&self, loss: &str, seed: u64) -> Result<Vec<[f64; 2]>, String> {
        let rows = self.clean_rows(loss, seed)?;
        self.each_volume(seed, |volume| Ok(self.dice(self.row(&rows, volume)?)))
    }

    /// The points that are `chosen`, in the order of the curves.
    pub(super) fn points_of(
        &self,
        loss: &str,
        chosen: impl Fn(&CurveRow) -> bool,
    ) -> Result<Vec<Place<'a>>, String> {
        let first = self.seeds.first().ok_or("no seed has all its cells")?;
        let rows = self.cell(loss, *first)?.curves.iter();
        let mut points = Vec::new();
        for row in rows.filter(|row| chosen(row) && row.ranking() == self.attack_of(&row.sweep)) {
            let point = place_of(row);
            if !points.contains(&point) {
                points.push(point);
            }
        }
        match points.is_empty() {
            true => Err(format!("attack {} has no such point", self.reading.attack)),
            false => Ok(points),
        }
    }

    /// Dice over the points of `sweep` that change anything.
    pub(super) fn attacked(&self, loss: &str, sweep: &Sweeps) -> Result<Measured, String> {
        let points = self.points_of(loss, |row| sweep.contain(&row.sweep) && !row.is_clean())?;
        self.mean_of(loss, &points, |row, _| self.dice(row))
    }

    /// The mean over points. `of` gives numerator and denominator from the point's row and the one
    /// without an attack.
    pub(super) fn points(
        &self,
        loss: &str,
        sweep: &Sweeps,
        pixels: Option<usize>,
        level: Option<f32>,
        of: impl Fn(&CurveRow, &CurveRow) -> [f64; 2],
    ) -> Result<Measured, String> {
        let chosen = |row: &CurveRow| {
            sweep.contain(&row.sweep)
                && pixels.is_none_or(|pixels| row.pixels == Some(pixels))
                && level.is_none_or(|level| row.level == Some(level))
        };
        self.mean_of(loss, &self.points_of(loss, chosen)?, of)
    }

    /// The mean over `points`.
    pub(super) fn mean_of(
        &self,
        loss: &str,
        points: &[Place],
        of: impl Fn(&CurveRow, &CurveRow) -> [f64; 2],
    ) -> Result<Measured, String> {
        let terms = points.iter().map(|&place| {
            self.term(1.0 / points.len() as f64, |seed| {
                let [rows, clean] = [self.rows(loss, seed, place)?, self.clean_rows(loss, seed)?];
                self.each_volume(seed, |volume| Ok(of(self.row(&rows, volume)?, self.row(&clean, volume)?)))
            })
        });
        Ok(Measured::new(terms.collect::<Result<_, _>>()?))
    }
}
