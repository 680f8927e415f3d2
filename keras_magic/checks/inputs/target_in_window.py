"""KM126 a target that stands in its own window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keras_magic.assessment import percent
from keras_magic.facts import DataFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.fixes._words import code
from keras_magic.names import YOUR
from keras_magic.rules import rule
from keras_magic.words import counted


@rule(
    "KM126",
    "target-in-window",
    cause="data-leakage",
    severity="error",
    explains=("misaligned-labels",),
    headline="the target is a value of its own input",
)
def target_in_window(data: DataFacts) -> Iterator[Hit]:
    """A target that is a value of its own window.

    Looks for:
        Sequences of numbers in which one fixed place equals the target in (nearly) every row, or in which one feature is a centred
        mean of another one, so that the target follows from both.
    Why:
        The network only has to copy that value. Its error says nothing about a forecast: of a time that the window does not reach,
        it has learned nothing.
    Measured:
        The share of rows in which each place of the window equals the target, exact but for the rounding of float32. Targets of
        few different values are left out. Least squares on half of the rows: whether a feature is, at each step, a mean of another
        one's values before and after it, with equal weights on both sides, and whether the target follows exactly from both in the
        other half. What past values explain is left out.
    Bad:
        keras.utils.timeseries_dataset_from_array(series, series, sequence_length=20)
    Good:
        keras.utils.timeseries_dataset_from_array(series[:-20], series[20:], sequence_length=20)
    Fix:
        Shift the targets by the length of the window, and more for a longer horizon; filter with past values only.
    Ignore when:
        The task is to recall a value of the sequence.
    Sources:
        keras.utils.timeseries_dataset_from_array (targets[i] belongs to the window that starts at i); Kaufman et al. 2012, Leakage
        in Data Mining; pandas documentation of rolling (center); Hewamalage, Ackermann and Bergmeir 2023, Forecast evaluation for
        data scientists.
    """
    if data.filtered is not None:
        yield _filtered(data.filtered)
    found = data.target_in_input
    if found is None:
        return
    steps, step = found["steps"], found["step"]
    place = "last" if step == steps - 1 else "first" if step == 0 else f"{step + 1}th"
    feature = f" (feature {found['channel']})" if found["channel"] else ""
    yield Hit(
        message=f"In {percent(found['share'])} of the rows the target is the {place} of the {steps} values of its own "
        f"window{feature}: the network can copy it and forecasts nothing.",
        evidence=dict(found),
        where=found["input"],
        level=Evidence.CONTRADICTION,
        fix=_shift(steps),
    )


def _filtered(found: Mapping[str, Any]) -> Hit:
    channel, of, steps, ahead = (found[key] for key in ("channel", "of", "steps", "ahead"))
    return Hit(
        message=f"Feature {channel} of {found['input']} is a mean of feature {of} over {counted(steps, 'step')}, as many before as "
        f"after: at the end of a window it holds {counted(ahead, 'value')} that come after it. From these two features the target "
        "follows exactly: the network can compute it and forecasts nothing.",
        evidence=dict(found),
        where=found["input"],
        level=Evidence.CONTRADICTION,
        headline="a feature holds values that come after the window",
        fix=Fix(
            name="filter-past",
            title="Filter with past values only",
            code=f"# df[column].rolling({steps}).mean(), without center=True; or .shift({ahead}) of the centred mean",
        ),
    )


def _shift(steps: int) -> Fix:
    return Fix(
        name="shift-targets",
        title="Shift the targets past their windows",
        code=code(f"""
            window = {steps}
            # series: the values in the order of time; targets[i] belongs to the window that starts at i
            {YOUR.x} = keras.utils.timeseries_dataset_from_array(series[:-window], series[window:], sequence_length=window)
        """),
    )
