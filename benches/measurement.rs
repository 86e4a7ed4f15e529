//! Criterion's wall time, with throughput in what a bench counts: slices.

use criterion::Throughput;
use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use std::time::{Duration, Instant};

/// Wall time; elements are slices.
pub struct SliceTime(WallTime);

impl SliceTime {
    pub fn new() -> Self {
        Self(WallTime)
    }
}

impl Measurement for SliceTime {
    type Intermediate = Instant;
    type Value = Duration;

    fn start(&self) -> Instant {
        self.0.start()
    }

    fn end(&self, start: Instant) -> Duration {
        self.0.end(start)
    }

    fn add(&self, first: &Duration, second: &Duration) -> Duration {
        self.0.add(first, second)
    }

    fn zero(&self) -> Duration {
        self.0.zero()
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        self.0.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        self
    }
}

impl ValueFormatter for SliceTime {
    fn scale_values(&self, typical: f64, values: &mut [f64]) -> &'static str {
        self.0.formatter().scale_values(typical, values)
    }

    fn scale_throughputs(&self, typical: f64, through: &Throughput, values: &mut [f64]) -> &'static str {
        let &Throughput::Elements(slices) = through else {
            return self.0.formatter().scale_throughputs(typical, through, values);
        };
        let per_second = |nanoseconds: f64| slices as f64 * 1e9 / nanoseconds;
        let (scale, unit) = match per_second(typical) {
            rate if rate < 1e4 => (1.0, "slices/s"),
            rate if rate < 1e7 => (1e3, "thousand slices/s"),
            _ => (1e6, "million slices/s"),
        };
        values.iter_mut().for_each(|value| *value = per_second(*value) / scale);
        unit
    }

    fn scale_for_machines(&self, values: &mut [f64]) -> &'static str {
        self.0.formatter().scale_for_machines(values)
    }
}
