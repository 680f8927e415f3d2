"""The engine: selection, thresholds, missing facts, crashing rules."""

from __future__ import annotations

import pytest

from keras_magic import engine
from keras_magic.checks import all_rules
from keras_magic.engine import judge
from keras_magic.errors import UsageError
from keras_magic.facts import Facts
from keras_magic.rules import Rule
from tests.cases import KM704
from tests.cases._facts import training


def bad_facts() -> Facts:
    return Facts(**KM704.bad())


def test_finds_and_says_what_was_skipped():
    judgement = judge(bad_facts(), strict=True)
    assert "KM704" in [f.rule for f in judgement.findings]
    assert judgement.skipped["KM801"].startswith("not measured: the data and the model")
    loops = {r.code for r in all_rules() if {"loop", "story"} & set(r.needs)}  # there was no loop, and one fit only
    assert set(judgement.seconds) | set(judgement.skipped) == {r.code for r in all_rules()} - loops


@pytest.mark.parametrize("selector", ["KM704", "KM7", "too-many-epochs", "epochs-too-many"])
def test_select_and_ignore(selector):
    assert [f.rule for f in judge(bad_facts(), select=[selector]).findings] == ["KM704"]
    assert "KM704" not in [f.rule for f in judge(bad_facts(), ignore=[selector]).findings]


def test_unknown_selector_and_threshold_say_so():
    with pytest.raises(UsageError, match="no check is called 'KM999'"):
        judge(Facts(), select=["KM999"])
    with pytest.raises(UsageError, match="no check is called 'nope'"):
        judge(Facts(), thresholds={"nope": {}})
    with pytest.raises(UsageError, match="KM704 has no threshold 'rice'; it has \\['patience', 'rise'\\]"):
        judge(Facts(), thresholds={"KM704": {"rice": 1}})


def test_threshold_is_used():
    assert judge(bad_facts(), select=["KM704"], thresholds={"too-many-epochs": {"rise": 1e9}}).findings == ()


def test_crashing_rule_becomes_a_visible_line(monkeypatch):
    def broken(training):
        raise ZeroDivisionError("by zero")

    rule = Rule("KM799", "broken", "batch-size", "warning", (), broken)
    monkeypatch.setattr(engine, "all_rules", lambda: (rule,))
    (finding,) = judge(Facts(training=training())).findings
    assert finding.rule == "KM901"
    assert "KM799 (broken) failed with ZeroDivisionError: by zero" in finding.message
    with pytest.raises(ZeroDivisionError):
        judge(Facts(training=training()), strict=True)


def test_every_finding_is_headed_by_what_it_found_where_its_cause_says_something_else():
    """One cause has several checks: rows that stand on both sides and a feature that is the answer are both leakage."""
    from dataclasses import replace

    from keras_magic.causes import CAUSES
    from keras_magic.checks import all_rules
    from keras_magic.engine import _stamp
    from keras_magic.findings import Hit

    rules = {r.code: r for r in all_rules()}
    answer = _stamp(rules["KM112"], Hit(message="x"), Facts())
    assert answer.title == answer.to_dict()["cause_title"] == "a feature gives the answer away"
    assert _stamp(rules["KM111"], Hit(message="x"), Facts()).title == CAUSES["data-leakage"].title
    assert _stamp(rules["KM112"], Hit(message="x", cause="outliers"), Facts()).title == CAUSES["outliers"].title
    assert replace(answer, headline="").title == CAUSES["data-leakage"].title
