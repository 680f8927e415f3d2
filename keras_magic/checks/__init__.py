"""One rule per file: facts in, hits out. Rules are discovered; there is no list of them."""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache

from keras_magic.rules import Rule, registered


@lru_cache(maxsize=1)
def all_rules() -> tuple[Rule, ...]:
    """Import every module of this package and return the rules, by code."""
    for module in pkgutil.walk_packages(__path__, __name__ + "."):
        importlib.import_module(module.name)
    return registered()


def explained_causes() -> dict[str, set[str]]:
    """Code of a check -> the causes that its finding explains."""
    return {rule.code: set(rule.explains) for rule in all_rules()}
