from tests.cases._heads import case, head, labels


def bad():
    return case(head(3, "softmax", "categorical_crossentropy"), labels(0, 1, 2))


def good():
    return case(head(3, "softmax", "sparse_categorical_crossentropy"), labels(0, 1, 2))


def near():
    """Labels start at 1, but there is a unit for the unused 0."""
    return case(head(4, "softmax", "sparse_categorical_crossentropy"), labels(1, 2, 3))
