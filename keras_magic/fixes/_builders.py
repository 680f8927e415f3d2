"""What builders of fixes share: the change of a run and its code, whose heavy modules are imported when they are used."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypedDict

from keras_magic.run import Run

if TYPE_CHECKING:
    from keras_magic.fixes.draft import Draft


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


def of(module: Callable[[], ModuleType], name: str, *settings: Any) -> Applied:
    """`transform` and `write` of a fix: the function `name` of a module, called with a `Draft` and `settings`."""

    def draft(run: Run, writes: bool) -> Draft:
        from keras_magic.fixes.draft import Draft

        made = Draft(run, writes=writes)
        getattr(module(), name)(made, *settings)
        return made

    return {"transform": lambda run: draft(run, False).apart(), "write": lambda run: draft(run, True).code}


def of_inputs(plan: str, *settings: Any, only: str | None = None, ids: bool = False) -> Applied:
    """`transform` and `write` of a fix of the inputs.

    Args:
        plan: a function of `fixes.plans`, called with `settings`; only, ids: see `place.plan_inputs`.
    """
    return of(changes, "inputs", plan, settings, only, ids)


def of_targets(plan: str, *settings: Any) -> Applied:
    """`transform` and `write` of a fix of the targets, as `of_inputs`."""
    return of(changes, "targets", plan, *settings)
