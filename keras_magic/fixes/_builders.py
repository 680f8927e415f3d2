"""What builders of fixes share: the change of a run and its code, whose heavy modules are imported when they are used."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any, TypedDict

from keras_magic.run import Run


class Applied(TypedDict):
    """Two arguments of `Fix`."""

    transform: Callable[[Run], Run]
    write: Callable[[Run], str]


def edits() -> ModuleType:
    """`fixes.edits`: what is done to models (Keras)."""
    from keras_magic.fixes import edits

    return edits


def layer_edits() -> ModuleType:
    """`fixes.layers`: what is done to the layers of models (Keras)."""
    from keras_magic.fixes import layers

    return layers


def callbacks() -> ModuleType:
    """`fixes.callbacks`: what is done to callbacks (Keras)."""
    from keras_magic.fixes import callbacks

    return callbacks


def changes() -> ModuleType:
    """`fixes.changes`: what is done to data by several recipes (numpy)."""
    from keras_magic.fixes import changes

    return changes


def rows() -> ModuleType:
    """`fixes.rows`: what is done to rows (numpy)."""
    from keras_magic.fixes import rows

    return rows


def of_inputs(plan: str, *settings: Any, only: str | None = None, ids: bool = False) -> Applied:
    """`transform` and `write` of a fix of the inputs.

    Args:
        plan: a function of `fixes.plans`, called with `settings`; only, ids: see `place.plan_inputs`.
    """

    def transform(run: Run) -> Run:
        from keras_magic.fixes import place, plans

        return place.change_inputs(run, getattr(plans, plan)(*settings), only, ids)

    def write(run: Run) -> str:
        from keras_magic.fixes import paste, plans

        return paste.inputs_code(run, getattr(plans, plan)(*settings), only, ids)

    return {"transform": transform, "write": write}


def of_targets(plan: str, *settings: Any) -> Applied:
    """`transform` and `write` of a fix of the targets, as `of_inputs`."""

    def transform(run: Run) -> Run:
        from keras_magic.fixes import place, plans

        return place.change_targets(run, getattr(plans, plan)(*settings))

    def write(run: Run) -> str:
        from keras_magic.fixes import paste, plans

        return paste.targets_code(run, getattr(plans, plan)(*settings))

    return {"transform": transform, "write": write}


def of(module: Callable[[], ModuleType], name: str, *settings: Any) -> Applied:
    """`transform` and `write` of a fix: the functions `name` and `name_code` of a module, called with the run and `settings`."""
    return {
        "transform": lambda run: getattr(module(), name)(run, *settings),
        "write": lambda run: getattr(module(), f"{name}_code")(run, *settings),
    }
