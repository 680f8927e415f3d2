"""A notebook in small: a cell that trains under watch, the code of a fix pasted after it, and the cell again."""

from __future__ import annotations

import contextlib
from typing import Any

import keras_magic as km
from keras_magic.findings import Finding, Fix, Severity
from keras_magic.fixes.written import with_code
from keras_magic.names import names_in, with_test_part
from keras_magic.run import Run


def written(run: Run, fix: Fix, **settings: Any) -> str:
    """The code of a fix as a report shows it."""
    finding = Finding(rule="KM000", name="any", cause="tool", severity=Severity.INFO, message="", fix=fix)
    (found,) = with_code([finding], run, **settings)
    return found.fix.code


class Notebook:
    """The user's variables, changed by each cell that runs.

    Args:
        cell: the cell that trains; fails: whether it may raise.
    """

    def __init__(self, cell: str, *, fails: bool = False, **variables: Any) -> None:
        self.cell, self.scope, self.code = cell, dict(variables), ""
        names = with_test_part(names_in(cell), self.scope)
        watched = km.watch(names=names, seconds=0, strict=True)
        with contextlib.suppress(Exception) if fails else contextlib.nullcontext(), watched as self.report:
            exec(cell, self.scope)
        self.run: Run = self.report.diagnoses[-1].run

    def write(self, fix: Fix) -> str:
        self.code = written(self.run, fix)
        return self.code

    def paste(self, fix: Fix) -> None:
        """Run the code of a fix in a new cell."""
        exec(compile(self.write(fix), "<pasted>", "exec"), self.scope)

    def rerun(self) -> Any:
        """Run the cell again; returns what is found now."""
        with km.watch(names=names_in(self.cell), seconds=0, strict=True) as again:
            exec(self.cell, self.scope)
        return again

    def value(self, expression: str) -> Any:
        return eval(expression, self.scope)
