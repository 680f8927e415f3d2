"""See every `fit`: patch `keras.Model.fit` for the duration of a `with`, and always put it back."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras

Handler = Callable[[Callable[..., Any], Any, dict[str, Any]], Any]

_lock = threading.Lock()
_handlers: list[Handler] = []  # the last one is in charge; contexts may end in any order
_before: Any = None  # what `keras.Model` itself had as `fit` before ours
_inside = threading.local()  # a fit within a fit (a tuner, a callback that trains) belongs to the outer one


def inside_fit() -> bool:
    """Whether this thread is inside a `fit` that is captured: what happens there belongs to that fit."""
    return getattr(_inside, "fit", False)


@contextmanager
def capture_fits(handler: Handler) -> Iterator[None]:
    """Hand every `keras.Model.fit` inside the `with` to `handler(original_fit, model, arguments)`.

    Args:
        handler: called once per outermost `fit` of a thread; `original_fit(model, **arguments)` trains as Keras would, and
            what the handler returns is what the caller of `fit` gets. `arguments` maps parameter names to what was given.

    A model class that overrides `fit` is seen where it calls `super().fit`. Sequential, functional and subclassed models, and
    `tf.keras`, which is the same class, are all covered; `train_on_batch` and custom loops are not.
    """
    with _lock:
        if not _handlers:
            _install()
        _handlers.append(handler)
    try:
        yield
    finally:
        with _lock:
            _handlers.remove(handler)
            if not _handlers:
                _remove()


def _signature(fit: Callable[..., Any]) -> inspect.Signature:
    """The signature of `fit`; Keras' own one where a patch of another library takes `*args, **kwargs`."""
    given = inspect.signature(fit)
    if not any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in given.parameters.values()):
        return given
    own = next(vars(kind)["fit"] for kind in keras.Model.__mro__[1:] if "fit" in vars(kind))
    return inspect.signature(own)


def _install() -> None:
    global _before
    _before = keras.Model.__dict__.get("fit")  # a patch of another library; Keras itself inherits it from the backend's trainer
    original = keras.Model.fit
    signature = _signature(original)

    @functools.wraps(original)
    def fit(self: Any, *args: Any, **kwargs: Any) -> Any:
        handler = _handlers[-1] if _handlers else None
        if handler is None or inside_fit():
            return original(self, *args, **kwargs)
        try:
            arguments = dict(signature.bind(self, *args, **kwargs).arguments)
        except TypeError:
            return original(self, *args, **kwargs)  # Keras reports what is wrong with the call
        arguments.pop("self", None)
        _inside.fit = True
        try:
            return handler(original, self, arguments)
        finally:
            _inside.fit = False

    fit.keras_magic = True  # type: ignore[attr-defined]
    keras.Model.fit = fit


def _remove() -> None:
    """Take the patch away; where someone has patched on top of it, ours stays underneath and only passes on."""
    if not getattr(keras.Model.__dict__.get("fit"), "keras_magic", False):
        return
    if _before is None:
        del keras.Model.fit
    else:
        keras.Model.fit = _before
