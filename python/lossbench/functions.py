"""Serving a network that is given as functions on numpy arrays: JAX, TensorFlow, anything."""

import numpy as np

from lossbench.conversation import converse, greeting


def serve_functions(
    logits,
    gradient=None,
    *,
    vjp=None,
    scale=None,
    scale_by=None,
    channels=1,
    multiple=32,
    size=None,
    select=None,
    batch=32,
    loss=None,
    seed=None,
    device=None,
    fingerprint=None,
):
    """Serves a network until nothing more is asked.

    ``logits(images)``: images [B, channels, H, W] to logits [B, 1, H, W], both 32-bit floats.
    ``gradient(images, slope)``: the gradient, as the images, of the sum of ``slope * logits``. Or, which saves the second
    pass forward, ``vjp(images)``: logits and a function from the slope to that gradient, as ``jax.vjp`` gives (a tuple of
    one gradient will do).

    ``scale``, ``scale_by``: how images were scaled in training, such as (0, 0.2) and "min-max", "percentile(1,99)",
    "window(-160,240)" or "z-score". ``multiple``: what height and width are multiples of. ``size``: height and width that
    images are padded to at least. ``select``: numbers of the channels among those of the volumes. ``batch``: images that
    are asked after at a time. ``loss``, ``seed``: those of the training. ``fingerprint``: a text that is another one where
    the network is.
    """
    if (gradient is None) == (vjp is None):
        raise TypeError("serve_functions takes gradient or vjp, one of both")

    def keep(images):
        if vjp is None:
            return plain(logits(images)), images
        value, pull = vjp(images)
        return plain(value), pull

    def pull(kept, slope):
        if vjp is None:
            return plain(gradient(kept, slope))
        found = kept(slope)
        return plain(found[0] if isinstance(found, tuple) else found)

    said = greeting(scale, scale_by, channels, multiple, size, select, batch, loss, seed, device, fingerprint)
    converse(said, lambda images: plain(logits(images)), keep, pull)


def plain(values):
    """As numpy's 32-bit floats."""
    return np.asarray(values, dtype=np.float32)
