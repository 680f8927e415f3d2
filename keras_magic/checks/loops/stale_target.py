"""KM688 a target network that is never updated."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.loop_facts import LoopFacts
from keras_magic.rules import rule


@rule("KM688", "stale-target", cause="stale-target", severity="warning")
def stale_target(loop: LoopFacts, *, fewest: int = 200) -> Iterator[Hit]:
    """A copy of the trained network that the loop asks for targets and never brings up to date.

    Looks for:
        A model of the same form as the one that is trained whose weights are at the end exactly what they were when it was first
        called: one that was called on inputs on which that one was not, or a copy of the weights from which that one started, none
        of which was ever trained.
    Why:
        Targets such as r + γ max Q'(s') move on only when the copy does. With a copy that stays as it was initialised, the network
        learns one step of reward and then fits noise. A teacher that is to be the average of its student (a mean teacher) draws
        the student back to its initial weights when it never moves.
    Measured:
        Checksums of the copy's weights at its first call and after the loop; the inputs of each model in the first steps.
    Bad:
        target_net = keras.models.clone_model(q_net)         # and never again
    Good:
        if step % 500 == 0:
            target_net.set_weights(q_net.get_weights())
    Fix:
        Copy the weights every so many steps, or move them a little at each step (Polyak averaging).
    Ignore when:
        It is a frozen teacher or reference; or its turn comes after more updates than this loop made.
    Sources:
        Mnih et al. 2015, Human-level control through deep reinforcement learning; Lillicrap et al. 2016 (arXiv 1509.02971);
        Tarvainen and Valpola 2017, Mean teachers are better role models (arXiv 1703.01780).
    """
    if loop.updates < fewest:
        return
    for target in loop.target_networks:
        untrained = target.equal_at_start and target.initial
        if target.changed or not (target.own_inputs or untrained):
            continue
        first = " (what the trained one started from)" if target.equal_at_start else ""
        called = "called for other inputs" if target.own_inputs else "called beside it"
        what = "as a target network it was" if target.own_inputs else "it was never trained, and"
        yield Hit(
            message=f"{target.name} has the form of {loop.name} and was {called}, but its weights are after {loop.updates:,} "
            f"updates still what they were at its first call{first}: {what} never synchronised.",
            evidence={"updates": loop.updates, "equal_at_start": target.equal_at_start},
            where=target.name,
            level=Evidence.PLAUSIBLE,
            fix=Fix(
                name="synchronise-target",
                title="Copy the trained weights every so many steps",
                code=f"if step % 500 == 0:\n    {target.name}.set_weights({loop.name}.get_weights())",
            ),
        )
