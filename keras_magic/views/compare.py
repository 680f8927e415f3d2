"""Before and after: what changed between two trainings, and the validation score of both over one axis of epochs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from keras_magic.assessment import number
from keras_magic.views.axes import legend_above
from keras_magic.views.html import template
from keras_magic.views.plots import QUIET, Plot
from keras_magic.words import counted

AFTER = "#2e8b57"
Curves = Mapping[str, Sequence[float]]
Pair = Sequence[Sequence[float]]


def shared_score(before: Curves, after: Curves) -> str | None:
    """The curve that both trainings have and that says most: a validation metric, the validation loss, else one of the training.

    Where the training before raised and has no curve, that of the one after.
    """
    has_any = any(before.values())
    shared = [name for name in after if after[name] and (before.get(name) or not has_any) and name != "learning_rate"]
    ranked = sorted(shared, key=lambda name: (not name.startswith("val_"), name.endswith("loss")))
    return ranked[0] if ranked else None


def words(name: str, curves: Pair, kept: Sequence[int]) -> str:
    """What became of the score, in one line; kept: see `Comparison`."""
    (before, after), title = curves, title_of(name)
    first = number(before[kept[0]]) if before else "none"
    return f"{title[:1].upper()}{title[1:]}: {first} before, {number(after[kept[1]])} after"


def title_of(name: str) -> str:
    """ "val_accuracy" as people say it: "validation accuracy"."""
    part = "validation" if name.startswith("val_") else "training"
    return f"{part} {name.removeprefix('val_').replace('_', ' ')}"


def plot(name: str, curves: Pair, kept: Sequence[int]) -> Plot:
    """Both curves, each labelled with the value of the epoch whose weights the model has; a ring where that is not the last."""

    def draw(ax: Axes) -> None:
        for label, values, epoch, color in zip(("before", "after"), curves, kept, (QUIET, AFTER), strict=True):
            if not values:
                continue
            shown = [v if math.isfinite(v) else math.nan for v in values]
            ax.plot(range(1, len(shown) + 1), shown, color=color, marker=".", label=f"{label} ({number(values[epoch])})")
            if epoch >= 0:
                ax.plot(epoch + 1, shown[epoch], color=color, marker="o", markersize=11, fillstyle="none", markeredgewidth=1.5)
        ax.set_xlabel("epoch")
        ax.set_ylabel(title_of(name))
        ax.xaxis.set_major_locator(MaxNLocator(10, integer=True))
        legend_above(ax)

    return Plot(f"{title_of(name).capitalize()} before and after", words(name, curves, kept), draw, 2.5)


def render(comparison: Mapping[str, Any], fold: str = "") -> str:
    """A `Comparison.to_dict()` as a fragment for a notebook output.

    Args:
        fold: the name of a model variable, to fold all away behind one line; empty: it stands open.
    """
    histories = comparison["histories"]
    name = shared_score(*histories)
    curves = plot(name, _pair(histories, name), comparison["kept"]).image() if name is not None else None
    scores = [(title_of(k), *map(number, values)) for k, values in comparison["scores"].items()]
    return template("compare.html").render(
        words=headline(comparison),
        image=curves,
        scores=scores,
        comparison=comparison,
        changes=_by_part(comparison),
        fold=fold,
        unchanged=UNCHANGED,
        id=f"km-{uuid4().hex[:8]}",
    )


def text(comparison: Mapping[str, Any]) -> str:
    """The same for a terminal."""
    lines = [headline(comparison), f"  before: {comparison['verdicts'][0]}", f"  after: {comparison['verdicts'][1]}"]
    lines += [f"  {title_of(k)}: {number(one)} → {number(other)}" for k, (one, other) in comparison["scores"].items()]
    for part, changes in _by_part(comparison):
        lines += [f"  {part}: {c['what']}: {c['before']} → {c['after']}" for c in changes]
    for word, findings in (("gone", comparison["gone"]), ("new", comparison["new"])):
        lines += [f"  {word}: {finding}" for finding in findings]
    return "\n".join(lines if comparison["changes"] else [*lines, f"  {UNCHANGED}"])


UNCHANGED = "No change was seen in data, model, compile and fit; initial weights and random numbers are not compared."


def headline(comparison: Mapping[str, Any]) -> str:
    """What became of the score that says most, in one line; of the findings, where there is none."""
    name = shared_score(*comparison["histories"])
    if name is not None:
        return words(name, _pair(comparison["histories"], name), comparison["kept"])
    return f"{counted(len(comparison['gone']), 'finding')} gone, {len(comparison['new'])} new"


def _pair(histories: Sequence[Curves], name: str) -> Pair:
    return [history.get(name, ()) for history in histories]


def _by_part(comparison: Mapping[str, Any]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    parts = dict.fromkeys(change["part"] for change in comparison["changes"])
    return [(part, [c for c in comparison["changes"] if c["part"] == part]) for part in parts]
