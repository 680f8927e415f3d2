from tests.cases._heads import case, head, quantity


def bad():
    return case(head(1, "sigmoid", "binary_crossentropy"), quantity(9, 46))


def good():
    return case(head(1, "linear", "mean_squared_error"), quantity(9, 46))


def near():
    """Probabilities (or pixels from 0 to 1) are fine targets of a binary cross-entropy."""
    return case(head(1, "sigmoid", "binary_crossentropy"), quantity(0.0, 1.0))
