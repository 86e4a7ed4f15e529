//! What may go wrong with a process: one line that names the network, the fault and the end of its error output, and
//! no process left behind.

use anyhow::{Context, Result};
use lossbench::network::Network;
use lossbench::network::arrays::{Array, Arrays, Metadata};
use lossbench::network::process::Process;
use lossbench::network::process::frame::{Message, encode};
use rstest::rstest;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

const SIZE: [usize; 2] = [2, 2];
const WAIT: Duration = Duration::from_secs(20);

fn said(said: &[(&str, &str)]) -> Message {
    let metadata: Metadata = said.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
    Message { metadata, ..Message::default() }
}

fn holds(name: &str, shape: &[usize], value: f32) -> Message {
    let array = Array { shape: shape.to_vec(), values: vec![value; shape.iter().product()] };
    Message { arrays: Arrays::from([(name.to_string(), array)]), ..Message::default() }
}

/// A folder with a file of bytes for each step of a conversation.
fn files(folder: &Path) -> Result<()> {
    let frame = |message: Message| encode(&message).map_err(anyhow::Error::msg);
    let write = |name: &str, bytes: Vec<u8>| fs::write(folder.join(name), bytes).context(name.to_string());
    write("greeting", frame(said(&[("lossbench.protocol", "1")]))?)?;
    write("later", frame(said(&[("lossbench.protocol", "7")]))?)?;
    write("silent", frame(Message::default())?)?;
    write("logits", frame(holds("logits", &[1, 1, 2, 2], 0.5))?)?;
    write("shape", frame(holds("logits", &[1, 2, 2, 2], 0.5))?)?;
    write("name", frame(holds("output", &[1, 1, 2, 2], 0.5))?)?;
    write("nan", frame(holds("logits", &[1, 1, 2, 2], f32::NAN))?)?;
    write("infinite", frame(holds("gradient", &[1, 1, 2, 2], f32::INFINITY))?)?;
    write("error", frame(said(&[("error", "OutOfMemoryError: no\nmemory")]))?)?;
    write("garbage", b"Epoch 1 of 9: loss 0.3\n".to_vec())?;
    write("huge", (1_u64 << 31).to_le_bytes().to_vec())
}

fn start(folder: &Path, script: &str, wait: Duration) -> Result<Process, String> {
    let script = script.replace('@', &format!("{}/", folder.display()));
    Process::start_waiting("net", &format!("sh -c \"{script}\""), wait).map_err(|error| error.to_string())
}

/// `exec sleep` hangs with its input unread; `cat > /dev/null` reads on until it is told that nothing more is asked.
#[rstest]
#[case("cat @later; exec sleep 60", "speaks version 7 of the protocol, but this program version 1")]
#[case("cat @silent; exec sleep 60", "did not greet")]
#[case("cat @error; exec sleep 60", "says: OutOfMemoryError: no memory")]
#[case("cat @garbage; exec sleep 60", "wrote \"Epoch 1 \" where a frame should begin")]
#[case(
    "echo one >&2; echo the reason >&2; exit 3",
    "(exit status: 3); its error output ends: one the reason"
)]
#[case("cat @garbage; sleep 0.2; echo late >&2; exit 1", "its error output ends: late")]
#[case("kill -9 $$", "ended before it was told to (signal: 9 (SIGKILL))")]
#[case("exec >&-; exec sleep 60", "closed its standard output")]
fn a_process_that_does_not_greet_is_refused(#[case] script: &str, #[case] says: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    files(folder.path())?;
    let begun = Instant::now();
    let message = start(folder.path(), script, WAIT).err().context("a fault")?;
    assert!(message.starts_with("network net (`sh -c ") && message.contains(says), "{message}");
    assert!(!message.contains('\n') && begun.elapsed() < WAIT, "{message}");
    Ok(())
}

#[rstest]
#[case("exit 4", "ended before it was told to (exit status: 4)")]
#[case("cat @shape; cat > /dev/null", "should give logits of shape [1, 1, 2, 2], but gave [1, 2, 2, 2]")]
#[case("cat @name; cat > /dev/null", "should answer with logits, but answered with 'output'")]
#[case("cat @nan; cat > /dev/null", "gave logits that are NaN or infinite")]
#[case("cat @error; cat > /dev/null", "says: OutOfMemoryError: no memory")]
#[case("cat @garbage; cat > /dev/null", "wrote \"Epoch 1 \" where a frame should begin")]
#[case("cat @huge", "ended within a frame, after 0 of its 2147483648 bytes")]
fn a_fault_is_the_last_answer_and_says_why(#[case] script: &str, #[case] says: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    files(folder.path())?;
    let script = format!("cat @greeting; echo noise >&2; {script}");
    let process = start(folder.path(), &script, WAIT).map_err(anyhow::Error::msg)?;
    assert_eq!(process.failure(), None);
    for _ in 0..2 {
        assert!(process.logits(&[0.1; 4], SIZE).iter().all(|logit| logit.is_nan()));
    }
    let message = process.failure().context("a fault")?;
    assert!(message.starts_with("network net (`sh -c ") && message.contains(says), "{message}");
    assert!(message.ends_with("its error output ends: noise") && !message.contains('\n'), "{message}");
    Ok(())
}

#[test]
fn a_gradient_that_is_not_finite_is_no_gradient() -> Result<()> {
    let folder = tempfile::tempdir()?;
    files(folder.path())?;
    let script = "cat @greeting @logits @infinite; cat > /dev/null";
    let process = start(folder.path(), script, WAIT).map_err(anyhow::Error::msg)?;
    let gradient = process.gradient(&[0.1; 4], SIZE, &|logits| {
        assert_eq!(logits, [0.5; 4]);
        logits
    });
    assert!(gradient.iter().all(|value| value.is_nan()));
    let message = process.failure().context("a fault")?;
    assert!(message.contains("gave gradient that are NaN or infinite"), "{message}");
    Ok(())
}

/// It neither answers nor reads, so that even what is asked does not fit into the pipe.
#[test]
fn a_process_that_hangs_is_ended() -> Result<()> {
    let folder = tempfile::tempdir()?;
    files(folder.path())?;
    let number = folder.path().join("number");
    let script = format!("echo $$ > '{}'; cat @greeting; exec sleep 60", number.display());
    let process = start(folder.path(), &script, Duration::from_secs(5)).map_err(anyhow::Error::msg)?;
    let large = vec![0.1; 1 << 20];
    assert!(process.logits(&large, [1 << 10, 1 << 10]).iter().all(|logit| logit.is_nan()));
    let message = process.failure().context("a fault")?;
    assert!(message.contains("gave no answer within 5 seconds (LOSSBENCH_NETWORK_TIMEOUT"), "{message}");
    let number = fs::read_to_string(number)?;
    assert!(!Path::new("/proc").join(number.trim()).exists(), "process {number} is left behind");
    Ok(())
}
