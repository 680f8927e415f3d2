from tests.cases._facts import FAILED
from tests.cases._nets import dense, layer, net


def case(mode="int", *between):
    lookup = layer("StringLookup", options={"output_mode": mode, "vocabulary_size": 30})
    chain = (layer("InputLayer", "city"), lookup, *between, dense("hidden", 1, 16), dense("out", 16, 1))
    return {"model": net(*chain), "outcome": FAILED}


def bad():
    return case()


def good():
    return case("one_hot")


def near():
    """An Embedding looks the indices up."""
    return case("int", layer("Embedding", parameters=240), layer("Flatten"))
