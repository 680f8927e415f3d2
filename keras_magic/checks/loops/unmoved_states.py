"""KM134 states that are the states after them."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.loop_facts import LoopFacts
from keras_magic.rules import rule


@rule(
    "KM134",
    "unmoved-states",
    cause="misaligned-labels",
    severity="error",
    headline="the network and its target network see the same rows",
)
def unmoved_states(loop: LoopFacts, *, fewest: int = 10) -> Iterator[Hit]:
    """A network and its target network that are given the same numbers in two arguments.

    Looks for:
        A step that calls the trained network on one of its arguments and a network of the same form on another, where the two
        arguments held exactly the same numbers each time.
    Why:
        The target network is asked what the next state is worth. Where the state was replaced before it was stored, the state
        and the next state of each transition are one: the value of a state is learned from itself, and no reward reaches the
        states that lead to it. Two views of a row, of which neither is changed, say as little of each other.
    Measured:
        The numbers of both arguments in the first calls of the compiled step.
    Bad:
        next_state, reward, done = env.step(action)
        state = next_state
        memory.append((state, action, reward, next_state, done))
    Good:
        next_state, reward, done = env.step(action)
        memory.append((state, action, reward, next_state, done))
        state = next_state
    Fix:
        Store the transition before the state is replaced; copy the state where the environment changes it in place.
    Ignore when:
        Both networks are to see the same rows: give the step one argument for them.
    Sources:
        Mnih et al. 2015, Human-level control through deep reinforcement learning; Grill et al. 2020 (arXiv 2006.07733).
    """
    for target in loop.target_networks:
        if target.compared < fewest or target.equal < target.compared:
            continue
        yield Hit(
            message=f"{loop.name} and {target.name} were called on two arguments of the step that held exactly the same numbers in "
            f"each of the {target.compared} steps that were looked at: the state and the next state of a transition are one, "
            "or two views of a row do not differ.",
            evidence={"compared": target.compared, "equal": target.equal},
            where=target.name,
            level=Evidence.CONTRADICTION,
            fix=Fix(
                name="store-before-replacing",
                title="Store the transition before the state is replaced",
                code="memory.append((state, action, reward, next_state, done))\nstate = next_state",
            ),
        )
