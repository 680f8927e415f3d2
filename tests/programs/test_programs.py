"""Every faulty program names a true cause among its first three findings; healthy programs and repaired ones draw no error.

The programs written for the project's first users (numbers below 100) always run, the others are marked slow; the repaired forms
of these are left to the scoreboard (`tests.programs.score`). Threads make each training another draw, and a training on the edge
may fail in another way in one of them: a program has two. The scoreboard counts single draws.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.programs import ROOT, Case, load
from tests.programs.score import run_case

SECONDS = 40.0  # so that a busy machine changes no finding
LEFT_OUT = "was left out: it takes about"  # for lack of time, which is the machine's


def is_first(case: Case) -> bool:
    return case.name[0] == "0"


def cases(kind: str) -> list:
    return [pytest.param(c, id=c.name, marks=[] if is_first(c) else [pytest.mark.slow]) for c in load(kind)]


def assert_some_draw(case: Case, which: str, holds: Callable[[dict], bool]) -> None:
    """What is expected holds in one of two draws, and none shows a fault of ours."""
    found = []
    for seed in range(2):
        row = run_case(case, which, seed=seed, seconds=SECONDS)
        assert row["crashed"] == []
        assert [m for m in row["missing"] if LEFT_OUT not in m] == []
        if holds(row):
            return
        found.append(list(zip(row["severities"], row["causes"], strict=True)))
    pytest.fail(f"in no draw as expected: {found}")


@pytest.mark.parametrize("case", cases("faulty"))
def test_faulty_program_is_explained(case: Case):
    assert_some_draw(case, "build", lambda row: bool(case.truth & set(row["causes"][:3])))


@pytest.mark.parametrize("case", filter(is_first, load("faulty")), ids=lambda c: c.name)
def test_repaired_program_draws_no_error(case: Case):
    assert_some_draw(case, "fixed", lambda row: "error" not in row["severities"])


@pytest.mark.parametrize("case", cases("healthy"))
def test_healthy_program_draws_no_error(case: Case):
    assert_some_draw(case, "build", lambda row: "error" not in row["severities"] and row["severities"].count("warning") <= 1)


def test_the_index_lists_every_program():
    files = {(p.parent.name, p.stem) for kind in ("faulty", "healthy") for p in (ROOT / kind).glob("*.py")}
    listed = [(c.kind, c.name) for kind in ("faulty", "healthy") for held in (False, True) for c in load(kind, held_back=held)]
    assert files == set(listed)
    assert len(listed) == len(set(listed))
