"""Values of Keras variables on every backend."""

from __future__ import annotations

from typing import Any


def assign_copy(variable: Any, value: Any) -> None:
    """Give a variable a value that stays ours.

    On JAX a variable holds the very array that it is assigned, and the next compiled train step gives the memory of that array away
    (`donate_argnums`): whoever else holds it could not read it any more. The other backends copy.
    """
    import keras

    variable.assign(keras.ops.copy(value) if keras.backend.backend() == "jax" else value)
