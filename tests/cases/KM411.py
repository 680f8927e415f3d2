from keras_magic.facts import OutcomeFacts
from tests.cases._heads import case, head, labels, quantity


def bad():
    return case(head(1, "sigmoid", "mean_squared_error"), labels(0, 1))


def good():
    return case(head(1, "linear", "mean_squared_error"), quantity(0, 50))


def near():
    """Stars from 1 to 5 may well be taken as a quantity, where no accuracy is asked for."""
    outcome = OutcomeFacts(task="regression", train=0.1, validation=0.1, attainable=0.9)
    return case(head(1, "linear", "mean_squared_error"), labels(1, 2, 3, 4, 5), outcome=outcome)
