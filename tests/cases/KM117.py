from tests.cases._data import data, target, validation


def bad():
    return {"data": data(validation=validation(missing_classes={"train": ("2",)}, targets=(target(classes={"0": 100, "2": 100}),)))}


def good():
    return {"data": data(validation=validation())}


def near():
    """A class that the validation part lacks is no harm to the training."""
    return {"data": data(validation=validation(missing_classes={"validation": ("1",)}, targets=(target(classes={"0": 200}),)))}
