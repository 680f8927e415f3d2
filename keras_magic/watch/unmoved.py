"""Which weights a training left exactly as they were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_magic.watch.layers import named_layers


def unmoved_matrices(model: Any, initial: Sequence[Any] | None) -> tuple[str, ...]:
    """ "layer/weight" of the trainable weights of two and more axes that hold exactly their initial values.

    Args:
        initial: values of `model.weights` before the training, in order; None where they are not known: nothing is compared.
    """
    if initial is None or len(initial) != len(model.weights):
        return ()
    start, found = {id(v): value for v, value in zip(model.weights, initial, strict=True)}, {}
    for name, layer in named_layers(model).items():
        for variable in layer.trainable_variables:
            value = start.get(id(variable))
            if value is not None and value.ndim > 1 and np.array_equal(value, keras.ops.convert_to_numpy(variable)):
                found[id(variable)] = f"{name}/{variable.path.split('/')[-1]}"
    return tuple(found.values())
