"""KM507 recurrence without bound."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import is_failing, loss_leap
from keras_magic.checks.gradients._layers import exploded, recurrent, unbounded
from keras_magic.facts import ModelFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule


@rule(
    "KM507",
    "unbounded-recurrence",
    cause="hidden-activation",
    severity="warning",
    headline="the activation of a recurrent layer has no bound",
)
def unbounded_recurrence(
    model: ModelFacts,
    outcome: OutcomeFacts | None = None,
    training: TrainingFacts | None = None,
    *,
    steps: int = 10,
    leap: float = 5.0,
) -> Iterator[Hit]:
    """A recurrent layer whose activation has no bound.

    Looks for:
        LSTM, GRU or SimpleRNN with ReLU or no activation over `steps` time steps or more, in a network that has not learned.
    Why:
        What the layer gives out goes in again at the next time step. tanh keeps it between -1 and 1; without a bound it may grow
        from step to step, and the gradient with it: the loss leaps, and what was learned is lost.
    Measured:
        Activation of the recurrent layers and the length of their input; gradients that explode, a loss that leaps to `leap`
        times the first one or is no number; a paired trial with tanh decides.
    Bad:
        keras.layers.LSTM(32, activation="relu")
    Good:
        keras.layers.LSTM(32)
    Fix:
        Leave `activation` out: tanh is the standard. Where ReLU is wanted, clip the gradients and start from identity matrices.
    Ignore when:
        The sequences are short and the loss falls smoothly.
    Sources:
        Pascanu, Mikolov and Bengio 2013, On the difficulty of training recurrent neural networks; Le, Jaitly and Hinton 2015.
    """
    if not is_failing(outcome, training):
        return
    found = [(layer, length) for layer, length in recurrent(model) if unbounded(layer) and (length or steps) >= steps]
    if not found:
        return
    (first, length), affected = found[0], tuple(layer.name for layer, _ in found)
    leaps = exploded(training, first) or (training is not None and loss_leap(training) > leap)
    yield Hit(
        message=f"{first.name} ({first.kind}) feeds {first.activation} back over {length or 'many'} time steps, which has no bound"
        f"{': the loss leaps' if leaps else ''}; tanh is its standard.",
        evidence={"layers": list(affected), "activation": first.activation, "steps": length},
        where=first.name,
        level=Evidence.PLAUSIBLE,
        fix=fixes.bound_recurrence(layers=affected),
    )
