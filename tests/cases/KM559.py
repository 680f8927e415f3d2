from dataclasses import replace

from keras_magic.facts import ColumnFacts, InputFacts
from tests.cases._facts import data, model


def case(top, dtype="float16"):
    plain = model()
    layers = tuple(replace(layer, options={"compute_dtype": dtype}) for layer in plain.layers)
    column = ColumnFacts(name="income", count=800, min=100.0, max=top)
    entry = InputFacts(name="x", shape=(1,), dtype="float32", role="table", columns=(column,), min=100.0, max=top)
    return {"data": replace(data(), inputs=(entry,)), "model": replace(plain, layers=layers)}


def bad():
    return case(250_000.0)


def good():
    return case(12.0)


def near():
    """bfloat16 has the range of float32."""
    return case(250_000.0, "bfloat16")
