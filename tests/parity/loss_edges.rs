//! Where losses saturate, have nothing to learn from, or are each other: by registry, without references.

use crate::losses::value_and_gradient;
use crate::support::devices;
use anyhow::{Context, Result, ensure};
use lossbench::loss::{LossFunction, LossParameters, Parameter, TERMS};
use lossbench::network::device::Device;
use lossbench::rules::Range;

const SHAPE: [usize; 4] = [2, 1, 6, 5];
const PIXELS: usize = 60;

/// A gradient whose largest part is below this is none.
const NO_GRADIENT: f32 = 1e-12;

/// A mask of two blocks, one a slice.
fn blocks() -> Vec<f32> {
    let inside = |pixel: usize| (1..4).contains(&(pixel / 5 % 6)) && (1..3).contains(&(pixel % 5));
    (0..PIXELS).map(|pixel| f32::from(u8::from(inside(pixel)))).collect()
}

/// Logits between -3 and 3 without a tie.
fn ordinary() -> Vec<f32> {
    (0..PIXELS).map(|pixel| (pixel * 37 % PIXELS) as f32 / 10.0 - 2.97).collect()
}

/// Logits of `size`, right where `right` says so.
fn sure(size: f32, mask: &[f32], right: impl Fn(usize) -> bool) -> Vec<f32> {
    let of = |(pixel, &truth): (usize, &f32)| if (truth > 0.5) == right(pixel) { size } else { -size };
    mask.iter().enumerate().map(of).collect()
}

/// Values at and near the ends of a range.
fn ends(range: Range) -> Vec<f64> {
    match range {
        Range::Above(low) => vec![low + 1e-6, low + 1e3],
        Range::AtLeast(low) => vec![low, low + 0.5, low + 10.0],
        Range::Within(low, high) => vec![low, high],
        Range::Whole(low, high) => vec![f64::from(low), f64::from(high)],
        Range::AboveUpTo(low, high) => vec![low + 1e-3, low + 0.5, high],
        Range::FromBelow(low, high) => vec![low, high - 1e-3],
        Range::Between(low, high) => vec![low + 1e-3, high - 1e-3],
    }
}

/// Every term as text, with its defaults and with each parameter at each end of its range.
fn at_the_ends() -> Vec<String> {
    let one = |name: &'static str, parameter: &'static Parameter| {
        ends(parameter.range).into_iter().map(move |value| format!("{name}({}={value})", parameter.name))
    };
    let with_ends = TERMS.iter().flat_map(|term| {
        let plain = std::iter::once(term.name.to_string());
        plain.chain(term.parameters.iter().flat_map(move |parameter| one(term.name, parameter)))
    });
    with_ends.collect()
}

/// No NaN and no infinity, in value or gradient, whatever finite logits a network gives.
#[test]
fn every_loss_is_finite_at_the_ends_of_its_parameters() -> Result<()> {
    let (none, all, some) = (vec![0.0; PIXELS], vec![1.0; PIXELS], blocks());
    let mut logits = vec![ordinary(), vec![0.0; PIXELS]];
    for size in [1000.0, 100.0, 88.0, 30.0, 16.0] {
        logits.extend([vec![size; PIXELS], vec![-size; PIXELS]]);
        logits.extend([sure(size, &some, |_| true), sure(size, &some, |_| false)]);
        logits.push(sure(size, &some, |pixel| pixel % 3 == 0));
    }
    for Device { name, burn: device, .. } in devices()? {
        for text in at_the_ends() {
            for (index, (logits, mask)) in
                logits.iter().flat_map(|logits| [&none, &all, &some].map(|mask| (logits, mask))).enumerate()
            {
                let what = || format!("{text} on {name}, input {index}");
                let (value, gradient) =
                    value_and_gradient(&text, [logits, mask], SHAPE, &device).with_context(what)?;
                ensure!(value.is_finite(), "{}: the value is {value}", what());
                ensure!(gradient.iter().all(|one| one.is_finite()), "{}: {gradient:?}", what());
            }
        }
    }
    Ok(())
}

/// Where each term has no gradient, as its file's head says. A term that is added is alive wherever it is not
/// named here.
#[test]
fn terms_have_no_gradient_where_their_heads_say_so() -> Result<()> {
    let overlaps = ["dice", "slice-dice", "jaccard", "tversky", "focal-tversky", "asymmetric-similarity"];
    let overlaps = [&overlaps[..], &["log-cosh-dice", "mcc"]].concat();
    let squares = ["mse", "mae", "sensitivity-specificity", "hausdorff-dt"];
    let bounded = [&overlaps[..], &squares, &["generalised-dice", "boundary", "cl-dice"]].concat();
    let all: Vec<&str> = TERMS.iter().map(|term| term.name).collect();
    let pulls_back = ["label-smoothed-bce"];
    let but = |not: &[&str]| all.iter().copied().filter(|name| !not.contains(name)).collect::<Vec<_>>();
    let mask = blocks();
    let situations = [
        ("no foreground", ordinary(), vec![0.0; PIXELS], [&overlaps[..], &["boundary"]].concat()),
        ("all foreground", ordinary(), vec![1.0; PIXELS], vec!["boundary", "mcc", "cl-dice"]),
        ("saturated and wrong", sure(100.0, &mask, |_| false), mask.clone(), bounded),
        ("saturated and right", sure(100.0, &mask, |_| true), mask.clone(), but(&pulls_back)),
        ("right by 2", sure(2.0, &mask, |_| true), mask.clone(), vec!["hinge", "lovasz"]),
        ("ordinary", ordinary(), mask, Vec::new()),
    ];
    for Device { name: device_name, burn: device, .. } in devices()? {
        for (situation, logits, mask, silent) in &situations {
            for term in TERMS {
                let (_, gradient) = value_and_gradient(term.name, [logits, mask], SHAPE, &device)?;
                let largest = gradient.iter().fold(0.0_f32, |largest, one| largest.max(one.abs()));
                let what = format!("{} on {device_name}, {situation}: largest {largest:e}", term.name);
                ensure!((largest < NO_GRADIENT) == silent.contains(&term.name), "{what}");
            }
        }
    }
    Ok(())
}

/// Where pixels lie matters to a term that says so, and to no other: pixels of a slice in another order.
#[test]
fn terms_that_look_at_places_say_so() -> Result<()> {
    let slice = PIXELS / 2;
    let moved = |values: &[f32]| -> Vec<f32> {
        (0..PIXELS).map(|pixel| values[pixel / slice * slice + pixel % slice * 7 % slice]).collect()
    };
    let (logits, mask) = (ordinary(), blocks());
    let device = devices()?.into_iter().next().context("a device")?.burn;
    for term in TERMS {
        let value = |logits: &Vec<f32>, mask: &Vec<f32>| -> Result<f64> {
            Ok(f64::from(value_and_gradient(term.name, [logits, mask], SHAPE, &device)?.0))
        };
        let differ = (value(&logits, &mask)? - value(&moved(&logits), &moved(&mask))?).abs() > 1e-4;
        let loss = LossFunction::parse(term.name, &LossParameters::default())?;
        ensure!(differ == loss.looks_at_places(), "{}: another order changes it: {differ}", term.name);
    }
    Ok(())
}

/// Terms that learn from the hardest pixels alone leave the others without a gradient.
#[test]
fn the_hardest_pixels_alone_have_a_gradient() -> Result<()> {
    let (logits, mask) = (ordinary(), blocks());
    let empty = vec![0.0; PIXELS];
    for Device { burn: device, .. } in devices()? {
        for (text, mask, count) in [
            ("topk-bce", &mask, 6),
            ("topk-bce(share=0.5)", &mask, 30),
            ("topk-bce(share=0.001)", &mask, 1),
            ("lovasz", &empty, 1),
        ] {
            let (_, gradient) = value_and_gradient(text, [&logits, mask], SHAPE, &device)?;
            let found = gradient.iter().filter(|one| **one != 0.0).count();
            ensure!(found == count, "{text}: {found} pixels have a gradient, not {count}");
        }
    }
    Ok(())
}

/// Losses that come to another one at some value of their parameters.
#[test]
fn losses_are_others_at_the_values_that_make_them_so() -> Result<()> {
    let mask = blocks();
    let mixed = sure(30.0, &mask, |pixel| pixel % 3 == 0);
    for Device { burn: device, .. } in devices()? {
        for (first, second) in [
            ("weighted-bce(weight=1)", "bce"),
            ("topk-bce(share=1)", "bce"),
            ("label-smoothed-bce(smoothing=0)", "bce"),
            ("poly(epsilon=0)", "bce"),
            ("2*combo(alpha=1)", "bce"),
            ("2*focal(alpha=0.5,gamma=0)", "bce"),
            ("2*unified-focal(lambda=1,delta=0.5,gamma=0)", "bce"),
            ("poly(epsilon=1)", "bce+mae"),
            ("tversky(alpha=1,beta=1)", "jaccard"),
            ("focal-tversky(gamma=1)", "tversky"),
            ("asymmetric-similarity(beta=1)", "tversky(alpha=0.5,beta=0.5)"),
            ("combo(alpha=0,smooth=0.000001)", "tversky(alpha=0.5,beta=0.5,epsilon=0.0000005)"),
        ] {
            for logits in [&ordinary(), &mixed] {
                let of = |text: &str| value_and_gradient(text, [logits, &mask], SHAPE, &device);
                let ((value, gradient), (other, other_gradient)) = (of(first)?, of(second)?);
                let near = |a: f32, b: f32| (a - b).abs() <= 1e-6 + 1e-5 * b.abs();
                ensure!(near(value, other), "{first} is {value}, {second} {other}");
                let alike = gradient.iter().zip(&other_gradient).all(|(&a, &b)| near(a, b));
                ensure!(alike, "the gradients of {first} and {second} differ");
            }
        }
    }
    Ok(())
}
