"""`compare`: two diagnoses side by side. What changed in data, model, compile and fit, and what became of the scores."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from keras_magic.assessment import centre, number
from keras_magic.diagnosis.result import Diagnosis
from keras_magic.errors import UsageError
from keras_magic.facts import Facts, InputFacts, LayerFacts, TargetFacts, TrainingFacts
from keras_magic.names import in_words_of_the_user
from keras_magic.report import Report
from keras_magic.words import listed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CLOSE = 0.01  # of the standard deviation: means and deviations that differ by less are the same, as data may be sampled
NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One difference between two trainings.

    Args:
        part: "data" | "model" | "compile" | "fit"; what: in a few words; before, after: as text.
    """

    part: str
    what: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.what}: {self.before} → {self.after}"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two diagnoses side by side; the last expression of a notebook cell shows it, `print` shows it in a terminal.

    Args:
        verdicts: of the first and the second; changes: part by part; initial weights are not compared.
        histories: epoch logs of both; kept: index of the epoch whose weights each model has at the end, -1 for the last.
        gone, new: findings of only the first, and of only the second, such as "KM203 inputs are not scaled".
    """

    verdicts: tuple[str, str]
    changes: tuple[Change, ...] = ()
    histories: tuple[Mapping[str, Sequence[float]], Mapping[str, Sequence[float]]] = field(default=({}, {}))
    kept: tuple[int, int] = (-1, -1)
    gone: tuple[str, ...] = ()
    new: tuple[str, ...] = ()

    @property
    def scores(self) -> dict[str, tuple[float, float]]:
        """Metric -> its values before and after, at the epoch whose weights the model has; what only one has is left out."""
        (first, second), (one, other) = self.histories, self.kept
        return {k: (first[k][one], second[k][other]) for k in first if k != "learning_rate" and first[k] and second.get(k)}

    def plot(self, metric: str | None = None, ax: Axes | None = None) -> Axes:
        """Draw both curves over the epochs.

        Args:
            metric: a key of `scores`; by default the validation metric that says most.
            ax: where to draw; a new figure by default.

        Raises:
            UsageError: there is no such metric in both.
        """
        from keras_magic.views import compare as view

        metric = metric or view.shared_score(*self.histories)
        if metric not in self.scores:
            raise UsageError(f"there is no metric {metric!r} in both reports; they share {sorted(self.scores) or 'none'}")
        return view.plot(metric, [history[metric] for history in self.histories], self.kept).plot(ax)

    def to_dict(self) -> dict[str, Any]:
        """Plain values: everything that the views show."""
        return {**asdict(self), "histories": [dict(h) for h in self.histories], "scores": self.scores}

    def to_html(self, *, fold: str = "") -> str:
        """The comparison as HTML that needs no network and no scripts.

        Args:
            fold: the name of a model variable; all is then folded away behind one line that says what became of it.
        """
        from keras_magic.views import compare as view
        from keras_magic.views.safe import shown

        return view.render(shown(self.to_dict()), fold)

    def to_text(self) -> str:
        """The comparison for a terminal."""
        from keras_magic.views import compare as view
        from keras_magic.views.safe import shown

        return view.text(shown(self.to_dict()))

    def __str__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return self.to_html()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(self.to_text())


def compare(before: Report, after: Report) -> Comparison:
    """What changed between two diagnoses, and what became of the scores.

    Args:
        before, after: reports; of one with several trainings, the last.

    Raises:
        UsageError: something else than two reports, or an empty one.

    Example:
        >>> print(km.compare(first, second))
    """
    for name, report in (("before", before), ("after", after)):
        if not isinstance(report, Report):
            raise UsageError(f"{name} must be a Report, as km.diagnose returns it, but it is of type {type(report).__name__}")
        if not report.diagnoses:
            raise UsageError(f"{name} is an empty report: no training was diagnosed")
    first, second = before.diagnoses[-1].shown, after.diagnoses[-1].shown
    earlier, later = ({f"{f.rule} {f.title}": None for f in d.findings if f.cause != "tool"} for d in (first, second))
    return Comparison(
        verdicts=(before.verdict, after.verdict),
        changes=tuple(_changes(first.facts, second.facts)),
        histories=(_history(first), _history(second)),
        kept=(_kept(first.facts.training), _kept(second.facts.training)),
        gone=tuple(f for f in earlier if f not in later),
        new=tuple(f for f in later if f not in earlier),
    )


class Memory:
    """The last diagnosis of each model variable, without model and data, so that nothing of the user's is kept alive.

    A variable may be used again for another problem: of two whose data differs in more than one of rows, form of a row and targets,
    nothing is said.
    """

    def __init__(self, most: int = 20) -> None:
        self._last: dict[str, Report] = {}
        self._most = most

    def since_last(self, report: Report) -> tuple[str, Comparison] | None:
        """The name of the variable and what changed since its last diagnosis; None where there was none. Remembers this one."""
        trained = [d for d in report.diagnoses if d.kind == "fit" and d.facts.training is not None and d.facts.names.get("model")]
        if not trained:
            return None
        name = trained[-1].facts.names["model"]
        kept = Report(replace(trained[-1], run=None, history=None, exception=None))
        last = self._last.pop(name, None)
        self._last[name] = kept
        while len(self._last) > self._most:
            del self._last[next(iter(self._last))]
        return None if last is None or _another_problem(last, kept) else (name, compare(last, kept))


def same_model(one: Report, other: Report) -> bool:
    """Whether the last fits of two reports are of one model variable, as far as their names are known."""
    names = [next((d.facts.names.get("model") for d in reversed(r.diagnoses) if d.kind == "fit"), None) for r in (one, other)]
    return names[0] == names[1]


def _another_problem(before: Report, after: Report) -> bool:
    first, second = (_problem(report.diagnoses[-1].facts) for report in (before, after))
    return sum(one != other for one, other in zip(first, second, strict=False)) > 1


def _problem(facts: Facts) -> tuple[Any, ...]:
    """What one change of a program seldom alters more than one of."""
    data = facts.data
    if data is None:
        return ()
    return data.rows, [i.shape for i in data.inputs], [len(t.classes) or t.shape for t in data.targets]


def _history(diagnosis: Diagnosis) -> Mapping[str, Sequence[float]]:
    return diagnosis.facts.training.history if diagnosis.facts.training is not None else {}


def _kept(training: TrainingFacts | None) -> int:
    """Index of the epoch whose weights the model has: the last, unless a callback put others back at the end of the training."""
    if training is None or training.restored_epoch is None or training.interrupted or training.exception:
        return -1
    return training.restored_epoch if 0 <= training.restored_epoch < training.epochs_done else -1


# ---------------------------------------------------------------- what changed


def _changes(before: Facts, after: Facts) -> Iterator[Change]:
    """Differences part by part; a part that only one of the two has was not looked at in the other, and says nothing."""
    for part, described in (("data", _data), ("model", _model), ("compile", _compile), ("fit", _fit)):
        first, second = described(before), described(after)
        if not first or not second:
            continue
        for what in {**first, **second}:
            one, other = first.get(what, NONE), second.get(what, NONE)
            if not _same(one, other):
                yield Change(part=part, what=in_words_of_the_user(what, after.names), before=_text(one), after=_text(other))
    if before.model is not None and after.model is not None:
        yield from _layers(before.model.layers, after.model.layers)


def _data(facts: Facts) -> dict[str, Any]:
    data = facts.data
    if data is None:
        return {}
    found: dict[str, Any] = {"rows": data.rows}
    parts: tuple[InputFacts | TargetFacts, ...] = (*data.inputs, *data.targets)
    for part in parts:
        found |= {f"{part.name}: {what}": value for what, value in _array(part).items()}
    validation = data.validation
    found["validation rows"] = validation.rows if validation is not None else NONE
    return found


def _array(part: InputFacts | TargetFacts) -> dict[str, Any]:
    kind = part.role if isinstance(part, InputFacts) else part.form
    found: dict[str, Any] = {"kind": f"{kind}, {part.dtype}", "shape of a row": tuple(part.shape), "NaN": part.nan}
    if part.mean is not None and part.std is not None and not getattr(part, "classes", None):
        found["values"] = _Spread(part.mean, part.std)
    if isinstance(part, TargetFacts) and part.classes:
        found["classes"] = len(part.classes)
    return found


@dataclass(frozen=True)
class _Spread:
    mean: float
    std: float

    def __str__(self) -> str:
        return f"mean {centre(self.mean, self.std)}, standard deviation {number(self.std)}"


def _model(facts: Facts) -> dict[str, Any]:
    model = facts.model
    return {} if model is None else {"parameters": model.parameters, "trainable parameters": model.trainable_parameters}


def _compile(facts: Facts) -> dict[str, Any]:
    if facts.model is None or not facts.model.compiled:
        return {}
    found: dict[str, Any] = {}
    for head in facts.model.heads:
        name = f" of {head.name}" if len(facts.model.heads) > 1 else ""
        logits = ", from logits" if head.from_logits else ""
        found[f"loss{name}"] = f"{head.loss}{logits}"
        found[f"metrics{name}"] = ", ".join(head.metrics) or NONE
    optimizer = facts.model.optimizer
    if optimizer is not None:
        found["optimizer"] = optimizer.name
        found["learning rate"] = optimizer.schedule or optimizer.learning_rate
        found["momentum"] = optimizer.momentum
        found["clipping"] = ", ".join(f"{k} {number(v)}" for k, v in optimizer.clipping.items()) or NONE
        found["weight decay"] = optimizer.weight_decay
    return found


def _fit(facts: Facts) -> dict[str, Any]:
    training = facts.training
    if training is None:
        return {}
    return {
        "epochs": training.epochs_asked,
        "batch size": training.batch_size,
        "shuffle": training.shuffle,
        "validation split": training.validation_split,
        "validation": training.has_validation,
        "sample weights": training.has_sample_weight,
        "class weights": str(dict(training.class_weight)) if training.class_weight else NONE,
        "callbacks": ", ".join(training.callbacks) or NONE,
        "weights at the end": "of the last epoch" if _kept(training) < 0 else "of the best epoch, restored",
    }


def _layers(before: Sequence[LayerFacts], after: Sequence[LayerFacts]) -> Iterator[Change]:
    first, second = ([_layer(layer) for layer in layers] for layers in (before, after))
    places = enumerate(zip(first, second, strict=False))
    pairs = [("replace", i, i + 1, i, i + 1) for i, (one, other) in places if one != other]
    matched = difflib.SequenceMatcher(None, first, second, autojunk=False)
    for tag, a, b, c, d in pairs if len(first) == len(second) else matched.get_opcodes():
        if tag != "equal":
            place = f"layer {a + 1}" if b - a <= 1 else f"layers {a + 1} to {b}"
            yield Change(part="model", what=place, before=listed(first[a:b], 4) or NONE, after=listed(second[c:d], 4) or NONE)


def _layer(layer: LayerFacts) -> str:
    """A layer as people name it: "Dense 32 relu", "Dropout 0.5"; its own name counts up from model to model."""
    activation = layer.effective_activation or layer.activation
    frozen = "frozen" if layer.parameters and not layer.trainable else None
    parts = (layer.kind, layer.units, None if activation == "linear" else activation, layer.rate, frozen)
    return " ".join(number(p) if isinstance(p, float) else str(p) for p in parts if p is not None)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, _Spread) and isinstance(other, _Spread):
        scale = CLOSE * max(one.std, other.std, 1e-12)
        return abs(one.mean - other.mean) <= scale and abs(one.std - other.std) <= scale
    if isinstance(one, float) and isinstance(other, (int, float)):
        return math.isclose(one, other, rel_tol=1e-4, abs_tol=1e-12)
    return bool(one == other)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return number(value)
    if isinstance(value, tuple):
        return " × ".join("any" if n is None else f"{n:,}" for n in value) or "one number"
    return NONE if value is None else str(value)
