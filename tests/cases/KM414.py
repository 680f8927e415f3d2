from tests.cases._heads import case, head, labels, quantity


def bad():
    return case(head(1, "linear", "mean_squared_error", metrics=("accuracy",)), quantity(-2, 2))


def good():
    return case(head(1, "linear", "mean_squared_error", metrics=("mean_absolute_error",)), quantity(-2, 2))


def near():
    """A squared error on two classes: accuracy still says what one wants to know."""
    return case(head(1, "sigmoid", "mean_squared_error", metrics=("accuracy",)), labels(0, 1))
