"""KM603 unsuited optimizer."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic import fixes
from keras_magic.assessment import is_failing, number
from keras_magic.facts import ModelFacts, OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Hit
from keras_magic.rules import rule

SLOW_DEFAULTS = {"adadelta": 0.05, "adagrad": 0.005, "ftrl": 0.005}  # below these rates they hardly move


@rule("KM603", "unsuited-optimizer", cause="optimizer", severity="warning")
def unsuited_optimizer(model: ModelFacts, training: TrainingFacts, outcome: OutcomeFacts | None = None) -> Iterator[Hit]:
    """An optimizer that does not suit the network.

    Looks for:
        A network that fails to learn with plain SGD, or with Adadelta, Adagrad or Ftrl at rates where they hardly move.
    Why:
        Plain SGD needs a rate tuned to the scale of the problem and crawls along flat directions; Keras' default rate 0.001 is
        far too small for Adadelta and Adagrad.
    Measured:
        The optimizer, its rate and momentum, and the outcome; a paired trial with Adam decides.
    Bad:
        model.compile("adadelta", loss)
    Good:
        model.compile("adam", loss)
    Fix:
        Adam at 0.001, or SGD with momentum 0.9 and a rate from `%lr_find`.
    Ignore when:
        Plain SGD was tuned and learns.
    Sources:
        Kingma and Ba 2015, Adam (arXiv 1412.6980); Keras documentation of Adadelta on its default rate.
    """
    optimizer = model.optimizer
    if optimizer is None or not is_failing(outcome, training):
        return
    rate, kind = optimizer.learning_rate, optimizer.name.lower()
    slow = rate is not None and rate < SLOW_DEFAULTS.get(kind, 0.0)
    if not slow and (kind != "sgd" or (training is not None and training.nonfinite is not None)):
        return  # a step that leaves the range of floats is no step that is too careful
    plain = " without momentum" if kind == "sgd" and not optimizer.momentum else ""
    yield Hit(
        message=f"{optimizer.name} at learning rate {number(rate)}{plain} did not get this network to learn"
        + ("; at this rate it hardly moves." if slow else "."),
        evidence={"optimizer": optimizer.name, "learning_rate": rate, "momentum": optimizer.momentum},
        where="optimizer",
        severity="error" if slow else None,
        level=Evidence.STRONG if slow else Evidence.HINT,
        fix=fixes.replace_optimizer(name="adam", rate=None),
    )
