"""Every rule's fix is code that runs as pasted, or words that say what to change where."""

from __future__ import annotations

import ast
import importlib

import pytest

from keras_magic.checks import all_rules
from keras_magic.testing import run_rule
from tests.fixes.notebook import written
from tests.fixes.runs import classified
from tests.fixes.test_forms import FIXES
from tests.fixes.test_program import CASES

#: Kinds of fixes whose pasted code other tests run: here for data of every form, there after a training.
EXECUTED = (
    {fix.name for fix, _ in FIXES.values()}
    | {fix.name for _, applied in CASES.values() for fix in applied}
    | {"turn-callback", "set-monitor", "drop-callback", "new-model-per-fold"}  # test_callbacks, test_rerun
    | {"unfreeze"}  # test_program
    | {"set-input-shape", "compile"}  # test_raised
)

#: Kinds that have no runnable code, and why: only the user's own code can make the change.
IN_WORDS = {
    "in a training loop of the user's own": {
        "align-shapes", "apply-gradients", "average-gradients", "bound-the-loss", "clear-gradients", "clip-gradients",
        "from-logits", "give-all-variables", "own-update-per-network", "pass-training", "record-forward-pass", "reset-metric",
        "set-learning-rate", "store-before-replacing", "synchronise-target", "trace-once", "trainable-only", "unfreeze",
        "weaken-the-judge",
    },
    "in a loss, a layer or a train_step of the user's own": {
        "balance-divergence", "causal", "guard-logarithms", "guard-roots", "mean-loss", "normalize-each-feature", "set-value-range",
        "track-variables", "turn-mask",
    },
    "in the data as it was before the arrays that fit was given": {
        "adapt-lookup", "code-alike", "copy-rows", "encode-lookup", "fit-one-scaler", "move-targets", "order-codes",
        "prepare-alike", "repeat-data", "select-on-training-rows", "shift-targets", "shuffle-together", "split-before-windows",
        "split-by-group", "standardise-in-float64",
    },
}  # fmt: skip

RULES = {rule.code: rule for rule in all_rules()}


def fixes_of(code):
    hits = run_rule(code, **importlib.import_module(f"tests.cases.{code}").bad())
    return [hit.fix for hit in hits if hit.fix is not None]


@pytest.mark.parametrize("code", RULES)
def test_a_fix_runs_as_pasted_or_is_words(code):
    for fix in fixes_of(code):
        by_hand = fix.transform is None and fix.write is None
        assert fix.name in (set().union(*IN_WORDS.values()) if by_hand else EXECUTED), (code, fix.name)
        if by_hand:
            text = written(None if "loop" in RULES[code].needs else classified(), fix)
            assert ast.parse(text).body == [], text
            assert fix.title in text.splitlines()[0]


def test_no_kind_is_listed_that_no_rule_has():
    by_hand = {fix.name for code in RULES for fix in fixes_of(code) if fix.transform is None and fix.write is None}
    assert set().union(*IN_WORDS.values()) - by_hand <= {"own-update-per-network"}
