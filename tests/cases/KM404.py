from tests.cases._heads import case, head, labels


def bad():
    return case(head(1, "linear", "binary_crossentropy"), labels(0, 1))


def good():
    return case(head(1, "sigmoid", "binary_crossentropy"), labels(0, 1))


def near():
    """The loss takes these for logits."""
    return case(head(1, "linear", "binary_crossentropy", from_logits=True), labels(0, 1))
