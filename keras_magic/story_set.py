"""Trainings that belong together (folds, repetitions, trials of a search): a row for each, and what the failing ones share."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from math import comb, isfinite, nan
from numbers import Real
from typing import Any

from keras_magic.facts import PartFacts, StoryFacts
from keras_magic.sources.runs import relation_of
from keras_magic.words import either

PARTS = 40  # rows that are shown
UNEVEN = 0.02  # difference in rows between folds
LEAST_ACCURACY = 0.1  # least gap between the accuracies of poor and other trials
LEAST_LOSS = 0.25  # the same between losses, as a share of the highest
BY_CHANCE = 0.1  # a border that parts failing trials from the others is reported where chance draws one less often
WORDS = {"folds": "fold", "repetitions": "run", "search": "trial"}


class TrainingSet:
    """Trainings that belong together; the poorest one is kept.

    Args:
        search: they were made by one call of a library.
    """

    def __init__(self, search: bool = False) -> None:
        self.search = search
        self.poorest: Any = None
        self.index = 0
        self.parts: list[PartFacts] = []
        self.compiled: list[Mapping[str, Any]] = []
        self.same_data = True
        self._first: Any = None

    def add(self, story: Any, part: PartFacts, compiled: Mapping[str, Any]) -> None:
        """One more training.

        Args:
            story: kept while it is the poorest; part: its row; compiled: its settings where no search tells what it tries.
        """
        self._first = self._first or story.watched.run
        self.same_data = self.same_data and relation_of(self._first, story.watched.run) == "same"
        self.parts.append(part)
        self.compiled.append(compiled)
        if self.poorest is None or _poorer(part, self.parts[self.index]):
            self.poorest, self.index = story, len(self.parts) - 1

    def facts(self) -> StoryFacts:
        """The rows, their spread, and what the failing ones share."""
        metric = _metric(self.parts[self.index])
        values = [p.scores[metric] for p in self.parts if metric in p.scores and isfinite(p.scores[metric])]
        kind = self._kind()
        tried = [p.settings for p in self.parts] if any(p.settings for p in self.parts) else self.compiled
        parts = [
            replace(p, title=f"{WORDS[kind]} {i}", settings=s) for i, (p, s) in enumerate(zip(self.parts, tried, strict=True), 1)
        ]
        return StoryFacts(
            kind=kind,
            fits=sum(p.fits for p in self.parts),
            parts=tuple(replace(p, settings=s) for p, s in zip(parts, _varied(parts), strict=True))[:PARTS],
            left_out=max(0, len(parts) - PARTS),
            diagnosed=self.index,
            metric=metric,
            mean=statistics.fmean(values) if values else None,
            std=statistics.pstdev(values) if values else None,
            low=min(values, default=None),
            high=max(values, default=None),
            differing=tuple(shared_by_failing(parts, metric)) if kind == "search" else (),
        )

    def _kind(self) -> str:
        if not self.same_data and self._alike():
            return "folds"
        return "search" if self.search else "repetitions"

    def _alike(self) -> bool:
        """As many rows each, and the same settings: folds; a search over settings, or a last fit on all rows, is none."""
        rows, settings = [p.rows or 0 for p in self.parts], [(p.rate, sorted(map(str, p.settings.items()))) for p in self.parts]
        return all(s == settings[0] for s in settings) and max(rows) - min(rows) <= max(1, UNEVEN * max(rows))


def _varied(parts: Sequence[PartFacts]) -> list[dict[str, Any]]:
    """The settings of each part that are not the same in all."""
    names = [n for n in dict.fromkeys(n for p in parts for n in p.settings) if len({str(p.settings.get(n)) for p in parts}) > 1]
    return [{n: p.settings[n] for n in names if n in p.settings} for p in parts]


def shared_by_failing(parts: Sequence[PartFacts], metric: str) -> list[str]:
    """Sentences on the settings that part the poor trials from all others; poor by a loss where `metric` parts none."""
    trials = [p for p in parts if p.settings]  # a last fit with the best settings is no trial
    found = (list(_shared(trials, name)) for name in dict.fromkeys((metric, "val_loss", "loss")))
    return next(filter(None, found), [])


def _shared(parts: Sequence[PartFacts], metric: str) -> Iterator[str]:
    scores = [p.scores.get(metric, nan) for p in parts]
    poor = poor_ones(scores, higher_is_better="acc" in metric)
    bad, good = ([p for p, is_poor in zip(parts, poor, strict=True) if is_poor is wanted] for wanted in (True, False))
    if not bad or not good or 2 / comb(len(parts), len(bad)) > BY_CHANCE:
        return
    who = either(len(bad), "The one trial with", f"All {len(bad)} trials with")
    reached = _reached([s for s, is_poor in zip(scores, poor, strict=True) if is_poor], "acc" in metric)
    for name in dict.fromkeys(n for p in parts for n in p.settings):
        if all(name in p.settings for p in parts):
            border = _border([p.settings[name] for p in bad], [p.settings[name] for p in good])
            if border:
                yield f"{who} {metric} {reached} {either(len(bad), 'has', 'have')} {name} {border}."


def poor_ones(scores: Sequence[float], *, higher_is_better: bool) -> list[bool]:
    """Which scores lie beyond the widest gap between neighbours, where it is half of their range or more; NaN does."""
    finite = sorted(s for s in scores if isfinite(s))
    gaps = [(b - a, a) for a, b in pairwise(finite)]
    width, below = max(gaps, default=(0.0, 0.0))
    least = LEAST_ACCURACY if higher_is_better else LEAST_LOSS * max(map(abs, finite), default=0.0)
    parted = bool(gaps) and width >= max((finite[-1] - finite[0]) / 2, least) and width > 0
    return [not isfinite(s) or (parted and (s <= below) is higher_is_better) for s in scores]


def _reached(scores: Sequence[float], higher_is_better: bool) -> str:
    finite = [s for s in scores if isfinite(s)]
    if not finite:
        return "NaN"
    text = _up_to(finite) if higher_is_better else _from(finite)
    return text if len(finite) == len(scores) else f"{text} or NaN"


def _border(bad: Sequence[Any], good: Sequence[Any]) -> str:
    """How the values of the failing ones differ from all others; empty where they do not."""
    if all(isinstance(v, Real) and not isinstance(v, bool) for v in (*bad, *good)):
        if min(bad) > max(good):
            return f"{_from(bad)}, the others {_up_to(good)}"
        return f"{_up_to(bad)}, the others {_from(good)}" if max(bad) < min(good) else ""
    values, others = {str(v) for v in bad}, {str(v) for v in good}
    return f"{next(iter(values))}, the others {' or '.join(sorted(others))}" if len(values) == 1 and not values & others else ""


def _from(values: Sequence[Any]) -> str:
    return f"{min(values):.3g}" + (" or more" if min(values) < max(values) else "")


def _up_to(values: Sequence[Any]) -> str:
    return f"{max(values):.3g}" + (" or less" if min(values) < max(values) else "")


def _metric(part: PartFacts) -> str:
    """The curve by which members are compared: an accuracy in validation, else the loss in validation, else the loss."""
    names = list(part.scores)
    wanted = [n for n in names if n.startswith("val_") and "acc" in n] or [n for n in names if n == "val_loss"] or ["loss"]
    return wanted[0]


def _poorer(part: PartFacts, other: PartFacts) -> bool:
    """Whether a member did worse than another; one that raised or whose score is NaN is the poorest."""
    metric = _metric(other)
    mine, theirs = part.scores.get(metric), other.scores.get(metric)
    if part.raised or mine is None or not isfinite(mine):
        return not other.raised
    if theirs is None or not isfinite(theirs):
        return False
    return mine < theirs if "acc" in metric else mine > theirs
