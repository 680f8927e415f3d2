"""KM555 saturated hidden units."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import finite, has_learned, percent
from keras_magic.facts import ModelFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule

BOUNDED = {"sigmoid", "tanh", "hard_sigmoid", "softsign"}


@rule("KM555", "saturated-units", cause="hidden-activation", severity="warning")
def saturated_units(
    training: TrainingFacts, model: ModelFacts, outcome: OutcomeFacts | None = None, *, share: float = 0.6
) -> Iterator[Hit]:
    """Hidden units that sit at the ends of a bounded activation.

    Looks for:
        Hidden layers with sigmoid or tanh whose outputs are nearly all at 0/1 or ±1.
    Why:
        At its ends the activation is flat: the gradient is close to zero and the unit hardly learns.
    Measured:
        Share of sampled values beyond 99 % of the activation's range, per layer, at the end of training.
    Bad:
        keras.layers.Dense(64, activation="tanh")  # on inputs in the hundreds
    Good:
        keras.layers.Dense(64, activation="relu", kernel_initializer="he_uniform")  # on scaled inputs
    Fix:
        Scale the inputs; use ReLU-like hidden activations.
    Ignore when:
        The network has learned, or the layer is a gate or an attention on purpose.
    Sources:
        Glorot and Bengio 2010 (AISTATS 9).
    """
    if has_learned(outcome):
        return
    heads = {head.layer for head in model.heads}
    hidden = [
        (layer, last[-1])
        for layer in training.layers
        if layer.activation in BOUNDED and layer.name not in heads and (last := finite(layer.saturated)) and last[-1] >= share
    ]
    if not hidden:
        return
    layer, value = max(hidden, key=lambda pair: pair[1])
    yield Hit(
        message=f"{percent(value)} of the outputs of {layer.name} ({layer.activation}) sit at the ends of its range.",
        evidence={item.name: value for item, value in hidden},
        where=layer.name,
        level=Evidence.PLAUSIBLE,
        fix=fixes.replace_hidden_activations(activation="relu"),
    )
