//! Many arrays end to end in one tensor, so that one operation moves them all.

use crate::network::arrays::{Array, Arrays, known};
use crate::network::plan::Parameter;
use std::collections::BTreeMap;
use tch::{Device, Tensor};

/// Arrays in one tensor.
pub struct Flat {
    parameters: Vec<Parameter>,
    /// `[values of all]`.
    pub tensor: Tensor,
}

impl Flat {
    /// Those of `arrays` that `parameters` name, on `device`.
    pub fn new(parameters: Vec<Parameter>, arrays: &Arrays, device: Device) -> Self {
        let values = |parameter: &Parameter| known(arrays, &parameter.name).values.clone();
        let values: Vec<f32> = parameters.iter().flat_map(values).collect();
        Self { parameters, tensor: Tensor::from_slice(&values).to_device(device) }
    }

    /// The arrays by name, which share the tensor's memory. A gradient of any is one of the tensor.
    pub fn views(&self) -> BTreeMap<&str, Tensor> {
        let shapes = self.parameters.iter().map(shape);
        let lengths: Vec<i64> = shapes.map(|shape| shape.iter().product()).collect();
        let parts = self.tensor.split_with_sizes(lengths, 0);
        let named = self.parameters.iter().zip(parts);
        named
            .map(|(parameter, part)| (parameter.name.as_str(), part.view(shape(parameter).as_slice())))
            .collect()
    }

    /// Copies the arrays of a tensor laid out as this one to the host, each under what `name` makes of its own.
    pub fn arrays_of(&self, tensor: &Tensor, name: impl Fn(&str) -> String) -> Arrays {
        let values = to_host(tensor);
        let mut start = 0;
        let array = |parameter: &Parameter| {
            let length: usize = parameter.shape.iter().product();
            let values = values[start..start + length].to_vec();
            start += length;
            (name(&parameter.name), Array { shape: parameter.shape.clone(), values })
        };
        self.parameters.iter().map(array).collect()
    }

    /// A tensor laid out as this one of the arrays that `name` says; none where one is missing.
    pub fn tensor_of(&self, arrays: &Arrays, name: impl Fn(&str) -> String) -> Option<Tensor> {
        let values =
            self.parameters.iter().map(|parameter| Some(&arrays.get(&name(&parameter.name))?.values));
        let values: Vec<f32> = values.collect::<Option<Vec<_>>>()?.into_iter().flatten().copied().collect();
        (values.len() == self.tensor.numel())
            .then(|| Tensor::from_slice(&values).to_device(self.tensor.device()))
    }
}

fn shape(parameter: &Parameter) -> Vec<i64> {
    parameter.shape.iter().map(|&length| length as i64).collect()
}

/// A tensor's values, row-major.
pub fn to_host(tensor: &Tensor) -> Vec<f32> {
    let mut values = vec![0.0; tensor.numel()];
    let here = tensor.detach().to_device(Device::Cpu).contiguous();
    here.copy_data(&mut values, tensor.numel());
    values
}
