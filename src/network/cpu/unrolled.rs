//! Loops over a few numbers without a loop, which would leave vectors in memory.

/// `run` for the numbers up to `COUNT`, six at most.
#[inline(always)]
pub fn each<const COUNT: usize>(mut run: impl FnMut(usize)) {
    const { assert!(COUNT <= 6) };
    if COUNT > 0 {
        run(0);
    }
    if COUNT > 1 {
        run(1);
    }
    if COUNT > 2 {
        run(2);
    }
    if COUNT > 3 {
        run(3);
    }
    if COUNT > 4 {
        run(4);
    }
    if COUNT > 5 {
        run(5);
    }
}

/// An array of what `value` gives; `blank` is any value.
#[inline(always)]
pub fn build<V: Copy, const COUNT: usize>(blank: V, value: impl Fn(usize) -> V) -> [V; COUNT] {
    let mut all = [blank; COUNT];
    each::<COUNT>(
        #[inline(always)]
        |at| all[at] = value(at),
    );
    all
}
