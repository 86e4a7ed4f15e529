"""The engines that the comparison runs beside lossbench, each in its best form on a processor.

`ENGINES` maps a name to a class, made of the file of weights, a number of threads and the images' height and width:
`version()`, `logits` of `[slice, 1, height, width]`, and of those that can, `gradients` and a `network` to train. One
whose module is not there raises ImportError. Batches are those that did best on two cores of a Zen 5.
"""

import torch
from unet import load

CHANNELS_LAST = torch.channels_last


class Eager:
    """PyTorch as a careful researcher writes it: channels_last, inference mode, frozen weights."""

    batch = 128
    gradient_batch = 32

    def __init__(self, weights, threads, size):
        torch.set_num_threads(threads)
        self.weights = weights
        self.learner = None
        self.model = load(weights).to(memory_format=CHANNELS_LAST)
        self.model_state = self.model.state_dict()
        self.model.requires_grad_(False)

    @staticmethod
    def version():
        return torch.__version__

    def compiled(self, function):
        return function

    @torch.inference_mode()
    def logits(self, images):
        parts = [self.model(part.to(memory_format=CHANNELS_LAST)) for part in images.split(self.batch)]
        return torch.cat(parts)

    def gradients(self, images):
        maps = []
        for part in images.split(self.gradient_batch):
            batch = part.to(memory_format=CHANNELS_LAST).requires_grad_(True)
            (gradient,) = torch.autograd.grad(torch.sigmoid(self.model(batch)).sum(), batch)
            maps.append(gradient)
        return torch.cat(maps)

    def network(self):
        """A network with the given weights, to train; always the same one, so that it is compiled once."""
        if self.learner is None:
            self.start = load(self.weights).to(memory_format=CHANNELS_LAST).train()
            self.learner = self.compiled(self.start)
        self.start.load_state_dict(self.model_state)
        return self.learner


class Compile(Eager):
    """The same through `torch.compile` (TorchInductor), which needs a C++ compiler."""

    batch = 64
    gradient_batch = 64

    def __init__(self, weights, threads, size):
        super().__init__(weights, threads, size)
        self.model = self.compiled(self.model)

    def compiled(self, function):
        return torch.compile(function)

    @torch.no_grad()
    def logits(self, images):
        return super().logits(images)


class OpenVino:
    """OpenVINO: a stream a thread, batches of 8, 32-bit arithmetic."""

    batch = 8

    def __init__(self, weights, threads, size):
        import openvino

        example = torch.zeros(self.batch, 1, *size)
        model = openvino.convert_model(load(weights), example_input=example)
        settings = {
            "NUM_STREAMS": threads,
            "INFERENCE_NUM_THREADS": threads,
            "INFERENCE_PRECISION_HINT": "f32",
        }
        self.model = openvino.compile_model(model, "CPU", settings)
        self.queue = openvino.AsyncInferQueue(self.model, 2 * threads)

    @staticmethod
    def version():
        import openvino

        return openvino.__version__.split("-")[0]

    def logits(self, images):
        outputs = torch.empty_like(images)

        def keep(request, part):
            outputs[part] = torch.from_numpy(request.get_output_tensor().data)

        self.queue.set_callback(keep)
        for start in range(0, len(images), self.batch):
            part = slice(start, start + self.batch)
            self.queue.start_async({0: images[part].numpy()}, part)
        self.queue.wait_all()
        return outputs


class OnnxRuntime:
    """ONNX Runtime, all optimisations, batches of 32."""

    batch = 32

    def __init__(self, weights, threads, size):
        import io

        import onnxruntime

        file = io.BytesIO()
        example = torch.zeros(self.batch, 1, *size)
        axes = {"images": {0: "slice"}, "logits": {0: "slice"}}
        torch.onnx.export(load(weights), (example,), file, input_names=["images"], output_names=["logits"],
                          dynamic_axes=axes, dynamo=False)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        self.session = onnxruntime.InferenceSession(file.getvalue(), options, ["CPUExecutionProvider"])

    @staticmethod
    def version():
        import onnxruntime

        return onnxruntime.__version__

    def logits(self, images):
        parts = (self.session.run(None, {"images": part.numpy()})[0] for part in images.split(self.batch))
        return torch.cat([torch.from_numpy(part) for part in parts])


ENGINES = {"pytorch": Eager, "compile": Compile, "openvino": OpenVino, "onnxruntime": OnnxRuntime}
