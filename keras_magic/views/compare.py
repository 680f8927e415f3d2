"""Before and after: the validation score of two trainings over one axis of epochs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from keras_magic.checks._judging import number
from keras_magic.views.html import template
from keras_magic.views.plots import QUIET, Plot, legend_above

AFTER = "#2e8b57"
Curves = Mapping[str, Sequence[float]]


def shared_score(before: Curves, after: Curves) -> str | None:
    """The curve that both trainings have and that says most: a validation metric, the validation loss, else one of the training."""
    shared = [name for name in before if name in after and before[name] and after[name] and name != "learning_rate"]
    ranked = sorted(shared, key=lambda name: (not name.startswith("val_"), name.endswith("loss")))
    return ranked[0] if ranked else None


def words(name: str, before: Sequence[float], after: Sequence[float]) -> str:
    """What became of the score, in one line."""
    title = title_of(name)
    return f"{title[:1].upper()}{title[1:]}: {number(before[-1])} before, {number(after[-1])} after"


def title_of(name: str) -> str:
    """ "val_accuracy" as people say it: "validation accuracy"."""
    part = "validation" if name.startswith("val_") else "training"
    return f"{part} {name.removeprefix('val_').replace('_', ' ')}"


def plot(name: str, before: Sequence[float], after: Sequence[float]) -> Plot:
    """Both curves, each labelled with its last value."""

    def draw(ax: Axes) -> None:
        for label, values, color in (("before", before, QUIET), ("after", after, AFTER)):
            shown = [v if math.isfinite(v) else math.nan for v in values]
            ax.plot(range(1, len(shown) + 1), shown, color=color, marker=".", label=f"{label} ({number(values[-1])})")
        ax.set_xlabel("epoch")
        ax.set_ylabel(title_of(name))
        ax.xaxis.set_major_locator(MaxNLocator(10, integer=True))
        legend_above(ax)

    return Plot(f"{title_of(name).capitalize()} before and after", words(name, before, after), draw, 2.5)


def to_html(before: Curves, after: Curves) -> str | None:
    """Both curves as a fragment for a notebook; None where the trainings share none."""
    name = shared_score(before, after)
    if name is None:
        return None
    first, second = before[name], after[name]
    return template("compare.html").render(words=words(name, first, second), picture=plot(name, first, second).picture())


def curves_of(report: Any) -> Curves:
    """The epoch logs of the last training in a report."""
    found = next((d.facts.training for d in reversed(report.diagnoses) if d.facts.training is not None), None)
    return found.history if found is not None else {}
