"""Answering what lossbench asks, until it asks no more."""

import hashlib
import inspect
import json
import os
import sys

import numpy as np

from lossbench import frames

VERSION = "1"


def greeting(
    *,
    scale=None,
    scale_by=None,
    channels=1,
    multiple=32,
    size=None,
    axis=None,
    spacing=None,
    data_size=None,
    select=None,
    batch=32,
    loss=None,
    seed=None,
    device=None,
    fingerprint=None,
    trained_on=None,
    **unknown,
):
    """What is said of a network, by the keys of NETWORKS.md; what is None is not said."""
    for name in unknown:
        known = [one for one in inspect.signature(greeting).parameters if one != "unknown"]
        raise TypeError(f"nothing is said of a network by {name!r}: there are {', '.join(known)}")
    if scale is not None:
        low, high = (float(value) for value in scale)
        if not (np.isfinite([low, high]).all() and low < high):
            raise ValueError(f"scale should be two rising numbers, but is {scale!r}")
        scale = [low, high]
    said = {
        "lossbench.protocol": VERSION,
        "lossbench.input_channels": channels,
        "lossbench.multiple": multiple,
        "lossbench.batch": batch,
        "lossbench.intensity": scale,
        "lossbench.scale": scale_by,
        "lossbench.size": wholes(size),
        "lossbench.axis": None if axis is None else json.dumps(axis),
        "lossbench.spacing": None if spacing is None else json.dumps(numbers(spacing)),
        "lossbench.data_size": wholes(data_size),
        "lossbench.channels": wholes(select),
        "lossbench.loss": loss,
        "lossbench.seed": seed,
        "lossbench.device": device,
        "lossbench.fingerprint": fingerprint,
        "lossbench.training_volumes": None if trained_on is None else " ".join(map(digest, trained_on)),
    }
    return {key: str(value) for key, value in said.items() if value is not None}


def digest(name):
    """What is said of the name of a volume, which may name a patient."""
    return hashlib.sha256(str(name).encode()).hexdigest()[:16]


def wholes(values):
    """A list of whole numbers; none of none."""
    return None if values is None else [int(value) for value in values]


def numbers(value):
    """One number or a list of them, as floats."""
    return [float(one) for one in value] if hasattr(value, "__iter__") else float(value)


def converse(answers, said, answer_logits, keep, pull):
    """Greets with ``said``, then answers what standard input asks on ``answers``, :func:`own_output`.

    ``answer_logits(images)`` gives logits; ``keep(images)`` gives logits and whatever ``pull(kept, slope)`` needs to
    give the gradient of the images for that slope on the logits. Arrays are numpy's, 32-bit floats.
    """
    questions = sys.stdin.buffer
    frames.write(answers, {}, said)
    kept = {}
    while (question := frames.read(questions)) is not None:
        arrays, asked = question
        try:
            kind = asked.get("question")
            if kind == "logits":
                reply = {"logits": answer_logits(arrays["images"])}
            elif kind == "gradient":
                logits, rest = keep(arrays["images"])
                kept[asked["ticket"]] = rest
                reply = {"logits": logits}
            elif kind == "slope":
                reply = {"gradient": pull(kept.pop(asked["ticket"]), arrays["slope"])}
            else:
                raise ValueError(f"{kind!r} is no question of version {VERSION}")
        except Exception as error:
            # The traceback goes to standard error; the last line of it is what lossbench shows.
            frames.write(answers, {}, {"error": f"{type(error).__name__}: {error}"})
            raise
        frames.write(answers, reply, {})


def own_output():
    """Standard output for frames alone: whatever else is printed, by Python or by a library, goes to standard error."""
    frames_only = os.dup(1)
    os.dup2(2, 1)
    # What was printed before lies in the buffer still, and goes there too.
    sys.stdout.flush()
    sys.stdout = sys.stderr
    return os.fdopen(frames_only, "wb")
