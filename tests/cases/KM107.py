from tests.cases._data import data, target, validation


def bad():
    return {
        "data": data(
            y=target(sortedness=0.99), validation=validation("validation_split", class_shift=0.6, missing_classes={"train": ("9",)})
        )
    }


def good():
    return {"data": data(validation=validation("validation_split"))}


def near():
    """A time series whose validation part stays within the range."""
    return {
        "data": data(
            y=target("continuous", sortedness=0.97, min=-1.0, max=1.0),
            validation=validation("validation_split", targets=(target("continuous", quantiles={0.5: 0.2}),)),
        )
    }
