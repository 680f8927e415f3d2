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
        trains: whether the code ends in a training: it has none after an audit or a look before training.
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
    """An example is whole code: it changes a variable of the user's, and reads nothing that is not defined by then."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    if any(isinstance(node, ast.Constant) and node.value in (..., "...") for node in ast.walk(tree)):
        return False
    users = {name for text in {**PARTS, **run.names}.values() for name in _names(ast.parse(text), ast.Load)}
    known, changed = users | {"keras", *dir(builtins)}, set()
    for statement in tree.body:
        targets = {name for target in getattr(statement, "targets", ()) for name in _names(target, ast.Store)}
        inner = _names(statement, ast.Store) - targets | {node.arg for node in ast.walk(statement) if isinstance(node, ast.arg)}
        if not _names(statement, ast.Load) <= known | inner:
            return False
        known |= targets | inner | _imported(statement) | {getattr(statement, "name", "")}
        changed |= {name for target in getattr(statement, "targets", ()) for name in _names(target, ast.expr_context)} & users
    return bool(changed)


def _names(tree: ast.AST, context: type[ast.expr_context]) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, context)}


def _imported(statement: ast.stmt) -> set[str]:
    aliases = statement.names if isinstance(statement, (ast.Import, ast.ImportFrom)) else []
    return {(alias.asname or alias.name).split(".")[0] for alias in aliases}
