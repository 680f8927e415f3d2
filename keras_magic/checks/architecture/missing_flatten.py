"""KM301 missing flatten."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.checks.architecture._layers import before, head_rank, is_recurrent, targets
from keras_magic.facts import DataFacts, HeadFacts, LayerFacts, ModelFacts, TargetFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule(
    "KM301", "missing-flatten", cause="input-shape", severity="error", explains=("label-encoding", "output-units", "loss-mismatch")
)
def missing_flatten(model: ModelFacts, data: DataFacts) -> Iterator[Hit]:
    """An output with more axes than the target: Flatten or pooling is missing.

    Looks for:
        A head that gives one answer per time step or pixel, where the target has one per row.
    Why:
        Dense works on the last axis only. Without Flatten, global pooling or return_sequences=False before the head, all
        other axes stay: some losses raise, others broadcast and compare every position with every target.
    Measured:
        Axes of the output against axes of the target.
    Bad:
        keras.layers.Conv1D(16, 3), keras.layers.Dense(1)
    Good:
        keras.layers.Conv1D(16, 3), keras.layers.GlobalMaxPooling1D(), keras.layers.Dense(1)
    Fix:
        Flatten or global pooling before the head; return_sequences=False in the last recurrent layer.
    Ignore when:
        A loss of your own reduces the positions (the check is silent for those).
    Sources:
        StackOverflow 38584268, 45120429, 53119432, 61030068.
    """
    for head, target in targets(model, data):
        rank = head_rank(model, data, head)
        if rank is None or rank < 2 or head.loss in (None, "custom", "ctc") or _target_rank(target) >= _needed(head, rank):
            continue
        layer = _last_wide(model, head)
        sequence = layer is not None and is_recurrent(layer)
        advice = f"set return_sequences=False in {layer.name}" if sequence and layer else "put Flatten or global pooling before it"
        shape = f"has the shape {head.shape}" if head.shape else f"has {rank} axes"
        yield Hit(
            message=f"The output {shape} per row, the target {target.shape or 'one value'}: the head works on the last axis only; "
            f"{advice}.",
            evidence={"output_shape": head.shape, "output_axes": rank, "target_shape": target.shape},
            where=head.layer or head.name,
            level=Evidence.CONTRADICTION,
            fix=fixes.flatten_before_head(),
        )


def _target_rank(target: TargetFacts) -> int:
    return 0 if target.shape in ((), (1,)) else len(target.shape)


def _needed(head: HeadFacts, rank: int) -> int:
    """Axes that the target must have: one less for class numbers, and for a last axis of length 1."""
    return rank - 1 if "sparse" in (head.loss or "") or head.loss == "crossentropy" or head.units == 1 else rank


def _last_wide(model: ModelFacts, head: HeadFacts) -> LayerFacts | None:
    """The last layer before the head that could have dropped the axes."""
    last = next((layer for layer in model.layers if layer.name == head.layer), None)
    return next((layer for layer in before(model, last) if is_recurrent(layer)), None) if last is not None else None
