//! Named arrays, and the safetensors files that they lie in.

use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Arrays by name.
pub type Arrays = BTreeMap<String, Array>;

/// What a file says about its arrays, by name.
pub type Metadata = BTreeMap<String, String>;

/// One array, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Lengths of the axes.
    pub shape: Vec<usize>,
    /// Values.
    pub values: Vec<f32>,
}

/// Why weights cannot be used. Each message is one line that names the file and the fault.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// The file could not be read or written.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said; no source, since the message says it.
        error: std::io::Error,
    },
    /// The file is not safetensors, or its tensors are not this network's.
    #[error("{}: {fault}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        fault: String,
    },
}

/// The array called `name` of arrays that were checked to hold it.
pub fn known<'a>(arrays: &'a Arrays, name: &str) -> &'a Array {
    match arrays.get(name) {
        Some(array) => array,
        None => unreachable!("arrays are checked against their plan: {name}"),
    }
}

/// Reads the safetensors file at `path`. Arrays whose names `skipped` picks are passed over.
///
/// # Errors
/// [`WeightsError`] where the file is missing, broken, or holds other than 32- or 16-bit floats.
pub fn read(path: &Path, skipped: impl Fn(&str) -> bool) -> Result<(Arrays, Metadata), WeightsError> {
    let bytes = std::fs::read(path).map_err(|error| WeightsError::Io { path: path.into(), error })?;
    parse(&bytes, skipped).map_err(|fault| WeightsError::Invalid { path: path.into(), fault })
}

/// Writes a safetensors file of 32-bit floats, by way of a temporary file beside it.
///
/// # Errors
/// [`WeightsError::Io`] where the folder cannot be written.
pub fn write(path: &Path, arrays: &Arrays, metadata: &Metadata) -> Result<(), WeightsError> {
    let bytes = serialise(arrays, metadata)
        .map_err(|fault| WeightsError::Invalid { path: path.into(), fault: fault.to_string() })?;
    crate::atomic::write(path, &bytes).map_err(|error| WeightsError::Io { path: path.into(), error })
}

/// The arrays and the metadata in `bytes`. Arrays whose names `skipped` picks are passed over.
///
/// # Errors
/// A line where they are no safetensors, or hold other than 32- or 16-bit floats.
pub fn parse(bytes: &[u8], skipped: impl Fn(&str) -> bool) -> Result<(Arrays, Metadata), String> {
    let invalid = |fault| format!("is not safetensors: {fault}");
    let file = SafeTensors::deserialize(bytes).map_err(invalid)?;
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(invalid)?;
    let mut arrays = BTreeMap::new();
    for (name, view) in file.iter().filter(|(name, _)| !skipped(name)) {
        let values = floats(&view).ok_or_else(|| {
            format!("tensor '{name}' should hold F32 or F16 values, but holds {:?}", view.dtype())
        })?;
        arrays.insert(name.to_string(), Array { shape: view.shape().to_vec(), values });
    }
    let metadata = header.metadata().iter().flatten();
    Ok((arrays, metadata.map(|(key, value)| (key.clone(), value.clone())).collect()))
}

fn floats(view: &TensorView) -> Option<Vec<f32>> {
    let data = view.data();
    match view.dtype() {
        Dtype::F32 => {
            Some(data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
        }
        Dtype::F16 => {
            Some(data.chunks_exact(2).map(|b| half::f16::from_le_bytes([b[0], b[1]]).to_f32()).collect())
        }
        _ => None,
    }
}

/// An entry of a file's header.
#[derive(Serialize)]
#[serde(untagged)]
enum Entry<'a> {
    Metadata(&'a Metadata),
    Tensor { dtype: &'static str, shape: &'a [usize], data_offsets: [usize; 2] },
}

/// The bytes of a file. The safetensors crate writes metadata in an order that changes from run to run;
/// here the same arrays and metadata always give the same bytes.
///
/// # Errors
/// What serde says.
pub fn serialise(arrays: &Arrays, metadata: &Metadata) -> serde_json::Result<Vec<u8>> {
    let mut header = BTreeMap::new();
    if !metadata.is_empty() {
        header.insert("__metadata__", Entry::Metadata(metadata));
    }
    let mut end = 0;
    for (name, array) in arrays {
        let start = end;
        end += 4 * array.values.len();
        let (shape, data_offsets) = (array.shape.as_slice(), [start, end]);
        header.insert(name, Entry::Tensor { dtype: "F32", shape, data_offsets });
    }
    let mut text = serde_json::to_vec(&header)?;
    text.resize(text.len().next_multiple_of(8), b' ');
    let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
    bytes.extend(text);
    bytes.extend(arrays.values().flat_map(|array| &array.values).flat_map(|value| value.to_le_bytes()));
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrays() -> Arrays {
        let array = |shape: &[usize], from: u8| {
            let count: u8 = shape.iter().map(|&length| length as u8).product();
            Array { shape: shape.to_vec(), values: (from..from + count).map(f32::from).collect() }
        };
        [("b.weight", array(&[2, 3], 1)), ("a.bias", array(&[2], 9)), ("c", array(&[], 5))]
            .map(|(name, array)| (name.to_string(), array))
            .into()
    }

    #[test]
    fn bytes_are_those_of_the_safetensors_crate() -> anyhow::Result<()> {
        let arrays = arrays();
        let raw: Vec<(&String, &Array, Vec<u8>)> = arrays
            .iter()
            .map(|(name, array)| (name, array, array.values.iter().flat_map(|v| v.to_le_bytes()).collect()))
            .collect();
        let views = raw
            .iter()
            .map(|(name, array, bytes)| Ok((*name, TensorView::new(Dtype::F32, array.shape.clone(), bytes)?)))
            .collect::<anyhow::Result<Vec<_>>>()?;
        assert_eq!(serialise(&arrays, &Metadata::new())?, safetensors::serialize(views, None)?);
        Ok(())
    }

    #[test]
    fn arrays_and_metadata_read_back_the_same() -> anyhow::Result<()> {
        let metadata: Metadata =
            [("scale", "min-max"), ("a", "\"quoted\"")].map(|(k, v)| (k.into(), v.into())).into();
        let bytes = serialise(&arrays(), &metadata)?;
        assert_eq!(parse(&bytes, |_| false).map_err(anyhow::Error::msg)?, (arrays(), metadata));
        let (some, _) = parse(&bytes, |name| name == "c").map_err(anyhow::Error::msg)?;
        assert_eq!(some.into_keys().collect::<Vec<_>>(), ["a.bias", "b.weight"]);
        Ok(())
    }

    #[test]
    fn other_numbers_than_floats_are_refused_by_name() -> anyhow::Result<()> {
        let view = TensorView::new(Dtype::I64, vec![1], &[0; 8])?;
        let bytes = safetensors::serialize([("count", view)], None)?;
        let fault = parse(&bytes, |_| false).unwrap_err();
        assert!(fault.contains("'count' should hold F32 or F16 values, but holds I64"), "{fault}");
        Ok(())
    }
}
