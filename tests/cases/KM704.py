from tests.cases._facts import FAILED, training

FALL = tuple(2.0 * 0.8**k for k in range(30))
RISING = training(history={"loss": FALL, "val_loss": tuple(1.0 + 0.05 * abs(k - 8) for k in range(30))})


def bad():
    return {"training": RISING, "outcome": FAILED}


def good():
    return {"training": training(), "outcome": FAILED}


def near():
    """Validation wobbles by a few per cent around its best value."""
    return {"training": training(history={"loss": FALL, "val_loss": tuple(1.0 + 0.01 * (k % 3) for k in range(30))})}
