"""Small runs for the tests of fixes and trials."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers

from keras_magic.run import Run


def initial_weights(model: Any) -> tuple[np.ndarray, ...] | None:
    return tuple(np.array(w.numpy()) for w in model.weights) if model.built else None


def run_of(model: Any, x: Any, y: Any = None, **fit: Any) -> Run:
    """A captured run, before training."""
    return Run(model=model, x=x, y=y, fit_arguments={"verbose": 0, **fit}, initial_weights=initial_weights(model))


def blobs(rows: int = 240, features: int = 6, classes: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Gaussian classes, well apart."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, classes, rows)
    x = rng.normal(0, 2.5, (classes, features))[y] + rng.normal(0, 1, (rows, features))
    return x.astype("float32"), y


def classifier(features: int = 6, classes: int = 3, *, hidden: str = "relu", rate: float = 0.01) -> Any:
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [
            keras.Input((features,)),
            layers.Dense(16, activation=hidden, name="first"),
            layers.Dense(16, activation=hidden, name="second"),
            layers.Dense(classes, activation="softmax", name="head"),
        ]
    )
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def classified(hidden: str = "relu", rate: float = 0.01, **fit: Any) -> Run:
    x, y = blobs()
    fit = {"epochs": 6, "batch_size": 32, "validation_split": 0.25, **fit}
    return run_of(classifier(hidden=hidden, rate=rate), x, y, **fit)


def branched() -> Run:
    """Two inputs, a shared layer, a nested model and two outputs."""
    keras.utils.set_random_seed(3)
    left, right = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    shared = layers.Dense(8, activation="tanh", name="shared")
    base = keras.Sequential([keras.Input((16,)), layers.Dense(12, activation="tanh", name="inner")], name="base")
    h = base(layers.Concatenate(name="both")([shared(left), shared(right)]))
    outputs = {
        "kind": layers.Dense(2, activation="softmax", name="kind")(h),
        "level": layers.Dense(1, name="level")(h + 1.0),
    }
    model = keras.Model({"left": left, "right": right}, outputs, name="branched")
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.01, 100)),
        loss={"kind": "sparse_categorical_crossentropy", "level": keras.losses.Huber(2.0)},
        loss_weights={"kind": 1.0, "level": 0.5},
        metrics={"kind": [keras.metrics.SparseCategoricalAccuracy(name="hit")]},
    )
    rng = np.random.default_rng(0)
    x = {"left": rng.normal(0, 30, (120, 4)).astype("float32"), "right": rng.normal(0, 1, (120, 4)).astype("float32")}
    y = {"kind": (x["left"][:, 0] > 0).astype(int), "level": x["right"].sum(1) * 50}
    return run_of(model, x, y, epochs=2, batch_size=32, validation_split=0.2)


@keras.saving.register_keras_serializable("tests")
class Doubling(keras.layers.Layer):
    """A custom layer with an argument and a weight."""

    def __init__(self, factor: float = 2.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factor = factor

    def build(self, shape: Any) -> None:
        self.scale = self.add_weight(shape=(shape[-1],), initializer="ones", name="scale")

    def call(self, x: Any) -> Any:
        return x * self.scale * self.factor

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "factor": self.factor}


class Subclassed(keras.Model):
    """Free code with a constructor argument that Keras records by itself."""

    def __init__(self, units: int = 8, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.hidden = layers.Dense(units, activation="relu")
        self.head = layers.Dense(3, activation="softmax")

    def call(self, x: Any, training: bool = False) -> Any:
        return self.head(self.hidden(x))


def subclassed() -> Run:
    keras.utils.set_random_seed(3)
    x, y = blobs()
    model = Subclassed(12)
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model(x[:2])
    return run_of(model, x, y, epochs=3, batch_size=32)


def everything(run: Run) -> dict[str, Any]:
    """All that a fix or a trial may not change, as comparable values."""
    import random

    import tensorflow as tf
    from keras.src.backend.common import global_state

    eager = tf._api.v2.__internal__  # only to make sure that tensorflow is there
    assert eager
    from tensorflow.python.eager import context

    generator = global_state.get_global_attribute("global_seed_generator")
    rng = getattr(context.context(), "_rng", None)
    optimizer = run.model.optimizer
    return {
        "weights": [w.numpy().tobytes() for w in run.model.variables],
        "optimizer": [v.numpy().tobytes() for v in optimizer.variables],
        "objects": (id(optimizer), id(run.model.loss), id(run.model.train_function), run.model.stop_training),
        "flags": [layer.trainable for layer in run.model._flatten_layers()],
        "nodes": [len(layer._inbound_nodes) + len(layer._outbound_nodes) for layer in run.model._flatten_layers()],
        "python": random.getstate(),
        "numpy": [np.asarray(part).tobytes() for part in np.random.get_state()],  # noqa: NPY002
        "tensorflow": (context.context()._seed, rng.getstate() if rng else None),
        "keras": None if generator is None else generator.state.numpy().tobytes(),
        "names": dict(global_state.get_global_attribute("object_name_uids") or {}),
        "data": [np.asarray(a).tobytes() for a in keras.tree.flatten([run.x, run.y]) if hasattr(a, "__array__")],
    }
