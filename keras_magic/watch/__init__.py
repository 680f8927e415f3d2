"""Sees each `fit`: capture, callback, probes, snapshots that save and restore everything.

`keras_magic.watch` is the public function as well; importing this package would hide it, so calling the package calls it.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class _Watch(ModuleType):
    def __call__(self, **options: Any) -> Any:
        return import_module("keras_magic.api").watch(**options)


sys.modules[__name__].__class__ = _Watch
