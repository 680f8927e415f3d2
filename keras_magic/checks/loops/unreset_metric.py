"""KM482 a metric that a loop never resets."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.loop_facts import LoopFacts
from keras_magic.rules import rule


@rule("KM482", "unreset-metric", cause="metric-state", severity="warning")
def unreset_metric(loop: LoopFacts) -> Iterator[Hit]:
    """A metric that is read in several passes over the data and never reset.

    Looks for:
        A Keras metric whose `result` is read in two or more passes over a data set, and `reset_state` never called.
    Why:
        A metric gathers all it was given since it was last reset: its value is then the mean since the first step of the first
        pass. It lags behind, moves ever more slowly and looks like a plateau, and a validation metric mixes old models with new.
    Measured:
        Calls of `result` and `reset_state`, and how often each `tf.data.Dataset` was iterated over.
    Bad:
        for epoch in range(10):
            for x, y in dataset:
                accuracy.update_state(y, train_step(x, y))
            print(accuracy.result())
    Good:
        print(accuracy.result()); accuracy.reset_state()     # at the end of each epoch
    Fix:
        Reset it at the start of each pass.
    Ignore when:
        The mean over the whole training is wanted.
    Sources:
        Keras guide: writing a training loop from scratch ("Low-level handling of metrics").
    """
    names = [m.name for m in loop.metrics if m.passes > 1 and m.results > 1 and not m.resets]
    if names:
        were, values = ("was", "its value is") if len(names) == 1 else ("were", "their values are")
        passes = max(m.passes for m in loop.metrics)
        yield Hit(
            message=f"{' and '.join(names[:3])} {were} read in {passes} passes over the data and never reset: "
            f"{values} over all steps since the first, not over the last pass.",
            evidence={"metrics": names},
            where=names[0],
            level=Evidence.STRONG,
            fix=Fix(name="reset-metric", title="Reset it at the start of each pass", code=f"{names[0]}.reset_state()"),
        )
