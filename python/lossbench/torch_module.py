"""Serving a torch.nn.Module, on whatever device it is."""

import hashlib

from lossbench.conversation import converse, greeting, own_output


def serve(model, scale=None, *, device=None, **training):
    """Serves ``model``, a ``torch.nn.Module`` that gives logits [B, 1, H, W] for images [B, channels, H, W], until nothing
    more is asked. It is put into evaluation mode; ``device`` is that of its first parameter where it is not given. Of a
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

    def run(images):
        logits = model(images)
        return logits[0] if isinstance(logits, (list, tuple)) else logits

    def load(values):
        return torch.tensor(values, device=device)

    def give(values):
        return values.detach().to("cpu", torch.float32).numpy()

    def logits(images):
        with torch.inference_mode():
            return give(run(load(images)))

    def keep(images):
        images = load(images).requires_grad_()
        logits = run(images)
        return give(logits), (images, logits)

    def pull(kept, slope):
        images, logits = kept
        (gradient,) = torch.autograd.grad(logits, images, load(slope).to(logits.dtype))
        return give(gradient)

    if training.get("fingerprint") is None:
        training["fingerprint"] = weights_hash(model)
    said = greeting(scale=scale, device=str(device), **training)
    converse(answers, said, logits, keep, pull)


def weights_hash(model):
    """SHA-256 of the model's text and of every tensor of its state, in hex."""
    digest = hashlib.sha256(repr(model).encode())
    for name, tensor in model.state_dict().items():
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(dtype=_bytes()).numpy().tobytes())
    return digest.hexdigest()


def _bytes():
    import torch

    return torch.uint8
