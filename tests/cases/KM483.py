from tests.cases._loops import seen


def vae(effect, updates=1000):
    return seen(name="encoder and decoder", decoder="decoder", code_effect=effect, updates=updates)


def bad():
    return vae(1e-4)


def good():
    return vae(0.4)


def near():
    """A loop that has hardly begun."""
    return vae(1e-4, updates=10)
