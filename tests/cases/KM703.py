from tests.cases._facts import FAILED, training

SHORT = training(
    epochs_asked=4, epochs_done=4, steps_done=100, history={"loss": (2.3, 2.1, 1.9, 1.7), "val_loss": (2.3, 2.1, 1.9, 1.7)}
)


def bad():
    return {"training": SHORT, "outcome": FAILED}


def good():
    return {"training": training(), "outcome": FAILED}


def near():
    """It ended early because early stopping ended it, long before the epochs asked for."""
    return {"training": training(epochs_asked=100, epochs_done=4), "outcome": FAILED}
