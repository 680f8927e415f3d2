from keras_magic.facts import GroupFacts
from tests.cases._data import data, validation


def grouped(**facts):
    groups = GroupFacts(**{"rows": 200, "share": 0.95, "size": 6, "within": 1.0, "beyond": 0.55, "classes": 2, **facts})
    return {"data": data(validation=validation(groups=groups))}


def bad():
    return grouped()


def good():
    return grouped(share=0.2)


def near():
    """Tight clusters whose neighbours have the same label: it was learned from the clusters around as well."""
    return grouped(beyond=0.98)
