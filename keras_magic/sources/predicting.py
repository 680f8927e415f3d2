"""A network's outputs in inference mode, leaving every variable of it untouched.

It is called through `stateless_call`, under TensorFlow and JAX as one compiled function: a loop over time steps is dozens of times
faster than step by step in Python, and to trace the forward pass takes a few hundredths of a training step's trace.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from keras_magic.clock import Clock
from keras_magic.keras_adapter.compiled import strategy
from keras_magic.keras_adapter.layers import takes_training
from keras_magic.keras_adapter.torch_tensors import no_gradients
from keras_magic.sources.batches import Sample
from keras_magic.sources.trees import leaves, map_tree

FIRST_BATCH, MOST_BATCH = 32, 512  # rows that are predicted at once
JAX_BATCH = 64  # rows of all batches on JAX, which compiles once for each number of rows
LEAST_ROWS = 64  # fewer say too little: they are predicted however long it takes
HARDLY = 1.5  # times as long as half as many rows: what takes so little more is no burden to the memory either


def predict(model: Any, x: Any) -> Any:
    """Outputs for all rows of `x` as numpy, in the structure of the model's output."""
    return Predictor(model)(x)


def predicted(predictor: Predictor, sample: Sample, clock: Clock) -> tuple[Sample, Any]:
    """The rows of a sample that were predicted before the clock ended, a random part of them in their order, and the outputs."""
    order = np.random.default_rng(0).permutation(sample.rows)
    outputs = predictor(sample.x, clock=clock, order=order)
    done = order[: len(leaves(outputs)[0])]
    back = np.argsort(done)
    x, y, weight = (map_tree(lambda a: a[done[back]], part) for part in (sample.x, sample.y, sample.sample_weight))
    return Sample(x, y, weight), map_tree(lambda a: a[back], outputs)


class Predictor:
    """Calls a model in inference mode on numpy trees; what was compiled for one call serves the following.

    The batches begin small and double as long as a larger one takes hardly longer: so they never hold more at once than the network
    is quick with.

    Args:
        weights: to predict with, in the order of `model.weights`; those that the model has when None.

    Attributes:
        seconds_per_row: that the last batch took; 0 before the first.
    """

    def __init__(self, model: Any, weights: Sequence[Any] | None = None) -> None:
        import keras

        self._model = model
        known = weights is not None and len(weights) == len(model.weights)
        self._given = {id(v): w for v, w in zip(model.weights, weights or (), strict=False)} if known else {}
        self._mode = {"training": False} if takes_training(model) else {}  # a subclassed model's call may do without
        self._compiled: Callable[..., Any] | None = None
        self.seconds_per_row = 0.0
        self._eager = bool(model.run_eagerly) or not _compiles(model)
        self._padded = not self._eager and keras.backend.backend() == "jax"

    def __call__(self, x: Any, *, clock: Clock | None = None, order: np.ndarray | None = None) -> Any:
        """Outputs as numpy.

        Args:
            clock: no batch begins after its end, but those of the first `LEAST_ROWS` rows; order: of rows and outputs.
        """
        import keras

        order = np.arange(len(leaves(x)[0])) if order is None else order
        chunks: list[Any] = []
        done, batch, before = 0, JAX_BATCH if self._padded else FIRST_BATCH, math.inf
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the user has seen the model's warnings while it trained
            while not chunks or (done < len(order) and (done < LEAST_ROWS or not (clock and clock.over))):
                started, rows = time.perf_counter(), order[done : done + batch]
                taken = np.resize(rows, batch) if self._padded and len(rows) else rows
                outputs = self._batch(keras.tree.map_structure(lambda a, r=taken: a[r], x))
                chunks.append(keras.tree.map_structure(lambda a, r=rows: keras.ops.convert_to_numpy(a)[: len(r)], outputs))
                took, done = time.perf_counter() - started, done + len(rows)
                self.seconds_per_row = took / len(rows)
                batch = min(2 * batch, MOST_BATCH) if took < HARDLY * before and not self._padded else batch
                before = took
        return keras.tree.map_structure(lambda *parts: np.concatenate(parts), *chunks)

    def _batch(self, x: Any) -> Any:
        """One batch, by the compiled function; in Python where it cannot be compiled."""
        trainable = [self._value(v) for v in self._model.trainable_variables]
        fixed = [self._value(v) for v in self._model.non_trainable_variables]
        if not self._eager:
            try:
                return self._traced(trainable, fixed, x)
            except Exception:  # a network that cannot be traced for batches of any size
                self._eager = True
        return self._outputs(trainable, fixed, x)

    def _value(self, variable: Any) -> Any:
        import keras

        given = self._given.get(id(variable))
        return variable.value if given is None else keras.ops.convert_to_tensor(given, dtype=variable.dtype)

    def _outputs(self, trainable: Any, fixed: Any, x: Any) -> Any:
        with no_gradients():
            return self._model.stateless_call(trainable, fixed, x, **self._mode)[0]

    def _traced(self, trainable: Any, fixed: Any, x: Any) -> Any:
        import keras

        if keras.backend.backend() == "jax":
            import jax

            self._compiled = self._compiled or jax.jit(self._outputs)
            return self._compiled(trainable, fixed, x)
        import tensorflow as tf

        x = keras.tree.map_structure(tf.convert_to_tensor, x)
        if self._compiled is None:
            any_batch = keras.tree.map_structure(lambda a: tf.TensorSpec([None, *a.shape[1:]], a.dtype), x)

            @tf.autograph.experimental.do_not_convert
            def forward_pass(trainable: Any, fixed: Any, x: Any) -> Any:  # `watch.traces` knows the graph by this name
                return self._outputs(trainable, fixed, x)

            self._compiled = tf.function(forward_pass).get_concrete_function(trainable, fixed, any_batch)
        return self._compiled(trainable, fixed, x)


def _compiles(model: Any) -> bool:
    """Whether the network is traced by TensorFlow or JAX, on one device."""
    import keras

    replicas = getattr(strategy(model), "num_replicas_in_sync", 1)
    return bool(keras.backend.backend() != "torch" and (replicas or 1) == 1)
