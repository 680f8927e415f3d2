"""The code of a repair runs as pasted, in the names that a notebook has, and the network then learns."""

from __future__ import annotations

import contextlib

import pytest

import keras_magic as km
from keras_magic.names import names_in
from tests.programs import load

#: Developed programs of many kinds: arrays, frames, dicts, pipelines, functional and sequential models.
PROGRAMS = ["301", "303", "305", "308", "310", "316", "318", "319"]


def notebook_of(program):
    """(the cell that trains, the names that it uses) for a program."""
    scope, words = {"net": program["model"], "X": program["x"], "t": program["y"]}, ["X"] + ["t"] * (program["y"] is not None)
    for key, value in {**program["fit"], "verbose": 0}.items():
        if key == "validation_data" and isinstance(value, tuple):
            scope.update(X_held=value[0], t_held=value[1])
            words.append("validation_data=(X_held, t_held)")
        else:
            scope[f"my_{key}"] = value
            words.append(f"{key}=my_{key}")
    return f"net.fit({', '.join(words)})", scope


@pytest.mark.slow
@pytest.mark.parametrize("number", PROGRAMS)
def test_pasted_code_learns(number):
    (case,) = [c for c in load("faulty") if c.name.startswith(number)]
    cell, scope = notebook_of(case.build(0))
    with contextlib.suppress(Exception), km.watch(names=names_in(cell), strict=True) as report:  # some cannot even start
        exec(cell, scope)
    repaired = report.repair(seconds=60)
    assert repaired.kept, repaired.verdict
    exec(compile(repaired.code, "<pasted>", "exec"), scope)
    assert case.good(scope["net"].history, scope["net"], scope["X"], scope["t"]), repaired.code
