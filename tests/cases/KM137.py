from keras_magic.facts import UnlikeFacts
from tests.cases._data import data, validation
from tests.cases._facts import FAILED

WORDS = UnlikeFacts(input="x", kind="ids", features=60, train=0.9, validation=0.85, across=0.05)


def bad():
    return {"data": data(validation=validation(unlike=WORDS)), "outcome": FAILED}


def good():
    return {"data": data(validation=validation()), "outcome": FAILED}


def near():
    """The codes of one column are others, which says more."""
    shops = {"column": "shop", "codes": 13, "train_codes": 15, "moved": 12, "code": 4, "true_code": 6, "apart": 30.0}
    return {"data": data(validation=validation(unlike=WORDS, recoded=shops)), "outcome": FAILED}
