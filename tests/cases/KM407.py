from tests.cases._heads import case, head, rows_of


def bad():
    return case(head(5, "softmax", "categorical_crossentropy"), rows_of("multi-hot", 5))


def good():
    return case(head(5, "sigmoid", "binary_crossentropy"), rows_of("multi-hot", 5))


def near():
    """Soft labels sum to 1: softmax is right."""
    return case(head(5, "softmax", "categorical_crossentropy"), rows_of("probabilities", 5))
