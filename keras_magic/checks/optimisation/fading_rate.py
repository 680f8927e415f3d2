"""KM605 a learning rate that fades too early."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import about, fades, has_learned, scheduled, top_rate
from keras_magic.facts import ModelFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule
from keras_magic.words import counted

RATE_CALLBACKS = ("ReduceLROnPlateau", "LearningRateScheduler")


@rule(
    "KM605",
    "fading-rate",
    cause="learning-rate-too-low",
    severity="error",
    explains=("epochs-too-few", "capacity-too-small"),
    headline="the learning rate fades too early",
)
def fading_rate(
    training: TrainingFacts, model: ModelFacts, outcome: OutcomeFacts | None = None, *, little: float = 0.01, share: float = 0.5
) -> Iterator[Hit]:
    """A learning rate that fades long before the training ends.

    Looks for:
        A schedule or callback that holds the learning rate below a hundredth of its highest value for half of the epochs or more,
        in a network that has not learned.
    Why:
        From there on the weights stand still. Keras' schedules count steps (batches), not epochs: `decay_steps=10` is over after
        ten batches. A warm-up may also be longer than the whole training.
    Measured:
        The optimizer's rate at the end of each epoch, against the highest of the training and of the schedule.
    Bad:
        keras.optimizers.schedules.ExponentialDecay(0.01, decay_steps=10, decay_rate=0.5)    # ten epochs were meant
    Good:
        keras.optimizers.schedules.ExponentialDecay(0.01, decay_steps=10 * steps_per_epoch, decay_rate=0.5)
    Fix:
        Multiply the schedule's numbers by the steps per epoch, or train with a constant rate first.
    Ignore when:
        A trained network is only finished off.
    Sources:
        Keras documentation: LearningRateSchedule, ReduceLROnPlateau.
    """
    rates, optimizer = training.learning_rates, model.optimizer
    faded = fades(training, model, little, share)
    if not faded or optimizer is None or has_learned(outcome):
        return
    top, first = top_rate(training, optimizer), faded[0]
    by = optimizer.schedule or next((c for c in training.callbacks if c in RATE_CALLBACKS), "A callback")
    yield Hit(
        message=f"{by} holds the learning rate below a hundredth of {about(top)} in {len(faded)} of {counted(len(rates), 'epoch')} "
        f"({about(rates[first - 1])} at the end of epoch {first}, {about(rates[-1])} at the end): the weights stand still then."
        + (" Schedules count steps, not epochs." if optimizer.schedule and first == 1 else ""),
        evidence={"highest": top, "rates": list(rates[:20]), "faded": len(faded), "steps_per_epoch": training.steps_per_epoch},
        where="optimizer",
        level=Evidence.MEASURED if len(faded) > 0.8 * len(rates) else Evidence.PLAUSIBLE,
        fix=fixes.drop_callback(by) if by in RATE_CALLBACKS else fixes.set_learning_rate(rate=top, scheduled=scheduled(model)),
    )
