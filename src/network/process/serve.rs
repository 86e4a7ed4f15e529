//! The other side: a network of this program as the process that is asked.

use super::frame::{self, Message};
use super::greeting::VERSION;
use crate::network::Network;
use crate::network::arrays::{Array, Arrays, Metadata};
use std::collections::BTreeMap;
use std::io::{Read, Write};

/// Answers what is asked on `input` until it ends. The greeting says what `said` says, besides the network's shape.
///
/// # Errors
/// A line where what came is no question, or an answer cannot be written.
pub fn serve(
    network: &dyn Network,
    said: &Metadata,
    input: &mut impl Read,
    output: &mut impl Write,
) -> Result<(), String> {
    let mut metadata = said.clone();
    let shape = [
        ("lossbench.protocol", VERSION.to_string()),
        ("lossbench.input_channels", network.channels().to_string()),
        ("lossbench.multiple", network.multiple().to_string()),
    ];
    metadata.extend(shape.map(|(key, value)| (key.to_string(), value)));
    frame::write(output, &Message { metadata, ..Message::default() })?;
    let mut waiting = BTreeMap::new();
    while let Some(question) = frame::read(input)? {
        let (name, array) = match answer(network, question, &mut waiting) {
            Ok(answered) => answered,
            Err(fault) => {
                let metadata = Metadata::from([("error".to_string(), fault.clone())]);
                frame::write(output, &Message { metadata, ..Message::default() })?;
                return Err(fault);
            }
        };
        let arrays = Arrays::from([(name.to_string(), array)]);
        frame::write(output, &Message { arrays, ..Message::default() })?;
    }
    Ok(())
}

/// Images by the ticket under which their slope will come.
type Waiting = BTreeMap<String, Array>;

fn answer(
    network: &dyn Network,
    mut question: Message,
    waiting: &mut Waiting,
) -> Result<(&'static str, Array), String> {
    let ticket = question.metadata.remove("ticket").unwrap_or_default();
    let mut take = |name: &str| question.arrays.remove(name).ok_or(format!("a question lacks {name}"));
    match question.metadata.get("question").map(String::as_str) {
        Some("logits") => Ok(("logits", logits(network, &take("images")?)?)),
        Some("gradient") => {
            let images = take("images")?;
            let logits = logits(network, &images)?;
            waiting.insert(ticket, images);
            Ok(("logits", logits))
        }
        Some("slope") => {
            let slope = take("slope")?;
            let images = waiting.remove(&ticket).ok_or(format!("no images wait under ticket {ticket}"))?;
            let size = size(network, &images)?;
            if slope.values.len() != images.shape[0] * size[0] * size[1] {
                return Err("a slope has another shape than the logits".to_string());
            }
            let values = network.gradient(&images.values, size, &|_| slope.values.clone());
            Ok(("gradient", Array { shape: images.shape, values }))
        }
        other => Err(format!("'{}' is no question", other.unwrap_or_default())),
    }
}

fn logits(network: &dyn Network, images: &Array) -> Result<Array, String> {
    let size = size(network, images)?;
    let values = network.logits(&images.values, size);
    Ok(Array { shape: vec![images.shape[0], 1, size[0], size[1]], values })
}

/// Height and width of images that the network takes.
fn size(network: &dyn Network, images: &Array) -> Result<[usize; 2], String> {
    let multiple = network.multiple();
    match images.shape[..] {
        [images, channels, height, width]
            if images > 0
                && channels == network.channels()
                && [height, width].iter().all(|side| *side > 0 && side.is_multiple_of(multiple)) =>
        {
            Ok([height, width])
        }
        _ => Err(format!("images have shape {:?}, which the network does not take", images.shape)),
    }
}
