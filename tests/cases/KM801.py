from keras_magic.facts import OutcomeFacts
from tests.cases._facts import LEARNED, data, model, training

TURNED = training(history={"loss": (2.0, 1.0, 0.4, 0.1, 0.02, 0.01), "val_loss": (1.9, 1.2, 1.3, 1.6, 2.0, 2.4)})
GAP = OutcomeFacts(task="multiclass", train=1.0, validation=0.4, attainable=0.6)


def bad():
    return {"data": data(200), "model": model(weights=4_000_000), "training": TURNED, "outcome": GAP}


def good():
    return {"data": data(), "model": model(), "training": training(), "outcome": LEARNED}


def near():
    """A huge network that generalises all the same."""
    return {"data": data(200), "model": model(weights=4_000_000), "training": training(), "outcome": LEARNED}
