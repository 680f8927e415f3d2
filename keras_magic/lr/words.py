"""What a search found, in sentences: pure functions of what was measured."""

from __future__ import annotations

from keras_magic.lr.suggest import falls, runs_away, two_digits
from keras_magic.lr.sweep import Sweep
from keras_magic.lr.verify import Verification

#: How much further a range is to reach that was too narrow.
FURTHER = 100
#: What a suggestion means to an optimizer with a `LearningRateSchedule`.
SCHEDULE = "Let your schedule peak there."


def message(
    rate: float, band: tuple[float, float], swept: Sweep, found: Verification | None, source: str = "a single sweep"
) -> str:
    """The suggestion and how sure it is, or that no rate helps.

    Args:
        band: rates that are as good within the noise; the suggestion lies below it where caution has it so.
        found: the short trainings, None where there were none; source: what the answer is read off then.
    """
    if found is None or not found.trials:
        fell = falls(swept.lrs, swept.losses)
        doubt = f"read off {source}, good to about a factor of 3" if fell else "the curve hardly falls, so this is a guess"
        return f"Take {rate:.2g}; {doubt}."
    if not found.learns:
        return f"None of the learning rates tried helps: {_reason(rate, found)}. {_way_out(swept)}"
    tested = f"tested by {len(found.trials) + len(found.extra)} short trainings"
    span = f"learning rates from {band[0]:.2g} to {band[1]:.2g} are as good"
    if rate < 0.99 * band[0]:
        above = "was not tried" if found.edge == "max" else "is worse"
        span = f"learning rates from {band[0]:.2g} to {band[1]:.2g} end lower, but what lies above them {above}"
    return f"Take {rate:.2g}; {span} ({tested})." if found.bracketed else f"Take {rate:.2g}, not quite sure: {span}, {tested}."


def _reason(rate: float, found: Verification) -> str:
    everything = [*found.trials, *found.extra]
    if found.lowest is None:
        return f"every short training diverged, the lowest at {min(t.rate for t in everything):.2g}"
    if not found.lowers_loss:
        return f"none of {len(everything)} short trainings lowered the loss"
    return f"the loss falls only as far as a guess that ignores the inputs reaches (best at {rate:.2g})"


def _way_out(swept: Sweep) -> str:
    """Where to look: a range that breaks nothing may end too low."""
    highest = float(swept.lrs[-1])
    if swept.diverged or runs_away(swept.lrs, swept.losses) is not None:
        return "Run %%diagnose to see why."
    return (
        f"None up to {highest:.2g} breaks it either, so the range may end too low: {further('max', highest)}. Else run %%diagnose."
    )


def at_edge(edge: str | None, low: float, high: float) -> str:
    """A sentence where the best rate lies at an end of the range ("max" or "min"); empty where it does not."""
    if edge is None:
        return ""
    if edge == "max":
        return f"The best rate may lie above {high:.2g}, where the range ends: {further('max', high)}."
    return f"The best rate may lie below {low:.2g}, where the range begins: {further('min', low)}."


def further(bound: str, value: float) -> str:
    """What to pass so that the range reaches further."""
    wider = two_digits(value * FURTHER if bound == "max" else value / FURTHER)
    return f"pass {bound}_lr={wider:g} (%lr_find: --{bound} {wider:g})"


def verdict(current: float | None, band: tuple[float, float], edge: str | None, schedule: bool) -> str:
    """What to think of the user's own rate; empty where it lies beyond an end of the range that is in doubt."""
    if current is None or (edge == "min" and current < band[0]) or (edge == "max" and current > band[1]):
        return ""
    yours = f"Yours, {current:.3g}{' (the peak of your schedule)' if schedule else ''}, is"
    if current < band[0]:
        return f"{yours} {_times(band[0] / current)} below the band."
    if current > band[1]:
        return f"{yours} {_times(current / band[1])} above the band."
    return f"{yours} inside the band: no need to change it."


def _times(ratio: float) -> str:
    return f"{ratio:.1f}×" if ratio < 10 else f"{two_digits(ratio):,.0f}×"
