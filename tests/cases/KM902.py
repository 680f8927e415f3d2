from tests.cases._facts import FAILED, training


def bad():
    return {"training": training(steps_done=1), "outcome": FAILED}


def good():
    return {"training": training(), "outcome": FAILED}


def near():
    """The training raised: the exception says more than the lack of steps."""
    return {"training": training(steps_done=0, exception={"type": "ValueError", "message": "shapes"})}
