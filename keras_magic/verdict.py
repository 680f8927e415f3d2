"""The verdict: one sentence on a diagnosis, no stronger than what was measured. Plain Python."""

from __future__ import annotations

import math
from collections.abc import Sequence

from keras_magic.assessment import CLOSE, before_any_step, has_learned, is_failing, is_poor, is_uncertain, number, percent, skill_of
from keras_magic.checks._raised import explains, telling_line
from keras_magic.errors import text_of
from keras_magic.facts import Facts
from keras_magic.findings import Finding, Severity
from keras_magic.words import counted

PART = 0.6  # of what can be attained, above which a training has learned more than a little
BRIEF = 3  # epochs after which a network that has not learned may still be on its way
SOME = 0.2  # score above which a training has learned something


def verdict(kind: str, facts: Facts, findings: Sequence[Finding], exception: BaseException | None = None) -> str:
    """What is wrong, or that nothing is, in one sentence.

    Args:
        kind: "fit" | "preflight" | "audit" | "loop"; findings: ranked, root cause first; exception: what `fit` raised, or None.

    An exception comes before NaN, NaN before a finding. "Healthy" and "it trains" are said of a measured outcome only.
    """
    root = next((f for f in findings if f.cause != "tool" and f.severity is not Severity.INFO), None)
    hint = next((f for f in findings if f.cause != "tool"), None)
    cause = root.title + _rest(findings) if root else ""
    if isinstance(exception, KeyboardInterrupt) and facts.training is None:
        return "You interrupted before the training began: nothing was trained."
    if isinstance(exception, KeyboardInterrupt):
        so_far = f"; so far: {cause}" if cause else "; no fault seen so far"
        return f"You interrupted the training{so_far}."
    if exception is not None and kind == "loop":
        return f"The cell stopped with {type(exception).__name__}: {cause or 'no check explains it, see the traceback'}."
    if exception is not None:
        return f"Training stopped with {type(exception).__name__}: {_reason(facts, findings, exception)}."
    if kind == "fit" and (nan := not_a_number(facts)):
        return f"{nan}: {cause}." if cause else f"{nan}; no check is sure why."
    if root is None:
        return f"{_without_a_fault(kind, facts, hint)}{_reached(facts)}."
    doubt = _reached(facts) if facts.outcome is not None and is_uncertain(facts.outcome) else ""
    return f"{_with_a_fault(kind, facts, root)}{cause}{doubt}."


def so_far(facts: Facts, findings: Sequence[Finding]) -> str:
    """What is known while it is still being measured how well the network does: nothing is said of that, nor of health."""
    root = next((f for f in findings if f.cause != "tool"), None)
    known = [text for text in (not_a_number(facts), root.title + _rest(findings) if root else "") if text]
    return f"So far: {': '.join(known)}. " * bool(known) + "How well the network does is being measured."


def _reason(facts: Facts, findings: Sequence[Finding], exception: BaseException) -> str:
    """The finding that explains the exception, else what the exception says itself."""
    reason = next((f for f in findings if explains(f, facts.training)), None)
    if reason is not None:
        return reason.title + _rest(findings)
    says = telling_line(text_of(exception), None, 160).rstrip(".")
    others = len([f for f in findings if f.cause != "tool"])
    beside = f"; {counted(others, 'other finding')} below, not the reason of it" if others else ""
    return f"{says + '; n' if says else 'n'}o check explains it, see the traceback{beside}"


def not_a_number(facts: Facts) -> str:
    """That loss, weights or predictions are NaN or infinite, since when, and where it began; empty where all are finite."""
    training, outcome = facts.training, facts.outcome
    if training is None:
        return ""
    losses, event = training.history.get("loss", ()), training.nonfinite
    bad = next((epoch for epoch, loss in enumerate(losses, 1) if not math.isfinite(loss)), None)
    began = f", first in the {event.kind} of layer {event.layer}" if event is not None and event.layer else ""
    since = f"from epoch {bad} on" if event is None else f"from step {event.step} on"
    if event is not None and event.kind in ("gradient", "weight"):  # the loss of that step was computed before
        since = f"after step {event.step}"
    if before_any_step(training):
        return f"NaN or infinity from the first batch on{began}"
    if bad is not None or (event is not None and event.kind == "loss"):
        return f"The loss is NaN or infinite {since}{began}"
    if event is not None and event.kind == "weight":
        return f"Weights are NaN or infinite {since}{began}"
    if outcome is not None and outcome.nonfinite > 0:
        return f"{percent(outcome.nonfinite)} of the predictions are NaN or infinite{began}"
    return ""


def _rest(findings: Sequence[Finding]) -> str:
    more = len([f for f in findings if f.cause != "tool"]) - 1
    return f" ({counted(more, 'more finding')} below)" if more > 0 else ""


def _with_a_fault(kind: str, facts: Facts, root: Finding) -> str:
    if kind == "audit":
        return "Look at the data before training: "
    if root.cause == "data-leakage":  # it may learn all it can
        return "Its scores cannot be trusted: "
    if root.rule == "KM703" and facts.training is not None and facts.training.steps_done:
        return f"{_short_of(facts)} so far: " if is_failing(facts.outcome, facts.training) else "It still gets better: "
    if root.severity is Severity.ERROR:
        return "It will not learn well like this: " if (skill_of(facts.outcome) or 0.0) > SOME else "It will not learn like this: "
    if kind == "preflight":
        return "Before training: "
    if kind == "loop":
        return "Look at this loop: "
    if is_failing(facts.outcome, facts.training):
        return f"{_short_of(facts)}; the likeliest cause: "
    return "How well it does could not be measured, but " if skill_of(facts.outcome) is None else "It trains, but "


def _short_of(facts: Facts) -> str:
    """How far a training that failed got: nowhere, a little, or less far than simple models."""
    skill, attainable = skill_of(facts.outcome), facts.outcome.attainable if facts.outcome else None
    if skill is not None and (not is_poor(facts.outcome) or skill > PART * (attainable or 1.0)):
        return "It does worse than it could"
    epochs = facts.training.epochs_done if facts.training is not None else 0
    brief = f" in {counted(epochs, 'epoch')}" if 0 < epochs <= BRIEF else ""
    return f"It has learned little{brief}" if skill is not None and skill > SOME else f"It has not learned{brief}"


def _without_a_fault(kind: str, facts: Facts, hint: Finding | None) -> str:
    likeliest = ""
    if hint is not None:
        likeliest = f"; {hint.title}" if hint.supposed else f"; the likeliest: {hint.title}"
    if kind == "audit":
        return "The data looks healthy: no fault found"
    if kind == "loop" and skill_of(facts.outcome) is None:
        return _loop(facts)
    if kind == "preflight":
        helpless = facts.rate is not None and not facts.rate.learns
        short = ", but short trainings on a copy did not lower the loss at any learning rate" if helpless else ""
        return f"No fault found before training{short}"
    if _as_good_as_simple(facts):
        return "No fault found: it does as well as simple models, which reach little themselves"
    if is_failing(facts.outcome, facts.training):
        return (
            f"{_short_of(facts)}, and no check is sure why{likeliest}"
            if hint
            else f"{_short_of(facts)}, and no check says why{'' if kind == 'loop' else '; try `report.repair()`'}"
        )
    if skill_of(facts.outcome) is None:
        return "No fault found, but how well it does could not be measured"
    if not has_learned(facts.outcome):
        return "No fault found"
    return "Healthy: no fault found" if hint is None or hint.supposed else f"Healthy; worth knowing: {hint.title}"


def _as_good_as_simple(facts: Facts) -> bool:
    """More than the trivial answer, and no less than what simple models reach where nothing better is to be expected."""
    outcome, skill = facts.outcome, skill_of(facts.outcome)
    if outcome is None or skill is None or outcome.attainable is None or outcome.reference_is_lower_bound:
        return False
    raised = facts.training is not None and facts.training.exception
    return not raised and not has_learned(outcome) and skill > CLOSE and skill >= outcome.attainable - CLOSE


def _loop(facts: Facts) -> str:
    """No fault: what was seen."""
    loop = facts.loop
    if loop is None or not loop.updates:
        return "No fault found"
    losses = [loss for loss in loop.losses if math.isfinite(loss)]
    course = f"; its loss went from {number(losses[0])} to {number(losses[-1])}" if len(losses) > 1 else ""
    return f"No fault found in {counted(loop.updates, 'update')} of {loop.name}{course}"


def _reached(facts: Facts) -> str:
    """What was reached, in the terms of the task."""
    outcome = facts.outcome
    if outcome is None or outcome.nonfinite:
        return ""
    part, rows = ("validation", "validation") if outcome.validation is not None else ("train", "training")
    if outcome.accuracy.get(part) is not None:
        though = ", with low confidence: the probabilities of the classes are nearly the same" if is_uncertain(outcome) else ""
        return f"; {100 * outcome.accuracy[part]:.1f} % of the {rows} rows are predicted right{though}"
    skill = skill_of(outcome)
    explains = outcome.task == "regression" and skill is not None and skill > 0
    return f"; it explains {100 * (skill or 0):.0f} % of the target's variance ({rows} rows)" if explains else ""
