"""A fix of data is one function of a `Draft`: its steps change the run in a trial, and write the code for the user."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from keras_magic.fixes import models
from keras_magic.fixes.paste import inputs_code, targets_code
from keras_magic.fixes.place import change_inputs, change_targets, keep_rows
from keras_magic.fixes.plans import Plan
from keras_magic.run import Run

if TYPE_CHECKING:
    from keras_magic.fixes.rows import Choice


class Draft:
    """A run that a fix changes step by step.

    Args:
        run: as it is given; writes: whether the code of each step is kept. The steps are then done only where `run` is asked for.
    """

    def __init__(self, run: Run, *, writes: bool = False) -> None:
        self._given, self._run, self._writes = run, run, writes
        self._steps: list[Callable[[Run], Run]] = []
        self._texts: list[str] = []

    @property
    def run(self) -> Run:
        """The run as it is changed so far."""
        while self._steps:
            self._run = self._steps.pop(0)(self._run)
        return self._run

    def apart(self) -> Run:
        """The changed run, with a model of its own."""
        return models.fresh(self.run) if self.run.model is self._given.model else self.run

    @property
    def code(self) -> str:
        """What the steps have written."""
        return "\n".join(self._texts)

    def step(self, change: Callable[[Run], Run], write: str | Callable[[Run], str] = "") -> None:
        """Change the run.

        Args:
            write: the code or what writes it; none for what can be read off the changed run.
        """
        if self._writes and write:
            self._texts.append(write if isinstance(write, str) else write(self.run))
        self._steps.append(change)
        if not self._writes:
            self._run = self.run

    def inputs(self, plan: Plan, only: str | None = None, ids: bool = False) -> None:
        """Change inputs as `plan` says; see `place.plan_inputs`."""
        self.step(lambda run: change_inputs(run, plan, only, ids), lambda run: inputs_code(run, plan, only, ids))

    def targets(self, plan: Plan) -> None:
        """Change targets as `plan` says."""
        self.step(lambda run: change_targets(run, plan), lambda run: targets_code(run, plan))

    def rows(self, choice: Choice) -> None:
        """Keep the chosen rows, in their order."""
        self.step(lambda run: keep_rows(run, choice.rows()), choice.code)

    def fit(self, **arguments: Any) -> None:
        """Give `fit` other arguments."""
        self.step(lambda run: run.with_fit(**arguments))
