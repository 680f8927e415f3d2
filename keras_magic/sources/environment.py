"""Versions and devices -> `EnvironmentFacts`."""

from __future__ import annotations

import contextlib
import platform
from importlib import metadata

from keras_magic.facts import EnvironmentFacts
from keras_magic.version import __version__


def collect_environment() -> EnvironmentFacts:
    """Versions of Python, Keras and its backend, the devices that the backend sees, and the default precision policy."""
    import keras

    backend = keras.backend.backend()
    return EnvironmentFacts(
        python=platform.python_version(),
        keras=keras.__version__,
        backend=backend,
        backend_version=_version(backend),
        keras_magic=__version__,
        devices=_devices(),
        precision=keras.config.dtype_policy().name,
    )


def _version(package: str) -> str:
    for name in (package, f"{package}-cpu"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            return metadata.version(name)
    return ""


def _devices() -> tuple[str, ...]:
    """Names such as "cpu:0"; empty where the backend cannot say."""
    import keras

    with contextlib.suppress(Exception):
        return tuple(keras.distribution.list_devices())
    return ()
