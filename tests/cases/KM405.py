from keras_magic.facts import EnvironmentFacts
from tests.cases._heads import case, head, labels


def bad():
    return case(
        head(3, "softmax", "sparse_categorical_crossentropy", from_logits=True),
        labels(0, 1, 2),
        environment=EnvironmentFacts(backend="jax"),
    )


def good():
    return case(head(3, "softmax", "sparse_categorical_crossentropy"), labels(0, 1, 2))


def near():
    """Logits without an activation are what the loss expects."""
    return case(head(3, "linear", "sparse_categorical_crossentropy", from_logits=True), labels(0, 1, 2))
