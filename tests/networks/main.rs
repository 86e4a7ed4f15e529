//! Networks that another process computes: the same numbers as in this one, and every fault in one line.
//!
//! The processes are `lossbench serve`, and for faults shells that write frames prepared here.

mod attack;
mod faults;
mod parity;
mod support;
