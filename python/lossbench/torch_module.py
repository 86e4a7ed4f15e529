"""Serving a torch.nn.Module, on whatever device it is."""

import hashlib
import inspect
import sys
from pathlib import Path

from lossbench.conversation import converse, greeting, own_output


def serve(model, scale=None, *, device=None, **training):
    """Serves ``model``, a ``torch.nn.Module`` that gives logits [B, 1, H, W] for images [B, channels, H, W], until nothing
    more is asked. It is put into evaluation mode, and images come in the type of its parameters; ``device`` is that of its first parameter where it is not given. Of a
    list or tuple of outputs, as deep supervision gives, the first counts. ``scale`` and whatever else says how it was
    trained are as ``serve_functions`` takes them.
    """
    answers = own_output()
    import torch

    model.eval()
    first = next(iter(model.parameters()), None)
    device = torch.device(device if device is not None else "cpu" if first is None else first.device)
    for parameter in model.parameters():
        parameter.requires_grad_(False)

    floating = (one.dtype for one in model.parameters() if one.is_floating_point())
    dtype = next(floating, torch.float32)

    def run(images):
        logits = model(images)
        if isinstance(logits, dict):
            keys = ", ".join(map(repr, logits))
            raise TypeError(f"the model gives a dict with {keys}: wrap it in a module that gives the logits alone")
        return logits[0] if isinstance(logits, (list, tuple)) else logits

    def load(values, dtype):
        return torch.tensor(values, device=device, dtype=dtype)

    def give(values):
        return values.detach().to("cpu", torch.float32).numpy()

    def logits(images):
        with torch.inference_mode():
            return give(run(load(images, dtype)))

    def keep(images):
        images = load(images, dtype).requires_grad_()
        logits = run(images)
        if not logits.requires_grad:
            raise RuntimeError("the model's logits have no gradient: is there no_grad, detach or a threshold in its forward?")
        return give(logits), (images, logits)

    def pull(kept, slope):
        images, logits = kept
        (gradient,) = torch.autograd.grad(logits, images, load(slope, logits.dtype))
        return give(gradient)

    if training.get("fingerprint") is None:
        training["fingerprint"] = weights_hash(model)
    said = greeting(scale=scale, device=str(device), **training)
    converse(answers, said, logits, keep, pull)


def weights_hash(model):
    """SHA-256 of the model's text, of the code of its modules and of the script that serves it, and of every tensor of its
    state, in hex.
    """
    digest = hashlib.sha256(repr(model).encode())
    for text in code(model):
        digest.update(text.encode())
    for name, tensor in model.state_dict().items():
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(dtype=_bytes()).numpy().tobytes())
    return digest.hexdigest()


def code(model):
    """The source of the modules' classes, PyTorch's own aside, and of the running script, as far as there are any."""
    for kind in sorted({type(module) for module in model.modules()}, key=repr):
        if kind.__module__.split(".")[0] != "torch":
            try:
                yield inspect.getsource(kind)
            except (OSError, TypeError):
                pass
    script = getattr(sys.modules["__main__"], "__file__", None)
    if script is not None and Path(script).is_file():
        yield Path(script).read_text(errors="replace")


def _bytes():
    import torch

    return torch.uint8
