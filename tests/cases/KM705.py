from tests.cases._facts import FAILED, training


def case(falls, monitor="val_loss"):
    stop = {"class": "EarlyStopping", "monitor": monitor, "falls": falls, "patience": 3, "stopped_epoch": 3}
    curve = (2.0, 1.4, 1.0, 0.8)
    seen = training(epochs_asked=50, epochs_done=4, history={"loss": curve, "val_loss": curve}, callback_settings=(stop,))
    return {"training": seen, "outcome": FAILED}


def bad():
    return case(falls=False)


def good():
    return case(falls=True)


def near():
    """A metric whose name says nothing about its direction."""
    return case(falls=False, monitor="val_gap")
