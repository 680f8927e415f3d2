"""KM506 initial weights that are NaN."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.facts import ModelFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule
from keras_magic.words import listed


@rule(
    "KM506",
    "broken-initial-weights",
    cause="weight-init",
    severity="error",
    explains=("exploding-gradient",),
    headline="weights are NaN or infinite before training",
)
def broken_initial_weights(model: ModelFacts) -> Iterator[Hit]:
    """Weights that are NaN or infinite before training starts.

    Looks for:
        Weights without a finite value at the start of fit.
    Why:
        Every output is then NaN, and no step can repair it. It is left over from an earlier fit that diverged: fit goes on from the
        weights that the model has.
    Measured:
        A sample of the values of every variable before training.
    Bad:
        model.fit(x, y)   # loss: nan;  then a smaller learning rate, and model.fit(x, y) again
    Good:
        model = build_model(); model.compile("adam", loss); model.fit(x, y)
    Fix:
        Build the model again before the next fit.
    Ignore when:
        Never.
    Sources:
        keras.Model.fit: training continues from the current weights.
    """
    broken = [layer.name for layer in model.layers if any(s.get("nonfinite", 0) for s in layer.weight_stats.values())]
    if broken:
        yield Hit(
            message=f"The weights of {listed(broken)} are NaN or infinite before training starts, left over from an earlier fit: "
            "build the model again.",
            evidence={"layers": broken},
            where=broken[0],
            level=Evidence.CONTRADICTION,
        )
