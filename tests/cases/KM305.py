from tests.cases._nets import dense, layer, net, rows


def ids(highest, integer=True):
    embedding = layer("Embedding", options={"input_dim": 100}, parameters=800)
    model = net(layer("InputLayer", name="x"), embedding, dense("out", 8, 1), input_shapes={"x": (12,)})
    return {"model": model, "data": rows((12,), role="tokens", min=0.0, max=float(highest), integer=integer)}


def bad():
    return ids(100)


def good():
    return ids(99)


def near():
    """A vocabulary larger than what occurs."""
    return ids(40)
