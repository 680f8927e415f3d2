from keras_magic.facts import LayerFacts
from tests.cases._data import column, data, model, table


def bad():
    return {"data": data(table(column("age"), column("city", text=True)))}


def good():
    return {"data": data()}


def near():
    """Text that the model reads itself."""
    return {
        "data": data(table(role="text", shape=())),
        "model": model(layers=(LayerFacts(name="words", kind="TextVectorization"),)),
    }
