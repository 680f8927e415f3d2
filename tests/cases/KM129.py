from keras_magic.facts import StoryFacts


def bad():
    return {"story": StoryFacts(kind="stages", fits=4, trained_before=0.98, in_fit=2)}


def good():
    """A new model for each fold: a set, whose members know no earlier rows."""
    return {"story": StoryFacts(kind="folds", fits=4)}


def near():
    """A few rows that are alike by chance."""
    return {"story": StoryFacts(kind="stages", fits=2, trained_before=0.01, in_fit=2)}
