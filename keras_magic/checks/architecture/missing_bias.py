"""KM314 a head that can't leave zero."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import has_learned, number
from keras_magic.checks.architecture._layers import is_map, targets
from keras_magic.facts import DataFacts, ModelFacts, OutcomeFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule("KM314", "missing-bias", cause="capacity-too-small", severity="warning", headline="the network has no bias")
def missing_bias(model: ModelFacts, data: DataFacts, outcome: OutcomeFacts | None = None, *, centre: float = 1.0) -> Iterator[Hit]:
    """A network without any bias for targets that are not centred at zero.

    Looks for:
        use_bias=False in every layer, no normalisation with an offset, and a target whose mean is far from zero.
    Why:
        Without a bias the answer to a row of zeros is zero, and with ReLU the function is a fan through the origin: a constant part
        of the target can't be expressed.
    Measured:
        use_bias of the layers; mean of the target relative to its spread.
    Bad:
        keras.layers.Dense(1, use_bias=False)   # targets around 200
    Good:
        keras.layers.Dense(1)
    Fix:
        use_bias=True, at least in the last layer.
    Ignore when:
        The function is known to pass through the origin.
    Sources:
        Goodfellow, Bengio and Courville 2016, Deep Learning, section 5.1.4.
    """
    maps = [layer for layer in model.layers if is_map(layer)]
    offsets = any(layer.options.get("use_bias") is not False for layer in maps) or any(
        layer.kind.endswith("Normalization") and layer.options.get("center") for layer in model.layers
    )
    if has_learned(outcome) or not maps or offsets:
        return
    for head, target in targets(model, data):
        if target.mean is None or not target.std or abs(target.mean) < centre * target.std or head.activation == "softmax":
            continue
        yield Hit(
            message=f"No layer has a bias, but the target is not centred: mean {number(target.mean)}, standard deviation "
            f"{number(target.std)}.",
            evidence={"mean": target.mean, "std": target.std},
            where=head.layer,
            level=Evidence.PLAUSIBLE,
            fix=fixes.scale_targets() if target.form == "continuous" else None,
        )
