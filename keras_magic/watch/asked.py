"""What `fit` was asked to do, as far as its arguments say it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import keras

from keras_magic.watch.followers import callback_settings, restored_epoch


def of_arguments(arguments: Mapping[str, Any], params: Mapping[str, Any], curves: Iterable[str]) -> dict[str, Any]:
    """Fields of `TrainingFacts`.

    Args:
        arguments: those of `fit` by name; params: what Keras gives its callbacks; curves: names of the epoch curves.
    """
    weights, callbacks = arguments.get("class_weight"), keras.tree.flatten(arguments.get("callbacks") or [])
    share = float(arguments.get("validation_split") or 0.0)
    return {
        "epochs_asked": _epochs(params, arguments),
        "steps_per_epoch": int(params.get("steps") or 0) or None,
        "shuffle": arguments.get("shuffle", True),
        "validation_split": share,
        "has_validation": arguments.get("validation_data") is not None or share > 0 or any(n.startswith("val_") for n in curves),
        "has_sample_weight": arguments.get("sample_weight") is not None,
        "class_weight": dict(weights) if isinstance(weights, Mapping) and weights else None,
        "callbacks": tuple(type(c).__name__ for c in callbacks),
        "callback_settings": callback_settings(callbacks),
        "restored_epoch": restored_epoch(callbacks, int(arguments.get("initial_epoch") or 0)),
    }


def _epochs(params: Mapping[str, Any], arguments: Mapping[str, Any]) -> int:
    """Epochs that `fit` was asked to run; 0 where `epochs` is not above `initial_epoch`."""
    last, first = params.get("epochs", arguments.get("epochs")), arguments.get("initial_epoch")
    return max(0, int(1 if last is None else last) - int(first or 0))
