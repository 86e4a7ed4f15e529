//! A network that another process computes: any framework, any device. NETWORKS.md says what goes over its standard
//! input and output.
//!
//! One process serves all threads: whoever asks holds it for one question and its answer, never while a slope is
//! worked out, so that a thread which waits for it never holds what another waits for.

pub mod child;
pub mod frame;
pub mod greeting;
pub mod serve;
pub mod words;

use crate::fault::one_line;
use crate::network::arrays::{Array, Arrays, Metadata};
use crate::network::finite::all_finite;
use crate::network::process::child::Child;
use crate::network::process::frame::Message;
use crate::network::process::greeting::Greeting;
use crate::network::process::words::words;
use crate::network::{Network, Slope};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// Changes [`WAIT`]: a number of seconds.
const TIMEOUT: &str = "LOSSBENCH_NETWORK_TIMEOUT";
/// Seconds that an answer is waited for.
const WAIT: f64 = 300.0;
/// The most of them.
const LONGEST_WAIT: f64 = 1e6;

/// A network in a process of its own. Its first failure is its last answer: from then on it gives NaN, and
/// [`Network::failure`] says why.
pub struct Process {
    /// How messages call it.
    name: String,
    child: Mutex<Child>,
    greeting: Greeting,
    failure: OnceLock<String>,
    tickets: AtomicU64,
}

/// A process that cannot be used: which, and why, in one line.
#[derive(Clone, Debug, thiserror::Error)]
#[error("network {name}: {fault}")]
pub struct ProcessError {
    name: String,
    fault: String,
}

impl Process {
    /// Starts `command`, which messages call `name`, and hears its greeting. Answers are waited for as long as the
    /// environment's `LOSSBENCH_NETWORK_TIMEOUT` says, 300 seconds without it.
    ///
    /// # Errors
    /// [`ProcessError`] where it does not start or greet.
    pub fn start(name: &str, command: &str) -> Result<Self, ProcessError> {
        let wait = wait(std::env::var(TIMEOUT).ok().as_deref());
        let wait = wait.map_err(|fault| ProcessError { name: name.to_string(), fault })?;
        Self::start_waiting(name, command, wait)
    }

    /// [`Self::start`], answers waited for as long as `wait`.
    ///
    /// # Errors
    /// As there.
    pub fn start_waiting(name: &str, command: &str, wait: Duration) -> Result<Self, ProcessError> {
        let name = format!("{name} (`{}`)", one_line(command));
        let fault = |fault: String| ProcessError { name: name.clone(), fault: one_line(&fault) };
        let mut child = words(command).and_then(|words| Child::start(&words, wait)).map_err(fault)?;
        let first = child.answer().map_err(fault)?;
        let greeting = match refused(&first) {
            Some(why) => Err(why),
            None => Greeting::of(first),
        };
        let greeting = greeting.map_err(|why| fault(child.with_errors(&why)))?;
        let (failure, tickets) = (OnceLock::new(), AtomicU64::new(0));
        Ok(Self { child: Mutex::new(child), greeting, failure, tickets, name })
    }

    /// What it says of its network.
    pub fn greeting(&self) -> &Greeting {
        &self.greeting
    }

    /// The array `answer`, of `shape`, that it answers `question` with; none where it failed, now or before.
    fn ask(&self, question: Question, answer: &str, shape: [usize; 4]) -> Option<Vec<f32>> {
        if self.failure.get().is_some() {
            return None;
        }
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        // It may have failed while this thread waited for it.
        if self.failure.get().is_some() {
            return None;
        }
        let answered = child.ask(question.message());
        let values = answered
            .and_then(|message| values(message, answer, shape).map_err(|fault| child.with_errors(&fault)));
        values.map_err(|fault| self.failure.get_or_init(|| self.line(&fault))).ok()
    }

    fn line(&self, fault: &str) -> String {
        format!("network {}: {}", self.name, one_line(fault))
    }

    fn shape(&self, images: &[f32], [height, width]: [usize; 2]) -> [usize; 4] {
        let channels = self.greeting.channels;
        let image = (channels * height * width).max(1);
        [images.len() / image, channels, height, width]
    }
}

/// One question.
struct Question<'a> {
    kind: &'static str,
    /// Ties the slope of a gradient to its images.
    ticket: Option<u64>,
    array: (&'static str, [usize; 4], &'a [f32]),
}

impl Question<'_> {
    fn message(&self) -> Message {
        let (name, shape, values) = self.array;
        let array = Array { shape: shape.to_vec(), values: values.to_vec() };
        let mut metadata = Metadata::from([("question".to_string(), self.kind.to_string())]);
        metadata.extend(self.ticket.map(|ticket| ("ticket".to_string(), ticket.to_string())));
        Message { arrays: Arrays::from([(name.to_string(), array)]), metadata }
    }
}

impl Network for Process {
    fn channels(&self) -> usize {
        self.greeting.channels
    }

    fn multiple(&self) -> usize {
        self.greeting.multiple
    }

    fn logits(&self, images: &[f32], size: [usize; 2]) -> Vec<f32> {
        let shape = self.shape(images, size);
        let [slices, _, height, width] = shape;
        let question = Question { kind: "logits", ticket: None, array: ("images", shape, images) };
        let logits = self.ask(question, "logits", [slices, 1, height, width]);
        logits.unwrap_or_else(|| vec![f32::NAN; slices * height * width])
    }

    fn gradient(&self, images: &[f32], size: [usize; 2], slope: Slope) -> Vec<f32> {
        let shape = self.shape(images, size);
        let [slices, _, height, width] = shape;
        let of_logits = [slices, 1, height, width];
        let ticket = Some(self.tickets.fetch_add(1, Ordering::Relaxed));
        let question = Question { kind: "gradient", ticket, array: ("images", shape, images) };
        let gradient = self.ask(question, "logits", of_logits).and_then(|logits| {
            let slope = slope(logits);
            let question = Question { kind: "slope", ticket, array: ("slope", of_logits, &slope) };
            self.ask(question, "gradient", shape)
        });
        gradient.unwrap_or_else(|| vec![f32::NAN; images.len()])
    }

    fn first_not_finite(&self, _: &[f32], _: [usize; 2]) -> Option<String> {
        None
    }

    fn failure(&self) -> Option<String> {
        self.failure.get().cloned()
    }
}

/// The values of the array called `name`.
fn values(mut message: Message, name: &str, shape: [usize; 4]) -> Result<Vec<f32>, String> {
    if let Some(why) = refused(&message) {
        return Err(why);
    }
    let Some(array) = message.arrays.remove(name) else {
        let found: Vec<String> = message.arrays.into_keys().collect();
        return Err(format!("should answer with {name}, but answered with '{}'", found.join(", ")));
    };
    if array.shape != shape {
        return Err(format!("should give {name} of shape {shape:?}, but gave {:?}", array.shape));
    }
    match all_finite(&array.values) {
        true => Ok(array.values),
        false => Err(format!("gave {name} that are NaN or infinite: does it take images of this scale?")),
    }
}

/// Why the process refuses, where it says so.
fn refused(message: &Message) -> Option<String> {
    message.metadata.get("error").map(|error| format!("says: {error}"))
}

/// How long an answer is waited for, where the environment says `text`.
fn wait(text: Option<&str>) -> Result<Duration, String> {
    let Some(text) = text else {
        return Ok(Duration::from_secs_f64(WAIT));
    };
    match text.trim().parse::<f64>().ok().filter(|&seconds| seconds > 0.0 && seconds <= LONGEST_WAIT) {
        Some(seconds) => Ok(Duration::from_secs_f64(seconds)),
        None => Err(format!("{TIMEOUT} should be seconds above 0, at most {LONGEST_WAIT}, but is '{text}'")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(None, 300.0)]
    #[case(Some("0.5"), 0.5)]
    #[case(Some(" 20 "), 20.0)]
    fn the_environment_changes_how_long_is_waited(#[case] text: Option<&str>, #[case] seconds: f64) {
        assert_eq!(wait(text), Ok(Duration::from_secs_f64(seconds)));
    }

    #[rstest]
    fn a_time_that_is_none_is_refused(#[values("", "0", "-1", "nan", "inf", "soon", "1e9")] text: &str) {
        let message = wait(Some(text)).unwrap_err();
        assert!(message.contains("LOSSBENCH_NETWORK_TIMEOUT should be seconds above 0"), "{message}");
    }

    #[test]
    fn a_command_that_is_none_is_refused_in_one_line() {
        for (command, says) in [
            ("", "network net (``): should be a command"),
            ("no-such-program-here x", "network net (`no-such-program-here x`): cannot be started ("),
        ] {
            let message = Process::start_waiting("net", command, Duration::from_secs(5)).err();
            let message = message.map(|error| error.to_string()).unwrap_or_default();
            assert!(message.starts_with(says) && !message.contains('\n'), "{message}");
        }
    }
}
