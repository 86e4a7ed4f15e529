"""Serving a network that is given as functions on numpy arrays: JAX, TensorFlow, anything."""

import numpy as np

from lossbench.conversation import converse, greeting, own_output


def serve_functions(logits, gradient=None, *, vjp=None, scale=None, **training):
    """Serves a network until nothing more is asked.

    ``logits(images)``: images [B, channels, H, W] to logits [B, 1, H, W], both 32-bit floats.
    ``gradient(images, slope)``: the gradient, as the images, of the sum of ``slope * logits``. Or, which saves the second
    pass forward, ``vjp(images)``: logits and a function from the slope to that gradient, as ``jax.vjp`` gives (a tuple of
    one gradient will do).

    How the network was trained, all by name and none needed:

    ``scale``, ``scale_by``: how images were scaled, such as (0, 0.2) and "min-max", "percentile(1,99)",
    "window(-160,240)" or "z-score". ``axis``: along which slices were cut, 0, 1, 2, "sagittal", "coronal" or "axial".
    ``spacing``: mm that slices were resampled to, one number or (row, column). ``data_size``: rows and columns that they
    were cut to at most. ``size``: height and width that images are padded to at least. ``channels``: those of an image, 1;
    ``select``: their numbers among those of the volumes. ``multiple``: what height and width are multiples of, 32.
    ``batch``: images that are asked after at a time, 32. ``loss``, ``seed``: those of the training. ``device``: where it
    runs, for the record. ``fingerprint``: a text that is another one where the network is. ``trained_on``: names of the
    volumes that it has seen, so that whoever attacks it on one of them is told.
    """
    answers = own_output()
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

    said = greeting(scale=scale, **training)
    converse(answers, said, lambda images: plain(logits(images)), keep, pull)


def plain(values):
    """As numpy's 32-bit floats."""
    return np.asarray(values, dtype=np.float32)
