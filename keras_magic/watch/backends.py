"""The few things that differ between Keras' backends for a tap in the train step."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from keras_magic.keras_adapter.compiled import strategy


def name() -> str:
    """ "tensorflow", "jax" or "torch"."""
    return keras.backend.backend()


def runs_eagerly(model: Any) -> bool:
    """Whether the train step is Python at every step (then measuring can be switched per step), not a compiled graph."""
    if name() == "tensorflow":
        import tensorflow as tf

        return tf.executing_eagerly()
    return name() == "torch" or bool(model.run_eagerly) or not model.jit_compile


def current_graph() -> Any:
    """The graph being traced, None without one."""
    if name() != "tensorflow":
        return None
    import tensorflow as tf

    return None if tf.executing_eagerly() else tf.compat.v1.get_default_graph()


def belongs(tensor: Any, graph: Any) -> bool:
    """Whether `tensor` may be used at the end of the step: it isn't inside a loop's or a branch's own graph."""
    return graph is None or getattr(tensor, "graph", None) is graph


def dense(gradient: Any) -> Any:
    """The values of a gradient; of a sparse one (an embedding's rows) only those rows, repeated rows not summed."""
    return getattr(gradient, "values", gradient) if type(gradient).__name__ == "IndexedSlices" else gradient


def read(variable: Any) -> Any:
    """The variable's value at this point of the step (`convert_to_tensor` would return the variable itself)."""
    value = variable.value
    if name() == "tensorflow":
        import tensorflow as tf

        return tf.convert_to_tensor(value)
    return value.detach().clone() if name() == "torch" else value  # torch updates in place


def detached(tensor: Any) -> Any:
    """Cut off from the gradient tape where the backend keeps one on the tensor."""
    return tensor.detach() if name() == "torch" and hasattr(tensor, "detach") else tensor


def half_squares(values: Any) -> Any:
    """Half the sum of squares, in one operation where the backend has it: a short step consists of few operations."""
    if name() == "tensorflow":
        import tensorflow as tf

        return tf.nn.l2_loss(values)
    return keras.ops.sum(values * values) / 2


def mean(values: Any) -> Any:
    """Mean of all values of a matrix; the first axis first, which TensorFlow reduces several times faster than both at once."""
    return keras.ops.mean(keras.ops.mean(values, axis=0))


def variance(values: Any, centre: Any) -> Any:
    """Mean squared distance from the mean."""
    if name() == "tensorflow":
        import tensorflow as tf

        return mean(tf.math.squared_difference(values, centre))
    return mean(keras.ops.square(values - centre))


def every(values: Any, stride: int) -> Any:
    """Every `stride`-th row (of a variable: without touching the others)."""
    if stride == 1:
        return values
    if name() != "tensorflow":
        return values[::stride]
    import tensorflow as tf

    rows = values.shape[0] or tf.shape(values)[0]
    return tf.gather(values, tf.range(0, rows, stride))  # many times faster than a slice with a stride


def rows_of_variable(variable: Any, rows: range) -> Any:
    """Rows of TensorFlow's variable, all its axes but the last counted as one, read from where they are: a value of the whole
    variable that is held while the optimizer assigns to it would make TensorFlow copy all of it."""
    return variable.gather_nd(np.stack(np.unravel_index(np.asarray(rows), variable.shape[:-1]), axis=-1).astype("int32"))


def replicas(model: Any) -> int:
    """Number of copies that a distribution strategy trains at once."""
    return int(getattr(strategy(model), "num_replicas_in_sync", 1) or 1)
