//! The running process: one message out, one in, within a time; ended when dropped.

use super::frame::{self, Message};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, BufWriter, Read};
use std::process::{Child as Running, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Lines of its error output that are kept.
const LINES: usize = 8;
/// The longest line of it that is kept, in bytes.
const LONGEST: u64 = 2000;
/// How long it has to end by itself once nothing more is asked.
const PATIENCE: Duration = Duration::from_millis(500);

/// A process that is spoken to in frames. Writing, reading and its error output have a thread each, so that no
/// full pipe and no process that hangs can hold up whoever asks for longer than `wait`.
pub struct Child {
    running: Running,
    /// None once it was told that nothing more is asked.
    asked: Option<Sender<Message>>,
    answers: Receiver<Result<Option<Message>, String>>,
    errors: Errors,
    wait: Duration,
}

impl Child {
    /// Starts `words`, a program and its arguments. Answers are waited for as long as `wait`.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn start(words: &[String], wait: Duration) -> Result<Self, String> {
        let (program, arguments) = words.split_first().ok_or("should be a command")?;
        let mut running = Command::new(program)
            .args(arguments)
            // What a Python network prints while it loads has to wait until its output is known to be frames.
            .env_remove("PYTHONUNBUFFERED")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| {
                format!("cannot be started ({error}): is {program} installed, and the path right?")
            })?;
        let (Some(input), Some(output), Some(error)) =
            (running.stdin.take(), running.stdout.take(), running.stderr.take())
        else {
            return Err("has no standard input and output".to_string());
        };
        let (asked, to_ask) = channel::<Message>();
        thread::spawn(move || {
            let mut input = BufWriter::new(input);
            // Where it reads no more it is about to end, and the reader says so.
            while let Ok(message) = to_ask.recv() {
                if frame::write(&mut input, &message).is_err() {
                    break;
                }
            }
        });
        let (answered, answers) = channel();
        thread::spawn(move || {
            let mut output = BufReader::new(output);
            loop {
                let read = frame::read(&mut output);
                let over = !matches!(read, Ok(Some(_)));
                if answered.send(read).is_err() || over {
                    break;
                }
            }
        });
        Ok(Self { running, asked: Some(asked), answers, errors: Errors::of(error), wait })
    }

    /// Sends a message and waits for the answer.
    ///
    /// # Errors
    /// A line on what happened instead, with the end of its error output.
    pub fn ask(&mut self, message: Message) -> Result<Message, String> {
        if let Some(asked) = &self.asked {
            // One that is gone is noticed when its answer is waited for.
            let _ = asked.send(message);
        }
        self.answer()
    }

    /// Waits for the next message.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub fn answer(&mut self) -> Result<Message, String> {
        let fault = match self.answers.recv_timeout(self.wait) {
            Ok(Ok(Some(message))) => return Ok(message),
            Ok(Ok(None)) | Err(RecvTimeoutError::Disconnected) => self.how_it_ended(),
            Ok(Err(fault)) => {
                // A script that fails may say what it printed before it says why.
                self.ends_within(PATIENCE);
                fault
            }
            Err(RecvTimeoutError::Timeout) => format!(
                "gave no answer within {} seconds (LOSSBENCH_NETWORK_TIMEOUT changes that)",
                self.wait.as_secs_f64()
            ),
        };
        Err(self.with_errors(&fault))
    }

    /// `fault` with the end of the error output; the process is ended.
    pub fn with_errors(&mut self, fault: &str) -> String {
        self.end(Duration::ZERO);
        match self.errors.end() {
            end if end.is_empty() => fault.to_string(),
            end => format!("{fault}; its error output ends: {end}"),
        }
    }

    fn how_it_ended(&mut self) -> String {
        match self.ends_within(PATIENCE) {
            Some(status) => format!("ended before it was told to ({status})"),
            None => "closed its standard output".to_string(),
        }
    }

    /// How it ended, where it does within `patience`.
    fn ends_within(&mut self, patience: Duration) -> Option<ExitStatus> {
        let begun = Instant::now();
        while begun.elapsed() < patience {
            match self.running.try_wait() {
                Ok(None) => thread::sleep(Duration::from_millis(5)),
                ended => return ended.ok().flatten(),
            }
        }
        None
    }

    /// Tells it that nothing more is asked, and ends it where it does not end within `patience`.
    fn end(&mut self, patience: Duration) {
        self.asked = None;
        if self.ends_within(patience).is_none() {
            let _ = self.running.kill();
            let _ = self.running.wait();
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.end(PATIENCE);
    }
}

/// The last lines of an error output.
struct Errors {
    lines: Arc<Mutex<VecDeque<String>>>,
    over: Receiver<()>,
}

impl Errors {
    fn of(output: ChildStderr) -> Self {
        let lines = Arc::new(Mutex::new(VecDeque::new()));
        let (ended, over) = channel();
        let kept = Arc::clone(&lines);
        thread::spawn(move || {
            let mut output = BufReader::new(output);
            let mut line = Vec::new();
            while matches!(output.by_ref().take(LONGEST).read_until(b'\n', &mut line), Ok(1..)) {
                let text = String::from_utf8_lossy(&line).trim().to_string();
                line.clear();
                if !text.is_empty() {
                    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                    kept.push_back(text);
                    if kept.len() > LINES {
                        kept.pop_front();
                    }
                }
            }
            let _ = ended.send(());
        });
        Self { lines, over }
    }

    /// Its last line. A line of a traceback's end may say little without the one before it, so that short ones bring
    /// that too.
    fn end(&self) -> String {
        // Whoever inherited the pipe may hold it open.
        let _ = self.over.recv_timeout(PATIENCE);
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let last = lines.iter().rev().take(2).rev().cloned().collect::<Vec<_>>().join(" ");
        match last.char_indices().rev().nth(299) {
            Some((start, _)) => format!("...{}", &last[start..]),
            None => last,
        }
    }
}
