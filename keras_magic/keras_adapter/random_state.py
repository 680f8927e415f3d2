"""The global random state of Keras and TensorFlow, and Keras' counters of layer names.

Each function remembers a state and returns the function that puts it back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras_magic.errors import UnsupportedError
from keras_magic.keras_adapter import private, versions

Undo = Callable[[], None]


def _global_state() -> Any:
    try:
        from keras.src.backend.common import global_state
    except ImportError:
        raise UnsupportedError(f"{versions()} keeps its global state elsewhere; random seeds are restored with it") from None
    return global_state


def name_counters() -> Undo:
    """The numbers that Keras counts up in the names of new layers."""
    state, key = _global_state(), "object_name_uids"
    before = dict(state.get_global_attribute(key) or {})

    def undo() -> None:
        now = state.get_global_attribute(key)
        if now is not None:
            now.clear()
            now.update(before)

    return undo


def keras_generator() -> Undo:
    """The seed generator of layers and initialisers without a seed."""
    from keras import ops

    state, key = _global_state(), "global_seed_generator"
    generator = state.get_global_attribute(key)
    value = ops.copy(generator.state.value) if generator is not None else None

    def undo() -> None:
        if generator is not None:
            generator.state.assign(value)
        state.set_global_attribute(key, generator)

    return undo


def tensorflow_generators() -> Undo:
    """The seed of `tf.random.set_seed`, the sequence of operations' seeds, and the global `tf.random.Generator`."""
    import tensorflow as tf

    try:
        from tensorflow.python.eager import context
        from tensorflow.python.ops import stateful_random_ops
    except ImportError:
        raise UnsupportedError(f"{versions()} keeps its random state elsewhere; it is restored after trials") from None

    eager = context.context()
    seed = private(eager, "_seed", "the random state is restored with it")
    rng = getattr(eager, "_rng", None)  # none before the first seed is set
    rng_state = rng.getstate() if rng is not None else None
    generator = stateful_random_ops.global_generator
    generator_state = tf.identity(generator.state) if generator is not None else None

    def undo() -> None:
        eager._seed = seed
        if rng is not None:
            if rng.getstate() != rng_state or eager._rng is not rng:
                eager.clear_kernel_cache()  # an op drawn since would go on in its own sequence instead of starting it
            eager._rng = rng
            rng.setstate(rng_state)
        stateful_random_ops.global_generator = generator
        if generator is not None:
            generator.state.assign(generator_state)

    return undo


def tracked_contents(container: Any) -> list[Any]:
    """A container and those in which TensorFlow's tracking wrappers keep its contents once more."""
    value = getattr(container, "__wrapped__", container)
    return [value, *(getattr(value, name, None) for name in ("_storage", "_last_wrapped_list_snapshot"))]
