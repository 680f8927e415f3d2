from tests.cases._heads import case, head, labels


def bad():
    return case(head(10, "relu", "sparse_categorical_crossentropy"), labels(*range(10)))


def good():
    return case(head(10, "softmax", "sparse_categorical_crossentropy"), labels(*range(10)))


def near():
    """An activation that could not be read is given the benefit of the doubt."""
    return case(head(1, None, "binary_crossentropy"), labels(0, 1))
