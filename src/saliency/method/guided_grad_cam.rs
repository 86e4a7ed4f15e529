//! Guided backprop times Grad-CAM: the details of the one where the other is warm.
//! R. Selvaraju, M. Cogswell, A. Das, R. Vedantam, D. Parikh and D. Batra, "Grad-CAM", ICCV 2017, section 3.2.

use super::grad_cam::GradCam;
use super::guided_backprop::GuidedBackprop;
use super::{ExplainError, Kind, Method, Needs};
use crate::network::Network;
use crate::saliency::Question;

pub(super) const KIND: Kind = Kind {
    name: NAME,
    title: "guided Grad-CAM",
    read: |settings| Ok(Box::new(GuidedGradCam(GradCam::read(settings, NAME)))),
};

const NAME: &str = "guided-grad-cam";

struct GuidedGradCam(GradCam);

impl Method for GuidedGradCam {
    fn needs(&self) -> Needs {
        Needs::Layers
    }

    fn check(&self, network: &dyn Network, size: [usize; 2]) -> Result<(), String> {
        self.0.check(network, size)
    }

    fn maps(&self, question: &Question) -> Result<Vec<f32>, ExplainError> {
        let (mut maps, planes) = (GuidedBackprop.maps(question)?, self.0.planes(question)?);
        let of_slices = maps.chunks_mut(question.image()).zip(planes.chunks(question.predictor().pixels()));
        for (map, plane) in of_slices {
            map.iter_mut().zip(plane.iter().cycle()).for_each(|(value, cam)| *value *= cam);
        }
        Ok(maps)
    }
}
