"""KM502 saturating activations in depth."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import has_learned
from keras_magic.checks.gradients._layers import activation_of, feedforward, has_shortcuts, placed
from keras_magic.facts import ModelFacts, OutcomeFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule
from keras_magic.words import counted


@rule(
    "KM502",
    "saturating-depth",
    cause="hidden-activation",
    severity="warning",
    explains=("vanishing-gradient",),
    headline="hidden layers have sigmoid or tanh",
)
def saturating_depth(model: ModelFacts, outcome: OutcomeFacts | None = None, *, sigmoids: int = 3, tanhs: int = 6) -> Iterator[Hit]:
    """Sigmoid or tanh in many hidden layers.

    Looks for:
        Three and more hidden layers with sigmoid, six and more with tanh, without skip connections or normalisation; as a guess
        that a paired trial decides, fewer of them.
    Why:
        The slope of a sigmoid is 0.25 at most: with every layer the gradient shrinks to a quarter, and after a few layers the
        first ones get nothing. Outputs that are all positive make it worse.
    Measured:
        The activation of each hidden layer, read from the graph.
    Bad:
        [keras.layers.Dense(64, activation="sigmoid") for _ in range(6)]
    Good:
        [keras.layers.Dense(64, activation="relu") for _ in range(6)]
    Fix:
        ReLU, or BatchNormalization before each activation, or skip connections.
    Ignore when:
        The network learns well (the check is silent then).
    Sources:
        Glorot and Bengio 2010 (AISTATS 9); StackOverflow 39217567.
    """
    if has_learned(outcome) or has_shortcuts(model):
        return
    layers = placed(feedforward(model))
    sigmoid = [layer.name for layer in layers if activation_of(layer) in ("sigmoid", "hard_sigmoid")]
    tanh = [layer.name for layer in layers if activation_of(layer) in ("tanh", "hard_tanh", "softsign")]
    if not sigmoid and not tanh:
        return
    deep = len(sigmoid) >= sigmoids or len(tanh) >= tanhs
    kind = "sigmoid" if sigmoid else "tanh"
    found = sigmoid or tanh
    if not sigmoid and len(tanh) < 3:
        return
    yield Hit(
        message=f"{counted(len(found), 'hidden layer')} with {kind}" + _effect(len(found), bool(sigmoid)),
        evidence={"layers": found, "activation": kind},
        where=found[0],
        severity="error" if deep and len(found) >= 5 else None,
        level=(Evidence.STRONG if len(found) >= 5 else Evidence.PLAUSIBLE) if deep else Evidence.HINT,
        fix=fixes.replace_hidden_activations(activation="relu", layers=found),
    )


def _effect(layers: int, sigmoid: bool) -> str:
    if not sigmoid:
        return ": tanh is flat at its ends, and the gradient shrinks at each of them."
    if layers < 3:
        return ": its slope is 0.25 at most, and its outputs are all positive."
    return f": the gradient shrinks to at most {0.25**layers:.0e} of its size on the way back."
