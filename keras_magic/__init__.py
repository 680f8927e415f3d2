"""keras_magic: why is my Keras network failing to learn?

>>> import keras_magic as km
>>> report = km.diagnose(model, x, y, epochs=10)   # trains as model.fit would, and says what is wrong
>>> print(report)

In a notebook: `%load_ext keras_magic`, then `%%diagnose` on the cell with `model.fit`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keras_magic.version import __version__

#: Where each public name lives; imported on first use, so that `%load_ext keras_magic` costs nothing.
_HOMES = {
    "diagnose": "api",
    "audit": "api",
    "watch": "api",
    "Watch": "api",
    "lr_find": "api",
    "explain": "api",
    "compare": "comparison",
    "Report": "report",
    "Run": "run",
    "Finding": "findings",
    "Fix": "findings",
    "KerasMagicError": "errors",
    "UsageError": "errors",
    "UnsupportedError": "errors",
}

__all__ = [
    "Finding",
    "Fix",
    "KerasMagicError",
    "Report",
    "Run",
    "UnsupportedError",
    "UsageError",
    "Watch",
    "__version__",
    "audit",
    "compare",
    "diagnose",
    "explain",
    "load_ipython_extension",
    "lr_find",
    "unload_ipython_extension",
    "watch",
]

if TYPE_CHECKING:
    from keras_magic.api import Watch, audit, diagnose, explain, lr_find, watch
    from keras_magic.comparison import compare
    from keras_magic.errors import KerasMagicError, UnsupportedError, UsageError
    from keras_magic.findings import Finding, Fix
    from keras_magic.report import Report
    from keras_magic.run import Run


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"keras_magic.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'keras_magic' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


def load_ipython_extension(ipython: Any) -> None:
    """Register the magics; called by `%load_ext keras_magic`."""
    from keras_magic.extension import load

    load(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """Remove the magics; called by `%unload_ext keras_magic`."""
    from keras_magic.extension import unload

    unload(ipython)
