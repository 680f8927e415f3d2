from tests.cases._data import data, validation
from tests.cases._facts import FAILED

SHOPS = {"column": "shop", "codes": 13, "train_codes": 15, "moved": 12, "code": 4, "true_code": 6, "apart": 30.0}


def bad():
    return {"data": data(validation=validation(recoded=SHOPS)), "outcome": FAILED}


def good():
    return {"data": data(validation=validation()), "outcome": FAILED}


def near():
    """Fewer codes, each with the targets that it has in training."""
    return {"data": data(validation=validation(missing_classes={"validation": ("7",)})), "outcome": FAILED}
