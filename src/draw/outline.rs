//! The edge of a mask as lines between pixels, so that it is as thin on a large picture as on a small one.

use std::fmt::Write;

/// Edges between pixels of `mask`, `width` a row, whose values differ, as the data of an SVG path that fills `size` from `place`;
/// neighbouring edges of a row or column are one line.
pub fn path(mask: &[bool], width: usize, place: (i32, i32), size: (i32, i32)) -> String {
    let (width, height) = (width.max(1), mask.len() / width.max(1));
    let at = |x: usize, y: usize| mask[y * width + x];
    let x = |column: usize| f64::from(place.0) + column as f64 * f64::from(size.0) / width as f64;
    let y = |row: usize| f64::from(place.1) + row as f64 * f64::from(size.1) / height as f64;
    let mut path = String::new();
    for row in 1..height {
        for (from, to) in stretches(width, |column| at(column, row) != at(column, row - 1)) {
            let _ = write!(path, "M{:.1} {:.1}H{:.1}", x(from), y(row), x(to));
        }
    }
    for column in 1..width {
        for (from, to) in stretches(height, |row| at(column, row) != at(column - 1, row)) {
            let _ = write!(path, "M{:.1} {:.1}V{:.1}", x(column), y(from), y(to));
        }
    }
    path
}

/// The stretches of 0 to `count` in which `holds`, each from its first place to behind its last.
fn stretches(count: usize, holds: impl Fn(usize) -> bool) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for place in (0..count).filter(|&place| holds(place)) {
        match found.last_mut() {
            Some((_, end)) if *end == place => *end += 1,
            _ => found.push((place, place + 1)),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_has_four_lines_and_a_plain_mask_none() {
        let mask: Vec<bool> =
            (0..20).map(|pixel| (1..3).contains(&(pixel % 5)) && (1..3).contains(&(pixel / 5))).collect();
        let path = path(&mask, 5, (10, 0), (50, 80));
        assert_eq!(path, "M20.0 20.0H40.0M20.0 60.0H40.0M20.0 20.0V60.0M40.0 20.0V60.0");
        assert_eq!(super::path(&[true; 6], 3, (0, 0), (9, 9)), "");
        assert_eq!(super::path(&[], 0, (0, 0), (9, 9)), "");
    }
}
