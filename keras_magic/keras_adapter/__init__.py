"""Every access to what Keras and TensorFlow do not publish; no other module touches it.

A function returns what it names from public API where the private part is missing, or raises `UnsupportedError`, which says what
this version lacks and what cannot be done without it. tests/keras_adapter holds one contract test each, run on the oldest and the
newest versions that are declared.
"""

from __future__ import annotations

from typing import Any

from keras_magic.errors import UnsupportedError


def private(owner: Any, name: str, purpose: str) -> Any:
    """The private attribute `name` of an object, class or module of Keras or TensorFlow.

    Args:
        purpose: what it is needed for, for the message: "functional models are copied with it".

    Raises:
        UnsupportedError: this version has no such attribute.
    """
    try:
        return getattr(owner, name)
    except AttributeError:
        raise UnsupportedError(f"{versions()} has no {_named(owner)}.{name}; {purpose}") from None


def versions() -> str:
    """ "Keras 3.15.1 with TensorFlow 2.21.0", without the part that is not imported."""
    import sys

    found = {name: getattr(sys.modules.get(name.lower()), "__version__", None) for name in ("Keras", "TensorFlow")}
    return " with ".join(f"{name} {version}" for name, version in found.items() if version)


def _named(owner: Any) -> str:
    return getattr(owner, "__name__", None) or type(owner).__name__
