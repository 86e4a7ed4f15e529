"""Ways of explaining in Captum and an attack in torchattacks, as `engines.py` has engines.

Each has `works`: a name as lossbench writes it, and what gives `[slice, 1, height, width]` of images and masks. What is
explained is the summed probability, as in the studies; the network has a module for every ReLU, as Captum's hooks want it.
"""

import torch
from engines import Eager

PGD_STEPS, PGD_STEP, RADIUS = 8, 0.25, 0.02
PGD = f"pgd(steps={PGD_STEPS},step={PGD_STEP},loss=bce,start=clean)"
INTEGRATION = 10
WINDOW = 8


class Captum(Eager):
    def __init__(self, weights, threads, size):
        import captum.attr
        from captum.attr import LayerAttribution
        from make_map_fixtures import Hooked

        super().__init__(weights, threads, size)
        network = Hooked(self.model, "probability", None).eval()
        layer = network.bottleneck.relu2
        settings = {"n_steps": INTEGRATION, "method": "gausslegendre", "internal_batch_size": self.gradient_batch}
        window = (1, WINDOW, WINDOW)

        def grad_cam(part):
            cam = captum.attr.LayerGradCam(network, layer).attribute(part, relu_attributions=True)
            return LayerAttribution.interpolate(cam, part.shape[2:], "bilinear")

        self.works = {
            "gradient-x-input": captum.attr.InputXGradient(network).attribute,
            f"integrated-gradients(steps={INTEGRATION})": lambda part: captum.attr.IntegratedGradients(
                network
            ).attribute(part, **settings),
            f"occlusion(window={WINDOW},stride={WINDOW})": lambda part: captum.attr.Occlusion(network).attribute(
                part, window, window, baselines=0
            ),
            "guided-backprop": captum.attr.GuidedBackprop(network).attribute,
            "grad-cam": grad_cam,
            "deeplift": lambda part: captum.attr.DeepLift(network).attribute(part, torch.zeros_like(part)),
        }

    @staticmethod
    def version():
        import captum

        return captum.__version__

    def map(self, work, images, masks):
        return torch.cat([self.works[work](part).detach() for part in images.split(self.gradient_batch)])


class Torchattacks(Eager):
    def __init__(self, weights, threads, size):
        import torchattacks
        from make_attack_fixtures import TwoClasses

        super().__init__(weights, threads, size)
        two = TwoClasses(self.model).eval()
        self.works = {
            PGD: torchattacks.PGD(two, eps=RADIUS, alpha=PGD_STEP * RADIUS, steps=PGD_STEPS, random_start=False)
        }

    @staticmethod
    def version():
        from importlib.metadata import version

        return version("torchattacks")

    def map(self, work, images, masks):
        parts = zip(images.split(self.gradient_batch), masks.long().split(self.gradient_batch))
        return torch.cat([self.works[work](part, labels) for part, labels in parts])
