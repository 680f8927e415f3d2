"""Every faulty program names a true cause among its first three findings, its repaired twin and healthy programs draw no error.

The programs written for the project's first users (numbers below 100) always run, the others are marked slow.
"""

from __future__ import annotations

import pytest

from tests.programs import ROOT, Case, load
from tests.programs.score import run_case

SECONDS = 40.0  # so that a busy machine changes no finding
LEFT_OUT = "was left out: it takes about"  # for lack of time, which is the machine's


def cases(kind: str) -> list:
    marks = {True: [], False: [pytest.mark.slow]}
    return [pytest.param(c, id=c.name, marks=marks[c.name[0] == "0"]) for c in load(kind)]


def assert_no_fault_of_ours(row: dict) -> None:
    assert row["crashed"] == []
    assert [m for m in row["missing"] if LEFT_OUT not in m] == []


@pytest.mark.parametrize("case", cases("faulty"))
def test_faulty_program_is_explained(case: Case):
    row = run_case(case, "build", seed=0, seconds=SECONDS)
    assert_no_fault_of_ours(row)
    assert case.truth & set(row["causes"][:3]), row["causes"]


@pytest.mark.parametrize("case", cases("faulty"))
def test_repaired_twin_draws_no_error(case: Case):
    row = run_case(case, "fixed", seed=0, seconds=SECONDS)
    assert_no_fault_of_ours(row)
    assert "error" not in row["severities"], row["causes"]


@pytest.mark.parametrize("case", cases("healthy"))
def test_healthy_program_draws_no_error(case: Case):
    row = run_case(case, "build", seed=0, seconds=SECONDS)
    assert_no_fault_of_ours(row)
    assert "error" not in row["severities"], row["causes"]
    assert row["severities"].count("warning") <= 1, row["causes"]


def test_the_index_lists_every_program():
    files = {(p.parent.name, p.stem) for kind in ("faulty", "healthy") for p in (ROOT / kind).glob("*.py")}
    listed = [(c.kind, c.name) for kind in ("faulty", "healthy") for held in (False, True) for c in load(kind, held_back=held)]
    assert files == set(listed)
    assert len(listed) == len(set(listed))
