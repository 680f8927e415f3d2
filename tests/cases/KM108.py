from tests.cases._data import data, relation
from tests.cases._facts import FAILED, LEARNED


def bad():
    return {
        "data": data(
            relation=relation(agreement=0.26, expected=0.25, z=0.8, p=0.3, lagged={"shift": 3.0, "agreement": 0.99, "z": 90.0})
        ),
        "outcome": FAILED,
    }


def good():
    return {"data": data(relation=relation())}


def near():
    """Neighbours see nothing, the network does."""
    return {"data": data(relation=relation(z=0.8, p=0.4)), "outcome": LEARNED}
