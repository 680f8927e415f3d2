"""The verdict says no more than was measured: exceptions first, then NaN, then findings; healthy only what was seen to be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keras_magic.facts import Facts, NonfiniteEvent, OutcomeFacts, RateFacts
from keras_magic.findings import PERHAPS, Finding, Severity
from keras_magic.verdict import verdict
from tests.cases._facts import FAILED, LEARNED, data, model, training

HEALTHY = Facts(data=data(), model=model(), training=training(), outcome=LEARNED)
FAILING = replace(HEALTHY, outcome=FAILED)
UNMEASURED = replace(HEALTHY, outcome=None)
UNSCALED = Finding(
    rule="KM203", name="unscaled", cause="input-not-scaled", severity=Severity.ERROR, message="Column 0 reaches 2.5e6."
)
WARNING, HINT = replace(UNSCALED, severity=Severity.WARNING), replace(UNSCALED, severity=Severity.INFO)


def with_nan(event: NonfiniteEvent | None = None, losses: tuple[float, ...] = (1.0, float("nan")), **outcome) -> Facts:
    seen = training(nonfinite=event, history={"loss": losses})
    return replace(HEALTHY, training=seen, outcome=replace(FAILED, accuracy={"validation": 0.55}, **outcome))


def test_the_root_cause_is_named_and_the_rest_counted():
    assert verdict("fit", FAILING, [UNSCALED]) == "It will not learn like this: inputs are not scaled."
    assert "(2 more findings below)" in verdict("fit", FAILING, [UNSCALED, WARNING, HINT])
    assert "(1 more finding below)" in verdict("fit", FAILING, [UNSCALED, HINT])


def test_a_leak_spoils_the_score_and_not_the_learning():
    leak = replace(UNSCALED, cause="data-leakage", headline="")
    for facts in (FAILING, HEALTHY):
        assert verdict("fit", facts, [leak]) == "Its scores cannot be trusted: training rows are in the validation data."


def test_what_training_raised_comes_first():
    assert verdict("fit", FAILING, [UNSCALED], KeyboardInterrupt()).startswith("You interrupted the training; so far: inputs")
    assert verdict("fit", FAILING, [], KeyboardInterrupt()) == "You interrupted the training; no fault seen so far."
    raised = verdict("fit", with_nan(), [UNSCALED], ValueError("shapes"))
    assert raised.startswith("Training stopped with ValueError: shapes; no check explains it")
    assert "1 other finding below, not the reason of it" in raised
    assert "no check explains it" in verdict("fit", FAILING, [], ValueError("shapes"))


def test_not_a_number_is_said_with_its_step_and_origin_before_the_cause_and_counts_no_rows():
    event = NonfiniteEvent(step=7, kind="gradient", layer="dense")
    said = verdict("fit", with_nan(event), [UNSCALED])
    assert said == "The loss is NaN or infinite after step 7, first in the gradient of layer dense: inputs are not scaled."
    for findings in ([], [HINT], [WARNING], [UNSCALED]):
        said = verdict("fit", with_nan(), findings)
        assert said.startswith("The loss is NaN or infinite from epoch 2 on")
        assert "right" not in said
        assert "trains" not in said


def test_predictions_that_are_no_numbers_are_said_although_the_loss_is_finite():
    said = verdict("fit", with_nan(losses=(1.0, 0.5), nonfinite=0.12), [WARNING])
    assert said == "12 % of the predictions are NaN or infinite: inputs are not scaled."
    spoilt = with_nan(NonfiniteEvent(step=9, kind="weight", layer="dense"), losses=(1.0, 0.5))
    assert verdict("fit", spoilt, []).startswith("Weights are NaN or infinite after step 9")


def test_a_gradient_that_overflowed_and_was_left_out_is_no_verdict():
    """Mixed precision skips such steps: loss and predictions stay finite."""
    skipped = NonfiniteEvent(step=3, kind="gradient", layer="dense")
    healthy = replace(HEALTHY, training=training(nonfinite=skipped))
    assert "NaN" not in verdict("fit", healthy, [WARNING])


def test_healthy_and_trains_are_said_of_what_was_measured_only():
    assert verdict("fit", HEALTHY, []) == "Healthy: no fault found."
    assert verdict("fit", HEALTHY, [HINT]) == "Healthy; worth knowing: inputs are not scaled.", "that is a fault, if a harmless one"
    supposed = replace(HINT, headline=f"{PERHAPS} inputs are not scaled")
    assert verdict("fit", HEALTHY, [supposed]) == "Healthy: no fault found."
    assert verdict("fit", HEALTHY, [WARNING]) == "It trains, but inputs are not scaled."
    for facts, kind in ((UNMEASURED, "fit"), (FAILING, "fit"), (UNMEASURED, "preflight"), (UNMEASURED, "audit")):
        for findings in ([], [HINT], [WARNING], [UNSCALED]):
            said = verdict(kind, facts, findings)
            assert "It trains" not in said
            assert "Healthy" not in said
    assert verdict("fit", UNMEASURED, []) == "No fault found, but how well it does could not be measured."


def test_a_failure_without_a_sure_reason_is_admitted_and_the_likeliest_named():
    assert "no check says why" in verdict("fit", FAILING, [])
    assert "the likeliest: inputs are not scaled" in verdict("fit", FAILING, [HINT])


@pytest.mark.parametrize(("epochs", "said"), [(1, " in 1 epoch;"), (3, " in 3 epochs;"), (20, "It has not learned;")])
def test_what_was_not_learned_in_a_few_epochs_is_said_of_these(epochs, said):
    brief = replace(FAILING, training=training(epochs_done=epochs, epochs_asked=epochs))
    assert said in verdict("fit", brief, [WARNING])


def test_a_network_that_does_what_simple_models_do_has_learned_what_there_is():
    noisy = OutcomeFacts(task="regression", train=0.17, validation=0.15, attainable=0.16)
    assert "as well as simple models" in verdict("fit", replace(FAILING, outcome=noisy), [])
    assert "It has not learned" in verdict("fit", replace(FAILING, outcome=replace(noisy, attainable=0.4)), [])
    assert "It has not learned" in verdict("fit", replace(FAILING, outcome=replace(noisy, train=0.02, validation=0.01)), [])


def test_before_training_nothing_is_promised():
    assert verdict("preflight", UNMEASURED, []) == "No fault found before training."
    helpless = RateFacts(current=1e-3, suggestion=1e-3, low=1e-3, high=1e-3, learns=False)
    assert "did not lower the loss" in verdict("preflight", replace(UNMEASURED, rate=helpless), [])
    assert verdict("preflight", UNMEASURED, [WARNING]) == "Before training: inputs are not scaled."


@pytest.mark.parametrize("accuracy", [0.95, None])
def test_what_was_reached_is_told_in_the_terms_of_the_task(accuracy):
    classes = replace(LEARNED, accuracy={} if accuracy is None else {"validation": accuracy})
    assert ("95.0 % of the validation rows are predicted right" in verdict("fit", replace(HEALTHY, outcome=classes), [])) == bool(
        accuracy
    )
    line = OutcomeFacts(task="regression", train=0.9, validation=0.87, attainable=0.8)
    assert "explains 87 % of the target's variance" in verdict("fit", replace(HEALTHY, outcome=line), [])


def test_rows_that_are_right_by_a_hair_only_are_said_to_be():
    recalls = {"0": 0.94, "1": 0.96}
    hair = replace(FAILED, train=0.1, validation=0.07, accuracy={"validation": 0.95}, per_class_recall=recalls)
    assert "95.0 % of the validation rows are predicted right, with low confidence" in verdict(
        "fit", replace(HEALTHY, outcome=hair), [UNSCALED]
    )
    assert "with low confidence" not in verdict("fit", replace(HEALTHY, outcome=replace(hair, validation=0.9)), [UNSCALED])


@pytest.mark.parametrize(
    ("skill", "warned", "failed"),
    [
        (0.05, "It has not learned;", "It will not learn like this:"),
        (0.5, "It has learned little;", "It will not learn well like this:"),
        (0.8, "It does worse than it could;", "It will not learn well like this:"),
    ],
)
def test_how_far_a_poor_training_got_is_said_as_it_is(skill, warned, failed):
    """87 % right is no network that has not learned, although a simple model reaches 98 %."""
    facts = replace(HEALTHY, outcome=replace(FAILED, train=skill, validation=skill, attainable=0.97))
    assert verdict("fit", facts, [WARNING]).startswith(warned)
    assert verdict("fit", facts, [UNSCALED]).startswith(failed)
