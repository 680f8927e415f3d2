"""The code of the fixes in a report: whole and runnable, for the training that each belongs to.

*Copy*, *Insert below*, `%fix` and `report.findings[0].fix.code` are this one text. It is written when it is first asked for.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from keras_magic.errors import UnsupportedError
from keras_magic.findings import Finding, Fix
from keras_magic.fixes._words import in_words
from keras_magic.names import PARTS

if TYPE_CHECKING:
    from keras_magic.run import Run


def with_code(findings: Iterable[Finding], run: Run | None, *, trains: bool = True) -> tuple[Finding, ...]:
    """The findings with fixes whose code is written out for `run`.

    Args:
        run: None for a training loop of the user's own, whose changes all belong inside the loop: they are said in words.
        trains: whether the code ends in a training: it has none behind an audit or a look before training.
    """
    return tuple(
        replace(
            finding,
            fix=None if finding.fix is None else _Written.of(finding.fix, run, trains),
            symptoms=with_code(finding.symptoms, run, trains=trains),
        )
        for finding in findings
    )


class _Written(Fix):
    """A fix that writes its code for one run."""

    run: Run | None
    trains: bool
    given: Fix

    @classmethod
    def of(cls, fix: Fix, run: Run | None, trains: bool) -> _Written:
        made = object.__new__(cls)
        kept = {key: value for key, value in vars(fix).items() if key != "code"}  # `code` is computed
        vars(made).update(kept, given=getattr(fix, "given", fix), run=run, trains=trains)
        return made

    @property
    def example(self) -> str:
        return self.given.code

    @cached_property
    def code(self) -> str:  # type: ignore[override]
        """The whole code; in words what has to be changed by hand."""
        from keras_magic.fixes.program import program

        if self.run is None:
            return in_words(self.title, self.example)
        if self.transform is not None or self.write is not None:
            try:
                if self.transform is None and self.write is not None:
                    return self.write(self.run)
                return program(self.run, [self.given], trains=self.trains)
            except UnsupportedError as error:
                return in_words(self.title, self.example, str(error))
            except Exception:  # a model that cannot be copied, for example
                return in_words(self.title, self.example)
        return self.example if _runs(self.example, self.run) else in_words(self.title, self.example)


def _runs(text: str, run: Run) -> bool:
    """An example is whole code: it changes something, and uses nothing that neither it nor the user's training defines."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    nodes = list(ast.walk(tree))
    if any(isinstance(node, ast.Constant) and node.value in (..., "...") for node in nodes):
        return False
    names = [node for node in nodes if isinstance(node, ast.Name)]
    imported = {
        (alias.asname or alias.name).split(".")[0]
        for n in nodes
        if isinstance(n, (ast.Import, ast.ImportFrom))
        for alias in n.names
    }
    known = {node.id for node in names if isinstance(node.ctx, ast.Store)} | imported | {"keras", *dir(builtins)}
    users = {
        node.id for text in {**PARTS, **run.names}.values() for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)
    }
    changes = any(isinstance(node, (ast.Assign, ast.AugAssign)) for node in nodes)
    return changes and {node.id for node in names if isinstance(node.ctx, ast.Load)} <= known | users
