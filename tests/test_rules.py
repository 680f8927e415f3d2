"""Every rule: its page, and its bad, good and near case in tests/cases/KMxxx.py."""

from __future__ import annotations

import importlib
from dataclasses import replace
from pathlib import Path

import pytest

from keras_magic.facts import HeadFacts, OutcomeFacts, TargetFacts
from keras_magic.rules import FAMILIES, SECTIONS, all_rules
from keras_magic.testing import run_rule
from tests.cases._facts import data, training
from tests.cases._nets import dense, layer, net

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


@pytest.mark.parametrize(("last_loss", "hits"), [(4.0, 1), (90.0, 0)])
def test_a_regression_that_predicts_otherwise_than_it_trains_is_seen(last_loss, hits):
    """A squared error of 4 on targets of variance 100 says R² 0.96; predictions on the same rows have 0.1."""
    model = net(dense("a", 8, 64), layer("BatchNormalization"), dense("out", 64, 1))
    model = replace(model, heads=(HeadFacts(name="y", layer="out", units=1, activation="linear", loss="mean_squared_error"),))
    target = TargetFacts(name="y", shape=(), dtype="float32", form="continuous", mean=0.0, std=10.0)
    found = run_rule(
        "KM309",
        model=model,
        training=training(history={"loss": (100.0, last_loss)}),
        outcome=OutcomeFacts(task="regression", train=0.1, validation=0.1, attainable=0.9),
        data=replace(data(), targets=(target,)),
    )
    assert len(found) == hits
