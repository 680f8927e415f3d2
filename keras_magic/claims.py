"""What messages state, held against the facts before it is shown. Plain Python.

A rule judges from its own point of view; the other facts may know better. `contradiction` asks all of them about one claim: what
they contradict is not shown. `consistent` does the same between findings: of two that exclude each other the better founded stays.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from keras_magic.assessment import before_any_step, dead_share, fades, lowered, not_finite, skill_of
from keras_magic.facts import Facts
from keras_magic.findings import Claim, Finding

Check = Callable[[Claim, Facts], str]

LEARNED_ROWS = 0.95  # skill on the rows trained on, from which on a network is not too small for them
MOST = 0.8  # share of dead units
OPPOSITES = {"too low": "too high", "too small": "too large", "too few": "too many"}
RATES = ("learning-rate-too-low", "learning-rate-too-high")


def withheld(claims: Iterable[Claim], facts: Facts) -> str:
    """Why a message with these claims must not be shown; empty where nothing contradicts them."""
    return next((reason for claim in claims if (reason := contradiction(claim, facts))), "")


def contradiction(claim: Claim, facts: Facts) -> str:
    """What contradicts the claim; empty where nothing does."""
    check = _CHECKS.get((claim.what, claim.says))
    return check(claim, facts) if check is not None else ""


def consistent(findings: Sequence[Finding], facts: Facts) -> list[Finding]:
    """The findings without those that a better founded one, or a trial, excludes; in the given order."""
    founded = sorted(findings, key=lambda f: -f.level)
    kept: list[Finding] = []
    for finding in founded:
        if not any(_exclude(finding, other) for other in kept) and not _refuted(finding, founded, facts):
            kept.append(finding)
    return [f for f in findings if f in kept]


def _exclude(one: Finding, other: Finding) -> bool:
    return any(a.what == b.what and b.says in _opposites(a.says) for a in one.claims for b in other.claims)


def _opposites(says: str) -> tuple[str, ...]:
    return tuple(b if says == a else a for a, b in OPPOSITES.items() if says in (a, b))


def _refuted(finding: Finding, findings: Sequence[Finding], facts: Facts) -> bool:
    """No learning rate helps: not beside one that is said to be wrong, nor where a trial with another one did better."""
    if not any(c.what == "learning rate" and c.says == "none helps" for c in finding.claims):
        return False
    blamed = any(c.what == "learning rate" and c.says != "none helps" for f in findings for c in f.claims)
    results = facts.trials.results if facts.trials else ()
    return blamed or any(r.cause in RATES and (r.gain or 0.0) > 0 and r.failed is None for r in results)


# ---------------------------------------------------------------- claims by what they are about


def _falling(claim: Claim, facts: Facts) -> str:
    first, last = claim.values
    if not (math.isfinite(first) and math.isfinite(last) and last < first):
        return f"the loss went from {first:g} to {last:g}"
    return ""


def _rising(claim: Claim, facts: Facts) -> str:
    first, last = claim.values
    return "" if last > first else f"the loss went from {first:g} to {last:g}"


def _rate_too_low(claim: Claim, facts: Facts) -> str:
    training, rate = facts.training, facts.rate
    if training is not None and not_finite(facts.training, facts.outcome):
        return "the training ended in NaN or infinity"
    if training is not None and fades(training, facts.model):
        return "the learning rate fades during the training: that is the cause"
    if rate is not None and rate.learns and rate.current >= rate.low:
        return "short trainings found no higher learning rate that is better"
    return ""


def _rate_too_high(claim: Claim, facts: Facts) -> str:
    rate = facts.rate
    if before_any_step(facts.training):
        return "the first batch gave NaN or infinity, before any update"
    if rate is not None and rate.learns and rate.current <= rate.high:
        return "short trainings found no lower learning rate that is better"
    return ""


def _no_rate_helps(claim: Claim, facts: Facts) -> str:
    if facts.training is not None and lowered(facts.training, share=0.02):
        return "the loss fell in the training"
    rate = facts.rate
    lower = rate is not None and (rate.lowers_loss if rate.lowers_loss is not None else rate.learns or rate.gain > 0)
    return "short trainings lowered the loss" if lower else ""


def _noisy_batch(claim: Claim, facts: Facts) -> str:
    training, rows = facts.training, facts.data.rows if facts.data else None
    size = training.batch_size if training else None
    if training is None or not size:
        return "the batch size is not known"
    if training.steps_per_epoch == 1 or (rows is not None and size >= rows):
        return "the batch holds all rows: its gradient has no noise"
    scale = training.noise_scale
    return f"the gradient noise scale is {scale:.3g} rows, no more than the batch" if scale is not None and scale <= size else ""


def _updates(claim: Claim, facts: Facts) -> str:
    done = facts.training.steps_done if facts.training else None
    return "" if done and claim.values == (done,) else f"the training made {done or 'an unknown number of'} updates"


def _epochs(claim: Claim, facts: Facts) -> str:
    training = facts.training
    if training is None or claim.values != (training.epochs_done,):
        return f"the training ran {training.epochs_done if training else 'no'} epochs"
    return "the training ended in NaN or infinity" if not_finite(facts.training, facts.outcome) else ""


def _too_small(claim: Claim, facts: Facts) -> str:
    if not_finite(facts.training, facts.outcome):
        return "the training ended in NaN or infinity"
    if facts.training is not None and dead_share(facts.training) >= MOST:
        return "most units of a layer are dead: more of them may be no cure"
    known = facts.outcome.train if facts.outcome else None
    return f"it has learned its training rows (score {known:.2f})" if known is not None and known >= LEARNED_ROWS else ""


def _too_large(claim: Claim, facts: Facts) -> str:
    outcome = facts.outcome
    if outcome is None or outcome.train is None or skill_of(outcome) is None:
        return "how well it does was not measured"
    return "" if outcome.train > (skill_of(outcome) or 0.0) else "it does no better on training rows than on others"


_CHECKS: dict[tuple[str, str], Check] = {
    ("loss", "falling"): _falling,
    ("loss", "rising"): _rising,
    ("learning rate", "too low"): _rate_too_low,
    ("learning rate", "too high"): _rate_too_high,
    ("learning rate", "none helps"): _no_rate_helps,
    ("batch", "noisy"): _noisy_batch,
    ("updates", "counted"): _updates,
    ("epochs", "too few"): _epochs,
    ("network", "too small"): _too_small,
    ("network", "too large"): _too_large,
}
