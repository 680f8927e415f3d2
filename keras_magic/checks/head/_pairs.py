"""Each output of the model with the target that it is trained on, and small readings of both. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from keras_magic.assessment import has_learned, number
from keras_magic.facts import DataFacts, HeadFacts, ModelFacts, OutcomeFacts, TargetFacts
from keras_magic.findings import Evidence
from keras_magic.words import counted

BINARY = frozenset(("binary_crossentropy", "binary_focal_crossentropy"))
CATEGORICAL = frozenset(
    ("categorical_crossentropy", "categorical_focal_crossentropy", "categorical_generalized_cross_entropy", "categorical_hinge")
)
SPARSE = frozenset(("sparse_categorical_crossentropy",))
CROSSENTROPY = (BINARY | CATEGORICAL | SPARSE) - {"categorical_hinge"}
REGRESSION = frozenset(
    (
        "mean_squared_error",
        "mean_absolute_error",
        "huber",
        "log_cosh",
        "mean_absolute_percentage_error",
        "mean_squared_logarithmic_error",
    )
)
HINGE = frozenset(("hinge", "squared_hinge"))
MANY = 30  # whole-number targets with more values than this are quantities, not classes


@dataclass(frozen=True)
class Pair:
    """An output and its target; `loss` with Keras' "crossentropy" resolved by the shapes, as Keras does."""

    head: HeadFacts
    target: TargetFacts
    loss: str | None
    output: str | None

    @property
    def units(self) -> int | None:
        return self.head.units

    @property
    def activation(self) -> str | None:
        return self.head.activation

    @property
    def level(self) -> Evidence:
        """The most that a finding about it may claim: less where the head was guessed."""
        return Evidence.CONTRADICTION if self.head.certain else Evidence.STRONG

    @property
    def where(self) -> str | None:
        return self.head.layer or self.head.name

    @property
    def scalar(self) -> bool:
        """One number per row (or per position, where the head has positions)."""
        width = len(self.target.shape)
        return width == 0 or self.target.shape[-1] == 1 or (len(self.head.shape) == width + 1 and width >= 1)

    @property
    def width(self) -> int:
        """Numbers per row (or position) in the target."""
        return 1 if self.scalar else int(self.target.shape[-1] or 1)

    @property
    def labels(self) -> bool:
        """The target is class labels: one whole number (or string) per row, of few values."""
        form = self.target.form
        if form in ("binary", "strings"):
            return True
        whole = form in ("integer", "signs") or (form == "sequence" and self.target.integer)
        few = len(self.target.classes) <= MANY or self.loss in CATEGORICAL | SPARSE
        return whole and self.scalar and few

    @property
    def classes(self) -> int:
        """Number of classes: distinct labels, or columns of a one-hot target; 0 when it is neither."""
        if self.target.form in ("one-hot", "multi-hot", "probabilities"):
            return int(self.target.shape[-1] or 0) if self.target.shape else 0
        return len(self.target.classes) if self.labels else 0

    def describe(self) -> str:
        """The head in words."""
        activation = f"{self.activation or 'an unknown'} activation"
        return f"{counted(self.units, 'unit')} with {activation}" if self.units else activation


def pairs(model: ModelFacts, data: DataFacts) -> Iterator[Pair]:
    """The outputs whose target is known: matched by name, else by position."""
    by_name = {t.name: t for t in data.targets}
    for i, head in enumerate(model.heads):
        target = by_name.get(head.name)
        if target is None and len(data.targets) == len(model.heads):
            target = data.targets[i]
        if target is not None:
            yield Pair(head, target, _resolve(head, target), head.name if len(model.heads) > 1 else None)


def _resolve(head: HeadFacts, target: TargetFacts) -> str | None:
    if head.loss != "crossentropy":
        return head.loss
    if head.units == 1:
        return "binary_crossentropy"
    sparse = len(target.shape) < max(1, len(head.shape)) or (bool(target.shape) and target.shape[-1] == 1)
    return "sparse_categorical_crossentropy" if sparse else "categorical_crossentropy"


def severity_of(outcome: OutcomeFacts | None, severity: str = "error") -> str:
    """`severity`; less than an error is "info" for a network that has learned all the same (its errors are softened later)."""
    return "info" if severity != "error" and has_learned(outcome) else severity


def proper_head(pair: Pair) -> tuple[int, str, str]:
    """(units, activation, loss) of a standard head for the target."""
    target = pair.target
    if target.form == "multi-hot":
        return pair.width, "sigmoid", "binary_crossentropy"
    if target.form in ("one-hot", "probabilities"):
        return pair.width, "softmax", "categorical_crossentropy"
    if pair.labels and pair.classes <= 2:
        return 1, "sigmoid", "binary_crossentropy"
    if pair.labels:
        return max(pair.classes, int(target.max or 0) + 1), "softmax", "sparse_categorical_crossentropy"
    return pair.width, "linear", "mean_squared_error"


def unfit_crossentropy(pair: Pair) -> str | None:
    """Why a cross-entropy can't work with this target or on this number of units, None when it can."""
    target, units = pair.target, pair.units or 0
    low, high = target.min or 0.0, target.max or 0.0
    quantities = not pair.labels and target.form not in ("one-hot", "multi-hot", "probabilities", "single")
    if pair.loss in CATEGORICAL | SPARSE and units == 1 and pair.classes <= 2:
        zero = "is zero for every row" if pair.loss in CATEGORICAL else "knows only class 0"
        return f"{pair.loss} on one unit {zero}."
    if pair.loss in BINARY and quantities and (low < -1e-6 or high > 1 + 1e-6):
        return f"{pair.loss} needs targets between 0 and 1; these run from {number(low)} to {number(high)}."
    if pair.loss in BINARY and units > 1 and pair.labels and pair.classes > 2 and len(pair.head.shape) <= 1:
        return f"{pair.loss} needs a column of 0 and 1 for each of the {units} units; the labels are one class number per row."
    fractions = not target.integer and (low < 0 or high > 1)
    if pair.loss in SPARSE and quantities and pair.scalar and fractions:
        return f"{pair.loss} needs class numbers; the targets are fractions from {number(low)} to {number(high)}."
    if pair.loss in CATEGORICAL and quantities and not pair.scalar and (low < -1e-6 or high > 1 + 1e-6):
        return f"{pair.loss} needs rows that sum to 1; the targets run from {number(low)} to {number(high)}."
    return None
