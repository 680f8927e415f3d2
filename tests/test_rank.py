"""The order of findings: certain before likely, cause before symptom, proven before supposed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keras_magic.diagnosis.rank import rank
from keras_magic.diagnosis.revealed import reveal
from keras_magic.facts import Facts, OutcomeFacts, TrialFacts, TrialResult
from keras_magic.findings import Claim, Evidence, Finding, Fix, Severity
from tests.cases._facts import FAILED, LEARNED, training

HINT, PLAUSIBLE, STRONG, MEASURED, CONTRADICTION = Evidence


def finding(cause, level=PLAUSIBLE, severity="error", rule="KM999", fix=None):
    return Finding(
        rule=rule,
        name=cause,
        cause=cause,
        severity=Severity(severity),
        message=cause,
        level=level,
        fix=fix and a_fix(fix),
    )


def a_fix(name):
    return Fix(name=name, title=name, code="pass", transform=lambda run: run)


def trial(name, cause, before, after):
    return TrialResult(name=name, cause=cause, before=before, after=after, gain=after - before, steps=100)


def causes(findings, **facts):
    return [f.cause for f in rank(findings, Facts(**{"outcome": FAILED, **facts}))]


def test_too_small_is_not_said_of_a_network_that_learned_nothing():
    small = replace(finding("capacity-too-small", PLAUSIBLE, fix="widen"), claims=(Claim("network", "too small"),))
    nothing = OutcomeFacts(task="binary", train=0.0, validation=0.0, attainable=0.9)
    assert causes([small], outcome=nothing) == []
    assert causes([small], outcome=replace(nothing, train=0.3)) == ["capacity-too-small"]
    proven = TrialFacts(results=(trial("widen", "capacity-too-small", 0.0, 0.9),))
    assert causes([small], outcome=nothing, trials=proven) == ["capacity-too-small"]


def test_an_unproven_rate_is_folded_under_the_cause_that_explains_it():
    """KM310 (frozen, random weights) and KM209 (unscaled targets) explain a rate that seems too low."""
    low = finding("learning-rate-too-low", STRONG, rule="KM602", fix="rate")
    for rule, cause in (("KM310", "frozen-weights"), ("KM209", "target-not-scaled")):
        (owner,) = rank([low, finding(cause, STRONG, rule=rule)], Facts(outcome=FAILED))
        assert [s.rule for s in owner.symptoms] == ["KM602"]
    proven = TrialFacts(results=(trial("rate", "learning-rate-too-low", 0.1, 0.8),))
    assert len(rank([low, finding("target-not-scaled", CONTRADICTION, rule="KM209")], Facts(outcome=FAILED, trials=proven))) == 2


def test_few_and_rare_rows_beside_an_earlier_error_are_worth_knowing():
    """Whatever makes a network fail makes it miss a rare class."""
    rare, axes = finding("class-imbalance", STRONG, fix="weigh"), finding("input-shape", STRONG)
    trained = Facts(outcome=FAILED, training=training())

    def severities(*findings, facts=trained):
        return [(f.cause, f.severity) for f in rank(findings, facts)]

    assert severities(rare, axes) == [("input-shape", Severity.ERROR), ("class-imbalance", Severity.INFO)]
    assert severities(rare) == [("class-imbalance", Severity.ERROR)]
    unsure = (replace(axes, severity=Severity.WARNING), replace(axes, level=PLAUSIBLE))
    assert all(("class-imbalance", Severity.ERROR) in severities(rare, other) for other in unsure)
    proven = TrialFacts(results=(trial("weigh", "class-imbalance", 0.0, 0.9),))
    assert ("class-imbalance", Severity.ERROR) in severities(rare, axes, facts=replace(trained, trials=proven))
    assert ("class-imbalance", Severity.ERROR) in severities(rare, axes, facts=Facts(outcome=FAILED)), "of the data alone"


def test_few_rows_are_folded_under_features_that_were_chosen_with_all_rows():
    """KM132 explains that so few rows seem enough in validation, or too few in training."""
    chosen, few = finding("data-leakage", MEASURED, "warning", rule="KM132"), finding("too-little-data", STRONG)
    (owner,) = rank([chosen, few], Facts(outcome=FAILED, training=training()))
    assert [s.cause for s in owner.symptoms] == ["too-little-data"]
    assert len(rank([replace(chosen, level=STRONG), few], Facts(outcome=FAILED, training=training()))) == 2


def test_a_metric_that_hides_a_failure_does_not_come_before_an_error():
    unscaled, hidden = finding("input-not-scaled", STRONG), finding("metric-mismatch", MEASURED, "info")
    assert causes([hidden, unscaled]) == ["input-not-scaled", "metric-mismatch"]


def test_one_remedy_of_one_check_is_listed_once():
    first = finding("output-activation", CONTRADICTION, rule="KM407", fix="sigmoid")
    second = replace(finding("loss-mismatch", MEASURED, rule="KM407"), fix=first.fix)
    (kept,) = rank([first, second], Facts(outcome=FAILED))
    assert [s.cause for s in kept.symptoms] == ["loss-mismatch"]


def test_numbers_of_a_copy_are_said_to_be_of_the_copy():
    certain, behind = finding("label-encoding", CONTRADICTION, fix="labels"), Facts(outcome=FAILED)
    differ = replace(finding("batchnorm", MEASURED, rule="KM309"), message="Training reports 0.9, predictions reach 0.5.")
    ranked = rank([certain], Facts(outcome=FAILED))
    assert "on the copy" in reveal(ranked, [differ], behind, Facts(outcome=FAILED))[1].message
    seen = rank([certain, differ], Facts(outcome=FAILED))
    assert "on the copy" not in reveal(seen, [differ], behind, Facts(outcome=FAILED))[1].message


def test_exact_contradiction_comes_first_and_says_why():
    ranked = rank([finding("learning-rate-too-high", MEASURED), finding("output-activation", CONTRADICTION)], Facts(outcome=FAILED))
    assert [f.cause for f in ranked] == ["output-activation", "learning-rate-too-high"]
    assert "it needs no trial" in ranked[0].because


def test_causal_order_breaks_ties():
    assert causes([finding("dead-relu"), finding("learning-rate-too-high"), finding("input-not-scaled")]) == [
        "input-not-scaled",
        "learning-rate-too-high",
        "dead-relu",
    ]


def test_unproven_guess_is_dropped_and_proven_guess_leads():
    guess, likely = finding("capacity-too-small", HINT, "warning", fix="widen"), finding("dead-relu", PLAUSIBLE)
    assert causes([guess, finding("dead-relu", STRONG)]) == ["dead-relu"]
    mentioned = rank([guess, likely], Facts(outcome=FAILED))  # little is known: the guess is worth a word, at the end
    assert [(f.cause, str(f.severity)) for f in mentioned] == [("dead-relu", "error"), ("capacity-too-small", "info")]
    proven = TrialFacts(results=(trial("widen", "capacity-too-small", 0.1, 0.9),))
    ranked = rank([guess, likely], Facts(outcome=FAILED, trials=proven))
    assert [f.cause for f in ranked] == ["capacity-too-small", "dead-relu"]
    assert ranked[0].severity is Severity.ERROR
    assert "from 0.10 to 0.90" in ranked[0].because


def test_a_fix_that_does_not_help_loses_weight():
    helpless = finding("optimizer", PLAUSIBLE, fix="adam")
    trials = TrialFacts(results=(trial("adam", "optimizer", 0.1, 0.1),))
    assert causes([helpless, finding("dead-relu", PLAUSIBLE)], trials=trials) == ["dead-relu", "optimizer"]


def test_network_that_learned_gets_no_error():
    ranked = rank([finding("weight-init", PLAUSIBLE), finding("loss-mismatch", CONTRADICTION)], Facts(outcome=LEARNED))
    assert [str(f.severity) for f in ranked if f.cause == "loss-mismatch"] == ["warning"]
    assert not any(f.severity is Severity.ERROR for f in ranked)


def test_one_cause_is_one_finding():
    (kept,) = rank([finding("outliers", STRONG, rule="KM210"), finding("outliers", PLAUSIBLE, rule="KM211")], Facts(outcome=FAILED))
    assert kept.rule == "KM210"
    assert [s.rule for s in kept.symptoms] == ["KM211"]


@pytest.mark.parametrize("shuffle", [False, True])
def test_order_does_not_depend_on_the_order_of_rules(shuffle):
    items = [finding("outliers", PLAUSIBLE), finding("optimizer", PLAUSIBLE), finding("dropout", PLAUSIBLE)]
    assert causes(items[::-1] if shuffle else items) == ["outliers", "dropout", "optimizer"]


def test_later_causes_are_doubted_where_one_fix_alone_let_a_copy_learn():
    """Doubted, not dropped: a rate that is wrong for the broken network may be right for the repaired one."""
    found = [finding("hidden-activation", STRONG, fix="relu"), finding("learning-rate-too-low", STRONG, fix="faster")]
    solved = TrialFacts(results=(trial("relu", "hidden-activation", 0.1, 0.9),))
    ranked = rank(found, Facts(outcome=FAILED, trials=solved))
    assert [(f.cause, str(f.severity)) for f in ranked] == [("hidden-activation", "error"), ("learning-rate-too-low", "info")]
    assert "a copy learned" in ranked[1].because
    both = TrialFacts(results=(*solved.results, trial("faster", "learning-rate-too-low", 0.1, 0.9)))
    assert all(f.severity == "error" for f in rank(found, Facts(outcome=FAILED, trials=both)))


def test_a_trial_speaks_for_every_finding_with_its_fix():
    dead, start = finding("dead-relu", STRONG, fix="restart"), finding("weight-init", STRONG, fix="restart")
    tried = TrialFacts(results=(replace(trial("restart", "weight-init", 0.0, 0.9), title="restart"),))
    assert [f.level for f in rank([dead, start], Facts(outcome=FAILED, trials=tried))] == [MEASURED, MEASURED]


def test_a_fix_that_needed_another_says_so():
    tried = TrialFacts(results=(replace(trial("one", "loss-mismatch", 0.0, 0.9), beside="Set the learning rate to 0.3"),))
    found = [
        finding("loss-mismatch", PLAUSIBLE, fix="one"),
        finding("learning-rate-too-low", PLAUSIBLE, fix="Set the learning rate to 0.3"),
    ]
    first, second = rank(found, Facts(outcome=FAILED, trials=tried))
    assert 'with this fix and "Set the learning rate to 0.3"' in first.because
    assert first.fix.title == "one; then set the learning rate to 0.3"
    assert second.fix.title == "Set the learning rate to 0.3"


def test_weak_evidence_beside_an_exact_contradiction_is_worth_knowing_at_most():
    found = rank(
        [finding("output-activation", CONTRADICTION), finding("capacity-too-small", PLAUSIBLE, "warning")], Facts(outcome=FAILED)
    )
    assert [(f.cause, str(f.severity)) for f in found] == [("output-activation", "error"), ("capacity-too-small", "info")]


def test_what_speaks_for_a_symptom_speaks_for_the_cause_with_the_same_remedy():
    found = [finding("vanishing-gradient", STRONG, fix="relu"), finding("hidden-activation", PLAUSIBLE, "warning", fix="relu")]
    first, second = rank(found, Facts(outcome=FAILED))
    assert (first.cause, first.severity, first.level) == ("hidden-activation", "error", STRONG)
    assert second.cause == "vanishing-gradient"
    others = [finding("vanishing-gradient", STRONG, fix="relu"), finding("hidden-activation", PLAUSIBLE, fix="tanh")]
    assert causes(others)[0] == "vanishing-gradient"


def test_a_consequence_whose_own_fix_helped_comes_behind_the_cause_that_explains_it():
    """Clipping lets a copy go on with numbers of 1e6, and the numbers are the root cause."""
    data = [finding("input-not-scaled", STRONG, rule="KM203"), finding("target-not-scaled", STRONG, rule="KM209")]
    exploded = finding("exploding-gradient", PLAUSIBLE, rule="KM553", fix="clip")
    helped = TrialFacts(results=(trial("clip", "exploding-gradient", 0.0, 0.9),))
    assert causes([exploded, *data], trials=helped) == ["input-not-scaled", "target-not-scaled", "exploding-gradient"]
    assert causes([exploded, finding("input-not-scaled", PLAUSIBLE, rule="KM203")], trials=helped)[0] == "exploding-gradient"


def test_a_copy_that_stays_nan_tells_nothing_of_one_of_two_causes():
    x, y = (finding(c, STRONG, rule=r, fix=c) for c, r in (("input-not-scaled", "KM203"), ("target-not-scaled", "KM209")))
    exploded = finding("exploding-gradient", PLAUSIBLE, rule="KM553", fix="clip")
    results = [trial(f.fix.name, f.cause, -1.0, after) for f, after in ((x, -1.0), (y, -1.0), (exploded, 0.9))]
    found = causes([exploded, x, y], trials=TrialFacts(results=tuple(results)))
    assert found == ["input-not-scaled", "target-not-scaled", "exploding-gradient"]


def test_what_simple_models_reach_on_pictures_is_no_measure_of_success():
    """They see flat rows: a network for images that is as good as they are may still have a fault."""
    from keras_magic.assessment import has_learned, is_failing

    table = OutcomeFacts(task="regression", validation=0.46, attainable=0.4)
    images = replace(table, reference_is_lower_bound=True)
    assert (has_learned(table), is_failing(table)) == (True, False)
    assert (has_learned(images), is_failing(images)) == (False, True)
    fair = replace(images, validation=0.7, attainable=0.6)
    assert (has_learned(fair), is_failing(fair)) == (False, False)
    assert has_learned(replace(images, validation=0.9))
    assert has_learned(replace(fair, attainable=0.3))
