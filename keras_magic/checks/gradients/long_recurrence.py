"""KM556 recurrence that forgets."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import is_failing
from keras_magic.checks.gradients._layers import exploded, recurrent
from keras_magic.facts import ModelFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule

SATURATING = ("sigmoid", "hard_sigmoid", "softmax", "softsign")


@rule("KM556", "long-recurrence", cause="vanishing-gradient", severity="warning", headline="a recurrent layer forgets what it saw")
def long_recurrence(
    model: ModelFacts, outcome: OutcomeFacts | None = None, training: TrainingFacts | None = None, *, steps: int = 20
) -> Iterator[Hit]:
    """A recurrent layer that forgets what it saw.

    Looks for:
        A SimpleRNN over many time steps, or a recurrent layer with a saturating activation, in a network that has not learned.
    Why:
        The gradient is multiplied by the same matrix and the slope of the activation at every step back in time: after a few dozen
        steps nothing of it is left, and early steps of the sequence teach nothing.
    Measured:
        Kind and activation of the recurrent layers and the length of their input; a paired trial with an LSTM decides.
    Bad:
        keras.layers.SimpleRNN(32, activation="sigmoid")  # over 80 steps
    Good:
        keras.layers.LSTM(32)
    Fix:
        LSTM or GRU with their standard activations; shorter sequences; attention or convolutions.
    Ignore when:
        Only the last few steps matter.
    Sources:
        Bengio, Simard and Frasconi 1994, Learning long-term dependencies with gradient descent is difficult (IEEE TNN 5).
    """
    if not is_failing(outcome, training):
        return
    for layer, known in recurrent(model):
        length = known or 0
        simple = layer.kind == "SimpleRNN" and length >= steps
        flat = layer.activation in SATURATING
        fix = fixes.replace_recurrent()
        if simple or flat:
            yield Hit(
                message=f"{layer.name} ({layer.kind}, {layer.activation}) carries its gradient over {length or 'many'} time steps.",
                evidence={"kind": layer.kind, "activation": layer.activation, "steps": length},
                where=layer.name,
                cause="exploding-gradient" if exploded(training, layer) else None,
                level=Evidence.PLAUSIBLE,
                fix=fix,
            )
        if flat:
            yield Hit(
                message=f"{layer.name} ({layer.kind}) uses {layer.activation}, which flattens the gradient at every time step; "
                "tanh is its standard.",
                evidence={"activation": layer.activation},
                where=layer.name,
                cause="hidden-activation",
                level=Evidence.PLAUSIBLE,
                fix=fix,
            )
