from keras_magic.loop_facts import RivalFacts
from tests.cases._loops import seen


def pair(judge, maker, logarithmic=True):
    return seen(
        rival=RivalFacts(maker="generator", judge="discriminator", judge_losses=judge, maker_losses=maker, logarithmic=logarithmic)
    )


def bad():
    return pair(tuple(1.3 * 0.95**k for k in range(200)), tuple(0.7 + 0.06 * k for k in range(200)))


def good():
    return pair((1.3,) * 200, (0.8,) * 200)


def near():
    """A critic of a quantity may reach zero while the actor's loss grows."""
    return pair(tuple(1.3 * 0.95**k for k in range(200)), tuple(0.7 + 0.06 * k for k in range(200)), logarithmic=False)
