from tests.cases._facts import FAILED, LEARNED, training

STOP = {"class": "EarlyStopping", "monitor": "val_accuracy", "falls": False, "patience": 1, "stopped_epoch": 4}


def case(outcome, val=(2.1, 1.9, 1.8, 1.6, 1.5)):
    curves = {"loss": (2.2, 2.0, 1.8, 1.6, 1.4), "val_loss": val}
    return {"training": training(epochs_asked=100, epochs_done=5, history=curves, callback_settings=(STOP,)), "outcome": outcome}


def bad():
    return case(FAILED)


def good():
    return case(LEARNED)


def near():
    """It overfits: stopping is right."""
    return case(FAILED, val=(1.5, 1.6, 1.9, 2.2, 2.5))
