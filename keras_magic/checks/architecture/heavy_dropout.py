"""KM306 dropout that is too strong."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from keras_magic import fixes
from keras_magic.assessment import has_learned, percent, train_gap
from keras_magic.checks.architecture._layers import is_last
from keras_magic.facts import LayerFacts, ModelFacts, OutcomeFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule
from keras_magic.words import listed


@rule("KM306", "heavy-dropout", cause="dropout", severity="warning")
def heavy_dropout(model: ModelFacts, outcome: OutcomeFacts | None = None, *, rate: float = 0.6, kept: float = 0.2) -> Iterator[Hit]:
    """Dropout that leaves too little to learn from.

    Looks for:
        Rates of 0.6 and above, several layers that together let little through, dropout after the last layer with weights.
    Why:
        A unit must learn from what its neighbours let through; at a rate of 0.8 that is a fifth, and two such layers leave one
        value in 25. After the last layer, dropout sets finished answers to zero.
    Measured:
        Rates of all dropout layers and of dropout inside recurrent layers; whether the network does poorly on its own training
        rows. A paired trial with less dropout decides.
    Bad:
        keras.layers.Dropout(0.8), keras.layers.Dense(16, activation="relu"), keras.layers.Dropout(0.8)
    Good:
        keras.layers.Dropout(0.2)
    Fix:
        Rates of 0.1 to 0.5, fewer dropout layers, none after the last layer.
    Ignore when:
        The network learns well, or fits its training rows much better than others: then dropout is not what holds it back.
    Sources:
        Srivastava et al. 2014, Dropout (JMLR 15), section 7.3; StackOverflow 44184091.
    """
    if has_learned(outcome) or train_gap(outcome) > 0.15:
        return
    drops = [(layer.name, r) for layer in model.layers if (r := _rate(layer)) > 0]
    last = [layer.name for layer in model.layers if "Dropout" in layer.kind and is_last(model, layer)]
    if not drops:
        return
    top, through = max(r for _, r in drops), prod(1 - r for _, r in drops)
    if last:
        problem, level = (
            f"{last[0]} comes after the last layer with weights and sets finished answers to zero.",
            Evidence.CONTRADICTION,
        )
    elif top >= rate or through <= kept:
        rates = listed([f"{name} {r:g}" for name, r in drops])
        problem = f"Dropout ({rates}) lets {percent(through)} of the values through."
        level = (
            Evidence.STRONG
            if top >= 0.8 or through < 0.05
            else Evidence.PLAUSIBLE
            if top >= 0.7 or through < 0.1
            else Evidence.HINT
        )
    elif outcome is None or outcome.train is None:
        return
    else:
        problem, level = f"Dropout of up to {top:g} in a network that does poorly on its training rows.", Evidence.HINT
    if level is Evidence.HINT and top < 0.3:
        return
    yield Hit(
        message=problem,
        evidence={"rates": dict(drops), "let_through": through},
        where=last[0] if last else max(drops, key=lambda d: d[1])[0],
        severity="error" if last else None,
        level=level,
        fix=fixes.set_dropout(0.0 if last else 0.1, layers=last or None),
    )


def _rate(layer: LayerFacts) -> float:
    """Share that a layer drops, input and recurrent dropout together."""
    recurrent = layer.options.get("recurrent_dropout") or 0.0
    own = layer.rate if "Dropout" in layer.kind or layer.options.get("recurrent_dropout") is not None else 0.0
    return 1 - (1 - (own or 0.0)) * (1 - recurrent)
