//! Transforming patches of maps into places.

use crate::network::cpu::maps::Maps;
use crate::network::cpu::unrolled::{build, each};
use crate::network::cpu::winograd::side::Side;
use pulp::{Arch, Simd, WithSimd};
use std::marker::PhantomData;

/// The square of positions, row by row, whose first is (`top`, `left`), which may lie outside the maps: there are
/// `zeros`.
#[inline(always)]
pub fn patch<'a, const FROM: usize, const PLACES: usize>(
    maps: &'a Maps,
    [top, left]: [isize; 2],
    zeros: &'a [f32],
) -> [&'a [f32]; PLACES] {
    const { assert!(PLACES == FROM * FROM) };
    std::array::from_fn(|place| {
        let (y, x) = (
            top.wrapping_add_unsigned(place / FROM) as usize,
            left.wrapping_add_unsigned(place % FROM) as usize,
        );
        match y < maps.height && x < maps.width {
            true => &maps.values[(y * maps.width + x) * zeros.len()..][..zeros.len()],
            false => zeros,
        }
    })
}

/// Transforms a patch along both sides by `T`, into places that are `apart`.
pub struct Transform<'a, T, const FROM: usize, const TO: usize, const IN: usize, const OUT: usize> {
    /// The `IN` = `FROM` * `FROM` positions.
    pub input: &'a [&'a [f32]; IN],
    /// From one place of the output to the next.
    pub apart: usize,
    /// `[slice][channel]` at each of `OUT` = `TO` * `TO` places.
    pub output: &'a mut [f32],
    /// The transform.
    pub by: PhantomData<T>,
}

impl<T: Side<FROM, TO>, const FROM: usize, const TO: usize, const IN: usize, const OUT: usize>
    Transform<'_, T, FROM, TO, IN, OUT>
{
    /// Transforms it.
    #[inline(always)]
    pub fn run(self) {
        const { assert!(IN == FROM * FROM && OUT == TO * TO) };
        Arch::new().dispatch(self);
    }
}

impl<T: Side<FROM, TO>, const FROM: usize, const TO: usize, const IN: usize, const OUT: usize> WithSimd
    for Transform<'_, T, FROM, TO, IN, OUT>
{
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { input, apart, output, .. } = self;
        let size = input[0].len();
        let whole = size / S::F32_LANES;
        let from: [&[S::f32s]; IN] = std::array::from_fn(|place| &S::as_simd_f32s(input[place]).0[..whole]);
        let mut parts = output.chunks_mut(apart);
        let mut rest: [&mut [f32]; OUT] = std::array::from_fn(|_| parts.next().unwrap_or_default());
        let mut to: [&mut [S::f32s]; OUT] =
            rest.each_mut().map(|part| &mut S::as_mut_simd_f32s(part).0[..whole]);
        for at in 0..whole {
            both_sides::<S, T, FROM, TO>(
                simd,
                #[inline(always)]
                |y, x| from[y * FROM + x][at],
                #[inline(always)]
                |y, x, value| to[y * TO + x][at] = value,
            );
        }
        let start = whole * S::F32_LANES;
        if start < size {
            both_sides::<S, T, FROM, TO>(
                simd,
                #[inline(always)]
                |y, x| simd.partial_load_f32s(&input[y * FROM + x][start..]),
                #[inline(always)]
                |y, x, value| simd.partial_store_f32s(&mut rest[y * TO + x][start..size], value),
            );
        }
    }
}

/// Transforms one vector: columns first, then rows.
#[inline(always)]
pub fn both_sides<S: Simd, T: Side<FROM, TO>, const FROM: usize, const TO: usize>(
    simd: S,
    load: impl Fn(usize, usize) -> S::f32s,
    mut store: impl FnMut(usize, usize, S::f32s),
) {
    let zero = simd.splat_f32s(0.0);
    let columns: [[S::f32s; TO]; FROM] = build(
        [zero; TO],
        #[inline(always)]
        |x| {
            let column = build(
                zero,
                #[inline(always)]
                |y| load(y, x),
            );
            T::of(simd, column)
        },
    );
    each::<TO>(
        #[inline(always)]
        |y| {
            let row = build(
                zero,
                #[inline(always)]
                |x: usize| columns[x][y],
            );
            let row = T::of(simd, row);
            each::<TO>(
                #[inline(always)]
                |x| store(y, x, row[x]),
            );
        },
    );
}
