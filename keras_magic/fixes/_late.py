"""The heavy modules behind the fixes, imported when a fix is applied and not when it is built."""

from __future__ import annotations

from types import ModuleType


def arrays() -> ModuleType:
    """`fixes.arrays`: what is done to data (numpy)."""
    from keras_magic.fixes import arrays

    return arrays


def models() -> ModuleType:
    """`fixes.models`: copies of models (Keras)."""
    from keras_magic.fixes import models

    return models


def edits() -> ModuleType:
    """`fixes.edits`: what is done to models (Keras)."""
    from keras_magic.fixes import edits

    return edits


def scripts() -> ModuleType:
    """`fixes.scripts`: what is done to data, as code (numpy)."""
    from keras_magic.fixes import scripts

    return scripts
