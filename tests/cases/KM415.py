from tests.cases._heads import case, head, labels


def bad():
    return case(head(1, "linear", "binary_crossentropy", from_logits=True, metrics=("accuracy",)), labels(0, 1))


def good():
    return case(head(1, "sigmoid", "binary_crossentropy", metrics=("accuracy",)), labels(0, 1))


def near():
    """The threshold was moved to 0."""
    return case(
        head(
            1,
            "linear",
            "binary_crossentropy",
            from_logits=True,
            metrics=("binary_accuracy",),
            metric_options={"binary_accuracy": {"threshold": 0.0}},
        ),
        labels(0, 1),
    )
