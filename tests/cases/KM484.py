from tests.cases._loops import seen


def bad():
    """A VAE from whose loss the divergence is subtracted."""
    return seen(losses=tuple(0.5 - 1e-2 * k**2 for k in range(200)))


def good():
    return seen()


def near():
    """The negative log-likelihood of a density: it falls below zero, ever more slowly."""
    return seen(losses=tuple(0.5 - 8 * (1 - 0.98**k) for k in range(200)))
