from tests.cases._facts import training


def bad():
    return {
        "training": training(
            exception={"type": "ValueError", "message": "Received a label value of 10 which is outside the valid range"}
        )
    }


def good():
    return {"training": training()}


def near():
    """The user stopped it."""
    return {"training": training(exception={"type": "KeyboardInterrupt", "message": ""}, interrupted=True)}
