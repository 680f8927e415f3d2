from tests.cases._heads import case, head, labels


def bad():
    return case(head(1, "softmax", "binary_crossentropy"), labels(0, 1))


def good():
    return case(head(1, "sigmoid", "binary_crossentropy"), labels(0, 1))


def near():
    """Softmax over two units is right for two classes."""
    return case(head(2, "softmax", "sparse_categorical_crossentropy"), labels(0, 1))
