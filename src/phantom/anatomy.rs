//! What lies where: the hippocampus and the tissues around it, as seen in the Decathlon's crops.

use rand_chacha::ChaCha8Rng;

use crate::phantom::config::PhantomConfig;
use crate::phantom::noise::Field;
use crate::phantom::random::between;
use crate::phantom::tables::{
    AMYGDALOID, BRAINSTEM, CISTERN, HEAD, HORN, REFERENCE, TAIL, TRIGONE, Table, row,
};

/// Brightness of the tissues, white matter being 1.
const GREY: f64 = 0.50;
const AMYGDALA: f64 = 0.54;
const CORTEX: f64 = 0.52;
/// How much brighter the grey matter around the body is where the phantom is easiest.
const APART: f64 = 0.24;
const THALAMUS: f64 = 0.86;
const STEM: f64 = 1.04;
const WHITE: f64 = 1.0;
const CSF: f64 = 0.13;

/// One crop's anatomy: the tables with this volume's own deviations.
pub(super) struct Anatomy {
    shape: [f64; 3],
    start: f64,
    end: f64,
    shift: [f64; 2],
    head: f64,
    tail: f64,
    trigone: f64,
    horn: f64,
    stem: f64,
    grey: f64,
    apart: f64,
    split: f64,
    folds: Field,
    folia: Field,
    nuclei: Field,
    rim: Field,
    vessels: Vec<Vessel>,
}

impl Anatomy {
    /// Draws one anatomy for a crop of `shape` voxels.
    pub(super) fn new(rng: &mut ChaCha8Rng, config: &PhantomConfig, shape: [usize; 3]) -> Self {
        let own = shape.map(|n| n as f64);
        let draw = |rng: &mut ChaCha8Rng, mean: f64, spread: f64| between(rng, mean - spread, mean + spread);
        Self {
            shape: own,
            start: draw(rng, 0.12, 0.03),
            end: draw(rng, 0.83, 0.04),
            shift: [draw(rng, 0.0, 0.05), draw(rng, 0.0, 0.03)],
            head: draw(rng, 1.0, 0.25),
            tail: draw(rng, 1.0, 0.25),
            trigone: draw(rng, 0.9, 0.6),
            horn: draw(rng, 0.8, 0.8),
            stem: draw(rng, 1.0, 0.2),
            grey: draw(rng, 0.0, 0.03),
            apart: APART * (1.0 - config.similarity),
            split: draw(rng, 0.52, 0.05),
            folds: Field::new(rng, shape, 5.0),
            folia: Field::new(rng, shape, 2.6),
            nuclei: Field::new(rng, shape, 5.5),
            rim: Field::new(rng, shape, 5.0),
            vessels: (0..3).map(|_| Vessel::new(rng, config.vessels, own)).collect(),
        }
    }

    /// The anatomy cut at a height given in voxels.
    pub(super) fn section(&self, z: f64) -> Section {
        let t = (z / self.shape[2] - self.start) / (self.end - self.start);
        let ellipse = |table: &Table, scale: f64| self.ellipse(table, scale, t);
        Section {
            t,
            head: ellipse(HEAD, self.head),
            tail: ellipse(TAIL, self.tail),
            trigone: ellipse(TRIGONE, self.trigone),
            horn: ellipse(HORN, self.horn),
            amygdala: ellipse(AMYGDALOID, 1.0),
            stem: ellipse(BRAINSTEM, self.stem),
            cistern: row(CISTERN, t).map_or(0.0, |[_, width]| width),
        }
    }

    /// 1 in front of the coronal plane that divides the label, 2 behind it.
    pub(super) fn part(&self, place: [f64; 3]) -> u8 {
        if place[1] > self.split * self.shape[1] { 1 } else { 2 }
    }

    /// The fine structure around a place.
    pub(super) fn grain(&self, place: [f64; 3]) -> Grain {
        Grain { folia: self.folia.at(place), nuclei: self.nuclei.at(place), rim: self.rim.at(place) }
    }

    /// Brightness at a place in `section`, white matter being 1; `grain` is that of the voxel.
    pub(super) fn brightness(&self, place: [f64; 3], section: &Section, grain: &Grain) -> f64 {
        let depth = section.depth(place);
        if depth < 0.0 {
            return GREY + self.grey + 0.06 * grain.folia;
        }
        // The alveus and fimbria: white matter on the surface, here and there.
        if depth < 1.0 && grain.rim > 0.5 {
            return WHITE;
        }
        let t = section.t;
        if let Some(vessel) = self.vessels.iter().find(|v| v.holds(place)) {
            return vessel.brightness;
        }
        if level(&section.trigone, place) < 0.0 || level(&section.horn, place) < 0.0 {
            return CSF;
        }
        if level(&section.amygdala, place) < 0.0 {
            return AMYGDALA + self.apart;
        }
        let stem = level(&section.stem, place);
        let deep = smooth(0.5, 0.8, t);
        if stem < 0.0 {
            return STEM + (THALAMUS - STEM) * deep - 0.06 * grain.nuclei;
        }
        // Fluid with strands of tissue in it.
        if stem < section.cistern * (1.0 + 0.45 * grain.rim) {
            return (CSF + 0.10 + 0.12 * grain.folia).max(0.06);
        }
        self.mantle(place, t, grain)
    }

    /// Folded cortex and white matter around the named structures.
    fn mantle(&self, place: [f64; 3], t: f64, grain: &Grain) -> f64 {
        let [u, v] = [place[0] / self.shape[0], place[1] / self.shape[1]];
        // White matter is crossed by fibres and grey nuclei.
        let white = (WHITE - 0.09 - 0.10 * grain.nuclei).min(1.08);
        // How much of the fold field is cortex: much of the lateral strip and of the temporal lobe
        // around the body, little of the deep white matter.
        let lateral = smooth(0.50, 0.25, u);
        let below = smooth(0.62, 0.42, v) * smooth(0.80, 0.45, t);
        let above = 0.9 * smooth(0.70, 0.90, v) * smooth(0.85, 0.45, t);
        let early = 0.8 * smooth(0.25, 0.05, t);
        let width = 0.25 + 0.75 * lateral.max(below).max(above).max(early);
        let fold = self.folds.at(place);
        let off = if fold < 0.0 { -fold } else { fold };
        let folded = if off < 0.22 * width {
            CSF + 0.15
        } else {
            let cortex = CORTEX + self.apart;
            cortex + (white - cortex) * smooth(0.65 * width, 1.1 * width, off)
        };
        // Cerebellar folia, below the tentorium.
        let folia = smooth(0.30, 0.15, t) * smooth(0.5, 0.38, v) * smooth(0.3, 0.45, u);
        folded + folia * (0.68 + 0.16 * grain.folia - folded)
    }

    fn ellipse(&self, table: &Table, scale: f64, t: f64) -> Option<Ellipse> {
        let [_, cx, cy, area, ratio, rise] = row(table, t)?;
        let area = area * scale * self.shape[0] * self.shape[1] / REFERENCE;
        let shorter = (area / (std::f64::consts::PI * ratio)).sqrt();
        let length = (1.0 + rise * rise).sqrt();
        (area > 0.0).then(|| Ellipse {
            centre: [(cx + self.shift[0]) * self.shape[0], (cy + self.shift[1]) * self.shape[1]],
            along: [1.0 / length, rise / length],
            longer: shorter * ratio,
            shorter,
        })
    }
}

/// One cut through the anatomy; structures that it misses are none.
pub(super) struct Section {
    t: f64,
    head: Option<Ellipse>,
    tail: Option<Ellipse>,
    trigone: Option<Ellipse>,
    horn: Option<Ellipse>,
    amygdala: Option<Ellipse>,
    stem: Option<Ellipse>,
    cistern: f64,
}

impl Section {
    /// Distance to the hippocampus's outline in voxels, roughly; negative inside.
    pub(super) fn depth(&self, place: [f64; 3]) -> f64 {
        level(&self.head, place).min(level(&self.tail, place))
    }
}

/// An ellipse in voxels; `along` is the direction of its longer axis.
struct Ellipse {
    centre: [f64; 2],
    along: [f64; 2],
    longer: f64,
    shorter: f64,
}

/// Distance to an ellipse in voxels, roughly; negative inside, very large where there is none.
fn level(ellipse: &Option<Ellipse>, place: [f64; 3]) -> f64 {
    let Some(Ellipse { centre, along: [c, s], longer, shorter }) = ellipse else { return 1e3 };
    let [dx, dy] = [place[0] - centre[0], place[1] - centre[1]];
    let [p, q] = [(c * dx + s * dy) / longer, (c * dy - s * dx) / shorter];
    ((p * p + q * q).sqrt() - 1.0) * shorter
}

/// Fine structure that varies little within a voxel: layered, blotchy, and along surfaces.
pub(super) struct Grain {
    folia: f64,
    nuclei: f64,
    rim: f64,
}

/// A bright dot: inflowing blood, the reason why a volume's maximum says little of its tissue.
struct Vessel {
    centre: [f64; 3],
    radius: f64,
    brightness: f64,
}

impl Vessel {
    fn new(rng: &mut ChaCha8Rng, brightest: f64, [x, y, z]: [f64; 3]) -> Self {
        let centre = [between(rng, 0.55 * x, 0.95 * x), between(rng, 0.6 * y, y), between(rng, 0.0, 0.6 * z)];
        Self { centre, radius: between(rng, 0.4, 1.6), brightness: between(rng, 1.0, brightest) }
    }

    fn holds(&self, place: [f64; 3]) -> bool {
        let square = |axis: usize| (place[axis] - self.centre[axis]) * (place[axis] - self.centre[axis]);
        square(0) + square(1) + square(2) < self.radius * self.radius
    }
}

/// Rises smoothly from 0 at `from` to 1 at `to`, which may lie on either side.
fn smooth(from: f64, to: f64, at: f64) -> f64 {
    let x = ((at - from) / (to - from)).clamp(0.0, 1.0);
    x * x * (3.0 - 2.0 * x)
}
