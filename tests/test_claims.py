"""No sentence that its own numbers or other facts contradict, over every check and over facts that hypothesis draws."""

from __future__ import annotations

import importlib
import math
import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keras_magic.assessment import skill_of
from keras_magic.checks import all_rules
from keras_magic.claims import consistent, contradiction, withheld
from keras_magic.diagnosis.options import Options
from keras_magic.engine import judge
from keras_magic.facts import (
    DataFacts,
    Facts,
    NonfiniteEvent,
    OptimizerFacts,
    OutcomeFacts,
    RateFacts,
    TrainingFacts,
    TrialFacts,
    TrialResult,
)
from keras_magic.findings import Claim, Evidence, Finding, Severity
from keras_magic.verdict import verdict
from tests.cases._facts import FAILED, LEARNED, data, model, rate, series, training

HINT, PLAUSIBLE, STRONG, _, _ = Evidence

FELL = Facts(data=data(), model=model(), training=training(), outcome=FAILED)
FLAT = replace(FELL, training=training(history={"loss": (2.3, 2.3, 2.3)}, losses=(2.3,) * 200))
NAN = float("nan")


def finding(cause: str, *claims: Claim, level: Evidence = PLAUSIBLE) -> Finding:
    return Finding(rule="KM999", name=cause, cause=cause, severity=Severity.ERROR, message=cause, level=level, claims=claims)


# ---------------------------------------------------------------- one claim


@pytest.mark.parametrize(
    ("claim", "facts", "stands"),
    [
        (Claim("loss", "falling", (2.319, 0.4)), FELL, True),
        (Claim("loss", "falling", (2.319, 13.21)), FELL, False),
        (Claim("loss", "rising", (2.3, 0.4)), FELL, False),
        (Claim("learning rate", "none helps"), FLAT, True),
        (Claim("learning rate", "none helps"), FELL, False),
        (Claim("learning rate", "none helps"), replace(FLAT, rate=replace(rate(1e-3, learns=False), lowers_loss=True)), False),
        (Claim("learning rate", "too low"), replace(FELL, rate=rate(1e-5)), True),
        (Claim("learning rate", "too low"), replace(FELL, rate=rate(1e-3)), False),
        (Claim("learning rate", "too low"), replace(FELL, training=training(history={"loss": (1.0, NAN)})), False),
        (Claim("learning rate", "too high"), replace(FELL, rate=rate(1e-3)), False),
        (
            Claim("learning rate", "too high"),
            replace(FELL, training=training(nonfinite=NonfiniteEvent(step=1, kind="loss"))),
            False,
        ),
        (Claim("batch", "noisy"), FELL, True),
        (Claim("batch", "noisy"), replace(FELL, training=training(steps_per_epoch=1)), False),
        (Claim("batch", "noisy"), replace(FELL, data=data(rows=32)), False),
        (Claim("batch", "noisy"), replace(FELL, training=training(noise_scale=2e-5)), False),
        (Claim("updates", "counted", (1000,)), FELL, True),
        (Claim("updates", "counted", (57,)), FELL, False),
        (Claim("updates", "counted", (0,)), replace(FELL, training=training(steps_done=0)), False),
        (Claim("network", "too small"), FELL, True),
        (Claim("network", "too small"), replace(FELL, outcome=LEARNED), False),
        (Claim("network", "too small"), replace(FELL, training=training(layers=(series("dense", dead=(0.1, 0.95)),))), False),
        (Claim("something", "else"), FELL, True),
    ],
)
def test_a_claim_stands_unless_a_fact_contradicts_it(claim, facts, stands):
    assert (contradiction(claim, facts) == "") is stands


def test_a_learning_rate_that_fades_is_not_too_low():
    fading = training(learning_rates=tuple(0.01 * 0.1**k for k in range(20)))
    slow = replace(model(), optimizer=OptimizerFacts(name="Adam", learning_rate=0.01, peak=0.01, schedule="ExponentialDecay"))
    facts = Facts(training=fading, model=slow, outcome=FAILED, rate=rate(1e-5))
    judgement = judge(facts, strict=True)
    assert "KM605" in [f.rule for f in judgement.findings]
    assert "fades" in judgement.skipped["KM602"]
    spike = training(learning_rates=(1e-4, 1.0, 0.01))
    assert "KM605" not in [f.rule for f in judge(replace(facts, training=spike), strict=True).findings], "a spike is no fading"


def test_units_behind_nan_are_not_told_to_be_dead():
    dead = training(layers=(series("dense", dead=(1.0, 1.0, 1.0)),), initial_loss=0.7)
    assert "KM551" in [f.rule for f in judge(replace(FELL, training=dead), strict=True).findings]
    spoilt = replace(dead, nonfinite=NonfiniteEvent(step=1, kind="activation", layer="log"))
    assert "KM551" not in [f.rule for f in judge(replace(FELL, training=spoilt), strict=True).findings]


# ---------------------------------------------------------------- between findings


def test_of_two_that_exclude_each_other_the_better_founded_stays():
    low = finding("learning-rate-too-low", Claim("learning rate", "too low"), level=PLAUSIBLE)
    high = finding("learning-rate-too-high", Claim("learning rate", "too high"), level=STRONG)
    small = finding("capacity-too-small", Claim("network", "too small"))
    assert consistent([low, high, small], FELL) == [high, small]


def test_no_rate_helps_is_not_said_beside_one_that_is_blamed_or_that_helped():
    helpless = finding("tool", Claim("learning rate", "none helps"), level=HINT)
    high = finding("learning-rate-too-high", Claim("learning rate", "too high"))
    assert consistent([helpless], FLAT) == [helpless]
    assert consistent([helpless, high], FLAT) == [high]
    helped = TrialResult(name="set-learning-rate", cause="learning-rate-too-low", before=0.0, after=0.67, gain=0.67)
    assert consistent([helpless], replace(FLAT, trials=TrialFacts(results=(helped,)))) == []


# ---------------------------------------------------------------- every finding of every check

NUMBERS = r"-?\d[\d,]*\.?\d*(?:e[+-]?\d+)?"
IMPOSSIBLE = [
    (rf"still falling \(({NUMBERS}) to ({NUMBERS})\)", lambda a, b: b < a),
    (rf"falls from ({NUMBERS}) to ({NUMBERS})", lambda a, b: b < a),
    (rf"(?:rises|risen) from ({NUMBERS}) to ({NUMBERS})", lambda a, b: b > a),
    (rf"starts at ({NUMBERS}) and reaches ({NUMBERS})", lambda a, b: a != b),
    (rf"val_loss ({NUMBERS})\) and has risen to ({NUMBERS})", lambda a, b: b > a),
]


def assert_true_to_its_numbers(message: str) -> None:
    for pattern, holds in IMPOSSIBLE:
        for a, b in re.findall(pattern, message):
            assert holds(float(a.replace(",", "")), float(b.replace(",", ""))), message
    assert not re.search(r"(?<![\w.])-?0(?:\.0+)? times|-Class|Class -\d", message), message


def assert_consistent(findings, facts: Facts, told: str) -> None:
    everything = [g for f in findings for g in (f, *f.symptoms)]
    for f in everything:
        assert_true_to_its_numbers(f.message)
    claims = {(c.what, c.says) for f in everything for c in f.claims}
    for what in ("learning rate", "network", "batch", "epochs"):
        for one, other in (("too low", "too high"), ("too small", "too large"), ("too few", "too many")):
            assert not {(what, one), (what, other)} <= claims
    if ("learning rate", "none helps") in claims:
        assert not {("learning rate", "too low"), ("learning rate", "too high"), ("loss", "falling")} & claims
    for f in findings:
        assert withheld(f.claims, facts) == ""
        if f.needs_proof and f.severity is not Severity.INFO:
            results = facts.trials.results if facts.trials else ()
            assert any((r.gain or 0.0) > 0 for r in results), f"{f.rule} without a trial that helped"
    losses = facts.training.history.get("loss", ()) if facts.training else ()
    if any(not math.isfinite(v) for v in losses):
        assert "NaN" in told
        assert "right" not in told
    if skill_of(facts.outcome) is None:
        assert "Healthy" not in told
        assert "It trains" not in told


@pytest.mark.parametrize("kind", ["bad", "good", "near"])
@pytest.mark.parametrize("code", [r.code for r in all_rules()])
def test_every_check_and_all_others_on_its_facts_say_what_can_be_true(code, kind):
    known = {n: v for n, v in getattr(importlib.import_module(f"tests.cases.{code}"), kind)().items() if n != "names"}
    facts = Facts(**{n: v for n, v in known.items() if n in Facts.__dataclass_fields__})
    findings = Options(strict=True).conclude(facts)
    assert_consistent(findings, facts, verdict("fit", facts, findings))


loss_values = st.floats(1e-3, 1e4) | st.sampled_from([NAN, math.inf, 2.3, 0.0])
curves = st.lists(loss_values, min_size=1, max_size=12).map(tuple)
rates = st.floats(-7, 1).map(lambda e: 10.0**e)
skills = st.none() | st.floats(-1, 1)


@st.composite
def trainings(draw) -> TrainingFacts:
    loss = draw(curves)
    size = draw(st.sampled_from([1, 2, 4, 32, 150, 1600]))
    per_epoch = max(1, 1600 // size)
    norms = st.lists(st.floats(0, 1e13) | st.just(NAN), min_size=4, max_size=4).map(tuple)
    dead = draw(st.sampled_from([(0.0, 0.1, 0.1), (0.9, 1.0, 1.0), (0.1, 0.5, 0.95)]))
    layers = tuple(series(f"dense_{k}", gradient_norm=draw(norms), dead=dead) for k in range(3))
    event = draw(
        st.none()
        | st.builds(
            NonfiniteEvent,
            step=st.sampled_from([1, 2, 70]),
            kind=st.sampled_from(["activation", "loss", "gradient", "weight"]),
            layer=st.sampled_from([None, "dense_1"]),
        )
    )
    done = len(loss)
    validated = draw(st.booleans())
    val = draw(st.lists(loss_values, min_size=done, max_size=done).map(tuple)) if validated else ()
    return training(
        epochs_asked=done,
        epochs_done=done,
        steps_done=draw(st.sampled_from([0, done * per_epoch])),
        steps_per_epoch=per_epoch,
        batch_size=size,
        history={"loss": loss, **({"val_loss": val} if validated else {})},
        losses=tuple(draw(st.lists(loss_values, min_size=12, max_size=12))),
        loss_steps=tuple(range(1, 13)),
        initial_loss=loss[0],
        layers=layers,
        nonfinite=event,
        noise_scale=draw(st.none() | st.floats(1e-5, 1e4)),
        learning_rates=tuple(draw(st.lists(rates, min_size=done, max_size=done))),
        callbacks=draw(st.sampled_from([(), ("ReduceLROnPlateau",), ("EarlyStopping",)])),
    )


@st.composite
def all_facts(draw) -> Facts:
    low = draw(rates)
    high = low * draw(st.floats(1, 100))
    measured = st.builds(
        RateFacts,
        current=rates,
        suggestion=st.just((low * high) ** 0.5),
        low=st.just(low),
        high=st.just(high),
        gain=st.floats(-1, 1),
        learns=st.booleans(),
        lowers_loss=st.none() | st.booleans(),
    )
    outcome = st.builds(
        OutcomeFacts,
        task=st.sampled_from(["multiclass", "binary", "regression", "unknown"]),
        train=skills,
        validation=skills,
        attainable=skills,
        accuracy=st.sampled_from([{}, {"train": 0.5, "validation": 0.55, "majority": 0.5}]),
        nonfinite=st.sampled_from([0.0, 0.0, 0.12]),
    )
    return Facts(
        data=DataFacts(kind="arrays", rows=draw(st.sampled_from([4, 150, 1600])), rows_seen=1600),
        model=model(rate=draw(rates), optimizer=draw(st.sampled_from(["adam", "sgd"]))),
        training=draw(trainings()),
        outcome=draw(st.none() | outcome),
        rate=draw(st.none() | measured),
    )


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(all_facts())
def test_nothing_is_said_that_drawn_facts_contradict(facts):
    findings = Options(strict=True).conclude(facts)
    assert_consistent(findings, facts, verdict("fit", facts, findings))
