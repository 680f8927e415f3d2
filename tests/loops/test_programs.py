"""Ten loops: the fault of each is named by its check, and their healthy twins draw no error and no warning."""

from __future__ import annotations

import keras
import pytest

import keras_magic as km
from tests.loops import programs


def diagnosed(name: str, fault: bool) -> km.Report:
    keras.utils.set_random_seed(0)
    with km.watch(strict=True, seconds=0) as report:
        getattr(programs, name)(fault)
    ours = [note for d in report.diagnoses for note in d.facts.missing if not note.startswith("the data:")]
    assert ours == []
    return report


@pytest.mark.parametrize("name", programs.CODES)
def test_the_fault_is_named(name):
    report = diagnosed(name, fault=True)
    named = {f.rule for found in report.findings for f in (found, *found.symptoms)}
    assert programs.CODES[name] in named, report.findings
    assert all(view for view in (str(report), report.to_html(), report.to_json(), report.to_markdown()))


@pytest.mark.parametrize("name", programs.CODES)
def test_the_healthy_loop_draws_nothing(name):
    report = diagnosed(name, fault=False)
    assert report.diagnoses
    assert [f for f in report.findings if f.severity in ("error", "warning")] == []
    assert all(d.facts.loop.updates for d in report.diagnoses)
