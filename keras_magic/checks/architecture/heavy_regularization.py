"""KM307 regularisation that outweighs the data."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import has_learned, number, percent, train_gap
from keras_magic.facts import LayerFacts, ModelFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule("KM307", "heavy-regularization", cause="regularization", severity="warning")
def heavy_regularization(
    model: ModelFacts,
    training: TrainingFacts | None = None,
    outcome: OutcomeFacts | None = None,
    *,
    share: float = 0.3,
    l1: float = 0.005,
    l2: float = 0.03,
) -> Iterator[Hit]:
    """Weight penalties that outweigh the data.

    Looks for:
        L1 or L2 penalties that make up much of the loss at the start, strong activity penalties, extreme weight decay.
    Why:
        The optimizer lowers the sum of data loss and penalty. Where the penalty dominates, the cheapest way is to shrink all
        weights to zero: the network then answers the same for every row.
    Measured:
        Penalty computed from the initial weights (sum of squares and of absolute values) against the first loss; the strength
        itself where the weights are not known. A paired trial without it decides.
    Bad:
        keras.layers.Dense(64, kernel_regularizer=keras.regularizers.L2(1.0))
    Good:
        keras.layers.Dense(64, kernel_regularizer=keras.regularizers.L2(1e-4))
    Fix:
        A strength a hundred times smaller, or none until the network fits its training rows.
    Ignore when:
        The network learns well, or fits its training rows much better than others.
    Sources:
        Goodfellow, Bengio and Courville 2016, Deep Learning, section 7.1; Braiek and Khomh 2022, TheDeepChecker (TOSEM 32:3).
    """
    if has_learned(outcome) or train_gap(outcome) > 0.15:
        return
    layers = [layer for layer in model.layers if layer.regularizer]
    decay = model.optimizer.weight_decay if model.optimizer and model.optimizer.weight_decay else 0.0
    penalty, first = sum(map(_penalty, layers)), training.initial_loss if training else None
    part = penalty / first if first and first > 0 else 0.0
    strongest = {k: max((layer.regularizer.get(k, 0.0) for layer in layers), default=0.0) for k in ("l1", "l2")}
    strong = strongest["l1"] >= l1 or strongest["l2"] >= l2 or decay >= 0.5
    if max(strongest["l1"] * 10, strongest["l2"], decay / 100, part / 50) < 1e-3:
        return
    level = Evidence.STRONG if part > 0.8 else Evidence.PLAUSIBLE if part > share or strong else Evidence.HINT
    strength = " and ".join(f"{k}={v:g}" for k, v in strongest.items() if v) or f"weight_decay={decay:g}"
    of_loss = f": the penalty is {number(penalty)} at the start, {percent(min(part, 1.0))} of the loss" if part > 0.01 else ""
    yield Hit(
        message=f"Regularisation with {strength}{of_loss}, in a network that has not learned.",
        evidence={"strongest": strongest, "penalty": penalty, "share_of_first_loss": part, "weight_decay": decay},
        where=layers[0].name if layers else "optimizer",
        level=level,
        fix=fixes.remove_regularization(),
    )


def _penalty(layer: LayerFacts) -> float:
    """L1 and L2 penalty of a layer's kernels at its initial weights (the activity's part left out)."""
    activity = layer.regularizer.get("activity", 0.0)
    kernels = [s for role, s in layer.weight_stats.items() if "bias" not in role and "std" in s]
    squares = sum(s["size"] * (s["std"] ** 2 + s["mean"] ** 2) for s in kernels)
    absolute = sum(s["size"] * s["absmean"] for s in kernels)
    if activity:
        return 0.0
    return layer.regularizer.get("l2", 0.0) * squares + layer.regularizer.get("l1", 0.0) * absolute
