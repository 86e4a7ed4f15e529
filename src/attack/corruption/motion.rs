//! Motion: whoever moves while a slice is scanned is measured at one place in some lines of k-space and at another in the
//! rest. As TorchIO's `Motion` (after R. Shaw and others, MIDL 2019), in the plane: lines are measured one after the other
//! along the phase-encoding direction, which is drawn; at drawn lines the body turns and moves; whatever was its place
//! when the middle line was measured counts as its place. ROOD-MRI's numbers: 2 to 10 moves of up to 1 to 5 degrees and
//! 2 to 10 pixels (there millimetres), drawn by volume.
//!
//! A turn is bilinear, 0 beyond the edges; a shift is a phase in k-space and so goes round the edges.

use super::k_space::KSpace;
use super::plane::Plane;
use super::{Corruption, Draws};
use crate::image::affine::Affine;
use rand::RngExt;
use rustfft::num_complex::Complex;
use std::f64::consts::TAU;

/// Moves, degrees, pixels.
const MOVES: [(usize, f64, f64); 5] =
    [(2, 1.0, 2.0), (4, 2.0, 4.0), (6, 3.0, 6.0), (8, 4.0, 8.0), (10, 5.0, 10.0)];

pub(super) const CORRUPTION: Corruption = Corruption {
    name: "motion",
    title: "motion",
    draws: Draws::Volume,
    change: |plane, severity, draw| {
        let (count, degrees, pixels) = severity.of(&MOVES);
        let axis = usize::from(draw.random_bool(0.5));
        let mut poses: Vec<Pose> = (0..count)
            .map(|_| Pose {
                time: draw.random::<f64>(),
                degrees: degrees * draw.random_range(-1.0..=1.0),
                shift: [(); 2].map(|()| pixels * draw.random_range(-1.0..=1.0)),
            })
            .collect();
        poses.sort_by(|a, b| a.time.total_cmp(&b.time));
        moved(plane, axis, &poses)
    },
};

/// How the body lies from a moment on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pose {
    /// Lines measured before, as a share.
    pub time: f64,
    /// Turned by.
    pub degrees: f64,
    /// Then moved by, down and right, in pixels.
    pub shift: [f64; 2],
}

/// The plane of a body that takes `poses`, by rising time, while lines are measured along `axis`.
pub(super) fn moved(plane: &Plane, axis: usize, poses: &[Pose]) -> Plane {
    let lines = plane.size[axis];
    // The pose of each line: none before the first move.
    let pose_of = |line: usize| {
        let measured = line as f64 / lines as f64;
        poses.iter().rposition(|pose| pose.time <= measured)
    };
    let still = pose_of(lines / 2);
    let rest = KSpace::of(plane);
    let start = poses.iter().enumerate().map(|(number, pose)| match Some(number) == still {
        true => rest.clone(),
        false => in_pose(plane, pose),
    });
    let spaces: Vec<KSpace> = start.collect();
    // Who lies elsewhere in the middle lay otherwise before the first move: the pose of the middle is swapped with it.
    let before = match still {
        Some(number) => in_pose(plane, &poses[number]),
        None => rest.clone(),
    };
    let mut measured = rest;
    let columns = plane.size[1];
    measured.change(|place, _| {
        let index = place[0] * columns + place[1];
        pose_of(place[axis]).map_or(before.values[index], |number| spaces[number].values[index])
    });
    measured.plane()
}

/// k-space of a body in a pose.
fn in_pose(plane: &Plane, pose: &Pose) -> KSpace {
    let flat: Vec<f32> = plane.values.iter().map(|&value| value as f32).collect();
    let turned = match pose.degrees == 0.0 {
        true => plane.values.clone(),
        false => {
            let turned = Affine::new([false; 2], pose.degrees, 1.0).resample(&flat, plane.size[1]);
            turned.into_iter().map(f64::from).collect()
        }
    };
    let mut space = KSpace::of(&Plane { size: plane.size, values: turned });
    let size = space.size;
    space.change(|place, value| {
        let frequency = |axis: usize| (place[axis] as f64 - (size[axis] / 2) as f64) / size[axis] as f64;
        let turns = frequency(0) * pose.shift[0] + frequency(1) * pose.shift[1];
        value * Complex::from_polar(1.0, -TAU * turns)
    });
    space
}
