from dataclasses import replace

from keras_magic.facts import SelectionFacts, ValidationFacts
from tests.cases._data import column, data, table

GENES = table(column("a", target_r2=0.1), column("b", target_r2=0.1))


def bad():
    chosen = SelectionFacts(selector="selector", kind="SelectKBest", kept=40, among=3000)
    return {"data": replace(data(GENES), validation=ValidationFacts(source="validation_data", rows=22, selection=chosen))}


def good():
    return {"data": replace(data(GENES), validation=ValidationFacts(source="validation_data", rows=22))}


def near():
    """No validation rows that could have been seen."""
    return {"data": data(GENES)}
