"""Every rule: its page, and its bad, good and near case in tests/cases/KMxxx.py."""

from __future__ import annotations

import importlib
from dataclasses import replace
from pathlib import Path

import pytest

from keras_magic.facts import HeadFacts, OptimizerFacts, OutcomeFacts, TargetFacts
from keras_magic.rules import FAMILIES, SECTIONS, all_rules
from keras_magic.testing import run_rule
from tests.cases._facts import FAILED, data, model, training
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
    network = net(dense("a", 8, 64), layer("BatchNormalization"), dense("out", 64, 1))
    network = replace(network, heads=(HeadFacts(name="y", layer="out", units=1, activation="linear", loss="mean_squared_error"),))
    target = TargetFacts(name="y", shape=(), dtype="float32", form="continuous", mean=0.0, std=10.0)
    found = run_rule(
        "KM309",
        model=network,
        training=training(history={"loss": (100.0, last_loss)}),
        outcome=OutcomeFacts(task="regression", train=0.1, validation=0.1, attainable=0.9),
        data=replace(data(), targets=(target,)),
    )
    assert len(found) == hits


@pytest.mark.parametrize(
    ("name", "rate", "hits"), [("Adadelta", 1e-3, 1), ("SGD", 0.01, 1), ("Adadelta", 1.0, 0), ("Adam", 1e-3, 0)]
)
def test_optimizers_are_known_by_the_names_that_keras_gives_them(name, rate, hits):
    facts = replace(model(), optimizer=OptimizerFacts(name=name, learning_rate=rate))
    assert len(run_rule("KM603", model=facts, training=training(), outcome=FAILED)) == hits


def test_a_target_in_thousands_is_unscaled_whatever_the_last_activation():
    target = TargetFacts(name="y", shape=(), dtype="float32", form="continuous", mean=5000.0, std=900.0)
    for activation in ("linear", "sigmoid", "softmax"):
        heads = (HeadFacts(name="y", layer="out", units=1, activation=activation, loss="mean_squared_error"),)
        found = run_rule("KM209", model=model(heads=heads), data=replace(data(), targets=(target,)), outcome=FAILED)
        assert len(found) == 1
