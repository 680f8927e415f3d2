from keras_magic.facts import NonfiniteEvent
from tests.cases._facts import model, series, training


def case(losses, norms=(1.2, 1.1, float("nan")), kind="gradient"):
    return {
        "training": training(
            nonfinite=NonfiniteEvent(step=3, kind=kind, layer="dense"),
            layers=(series("dense", steps=(1, 2, 3), gradient_norm=norms),),
            loss_steps=(1, 2, 3),
            losses=losses,
        ),
        "model": model(),
    }


def bad():
    """The loss is what it was, and its derivative is NaN."""
    return case((0.9, 0.8, 0.82))


def good():
    return {"training": training(), "model": model()}


def near():
    """The loss grew a thousandfold from one step to the next: a step was too large."""
    return case((0.9, 0.8, 830.0))
