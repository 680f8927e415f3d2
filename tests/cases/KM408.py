from tests.cases._facts import LEARNED
from tests.cases._heads import case, head, labels


def bad():
    return case(head(3, "sigmoid", "sparse_categorical_crossentropy"), labels(0, 1, 2))


def good():
    return case(head(3, "softmax", "sparse_categorical_crossentropy"), labels(0, 1, 2))


def near():
    """It works all the same."""
    return case(head(3, "sigmoid", "sparse_categorical_crossentropy"), labels(0, 1, 2), LEARNED)
