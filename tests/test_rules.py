"""Every rule: its page, and its bad, good and near case in tests/cases/KMxxx.py."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from keras_magic.rules import FAMILIES, SECTIONS, all_rules
from keras_magic.testing import run_rule

CODES = [r.code for r in all_rules()]


def case(code: str):
    return importlib.import_module(f"tests.cases.{code}")


@pytest.mark.parametrize("code", CODES)
def test_bad_case_hits(code):
    hits = run_rule(code, **case(code).bad())
    assert hits, f"{code} does not see its bad case"
    assert all(h.message and 0 <= h.confidence <= 1 for h in hits)


@pytest.mark.parametrize("kind", ["good", "near"])
@pytest.mark.parametrize("code", CODES)
def test_good_and_near_cases_are_silent(code, kind):
    assert run_rule(code, **getattr(case(code), kind)()) == []


@pytest.mark.parametrize("rule", all_rules(), ids=CODES)
def test_page_is_complete(rule):
    assert set(rule.page) == set(SECTIONS)
    assert all(rule.page.values())
    assert rule.family in FAMILIES


def test_every_case_has_a_rule():
    files = {p.stem for p in (Path(__file__).parent / "cases").glob("KM*.py")}
    assert files == set(CODES)
