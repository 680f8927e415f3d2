"""The ten loops as cells of a notebook in a real kernel: the first finding names the fault, and healthy ones draw none."""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from textwrap import dedent
from typing import Any

import nbformat
import pytest

from tests.loops import programs

ROOT = Path(__file__).parent.parent.parent
IMPORTS = """
%load_ext keras_magic
import json
import keras
import numpy as np
import tensorflow as tf
from tests.loops.programs import layers, mlp, ring
"""
#: The first finding where it is not that of `CODES`: the discriminator wins because the generator hardly moves.
FIRST = programs.CODES | {"gan_tape": "KM686"}
SHOW = """
loops = {d.facts.loop.name: d.facts.loop.updates for d in report.diagnoses}
found = [f for top in report.findings for f in (top, *top.symptoms)]
print(json.dumps([report.findings[0].rule if report.findings else None, [[f.rule, f.severity, f.message] for f in found], loops]))
"""


def cells(name: str, fault: bool) -> Iterator[str]:
    """A program as a user has it in a notebook: its settings, its loop at the top level, and what was found."""
    program = getattr(programs, name)
    lines = inspect.getsource(program).splitlines()
    settings = {p.name: p.default for p in inspect.signature(program).parameters.values()} | {"fault": fault}
    yield "keras.utils.set_random_seed(0)\n" + "\n".join(f"{key} = {value!r}" for key, value in settings.items())
    yield "%%diagnose -o report\n" + dedent("\n".join(lines[1:]))
    yield SHOW


def ran(fault: bool) -> Iterator[tuple[str, Any, Any]]:
    """(program, the outputs of its cell, what was found) for all in one kernel."""
    from nbclient import NotebookClient

    sources = {name: list(cells(name, fault)) for name in programs.CODES}
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in [IMPORTS, *chain(*sources.values())]])
    NotebookClient(book, timeout=300, kernel_name="python3").execute()
    for place, name in enumerate(sources):
        _, loop, shown = book.cells[1 + 3 * place : 4 + 3 * place]
        yield name, loop.outputs, json.loads(shown.outputs[-1].text)


@pytest.mark.slow
@pytest.mark.parametrize("fault", [True, False])
def test_ten_loops_in_a_kernel(fault, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    firsts, unnamed, loud = {}, [], {}
    for name, outputs, (first, findings, loops) in ran(fault):
        assert any("text/html" in output.get("data", {}) for output in outputs), name
        assert all(loops.values()) or fault, (name, loops)
        firsts[name] = first
        unnamed += [] if programs.CODES[name] in {rule for rule, _, _ in findings} else [name]
        loud[name] = [(rule, message) for rule, severity, message in findings if severity != "info"]
    if fault:
        assert (firsts, unnamed) == (FIRST, [])
    else:
        assert not any(loud.values()), loud
