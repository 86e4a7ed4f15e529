//! What is lost where 32-bit integers and doubles become 32-bit floats.

use super::Kind;

/// The most of the span of a file's values that rounding may move one by: what the floats of a span from 0 lose is less.
const SHARE: f64 = 1e-6;

/// What rounding did to the values of a file.
#[derive(Default)]
pub struct Rounding {
    /// Smallest and largest value before.
    ends: Option<[f64; 2]>,
    /// The farthest that one was moved.
    farthest: f64,
}

impl Rounding {
    /// The values as 32-bit floats.
    pub fn of<T: Into<f64>>(&mut self, values: Vec<T>) -> Vec<f32> {
        let round = |value: T| {
            let value: f64 = value.into();
            let rounded = value as f32;
            // Values that are no numbers leave no trace here; whoever takes the floats refuses them.
            self.farthest = self.farthest.max((f64::from(rounded) - value).abs());
            let [least, most] = self.ends.unwrap_or([value; 2]);
            self.ends = Some([least.min(value), most.max(value)]);
            rounded
        };
        values.into_iter().map(round).collect()
    }

    /// Whether the floats tell apart what the values did.
    ///
    /// # Errors
    /// A line where they do not: a label has to be exact, and an image within a millionth of its span.
    pub fn check(&self, kind: Kind) -> Result<(), String> {
        let [least, most] = self.ends.unwrap_or_default();
        match kind {
            Kind::Label if self.farthest > 0.0 => {
                Err("holds values that no 32-bit float is: labels should be whole numbers from 0 to 255"
                    .to_string())
            }
            Kind::Image
                if self.farthest.is_finite() && most > least && self.farthest > SHARE * (most - least) =>
            {
                Err(format!(
                    "holds values of {least} to {most} that lie closer together than 32-bit floats tell apart: subtract {least} from them"
                ))
            }
            _ => Ok(()),
        }
    }
}
