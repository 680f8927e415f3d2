"""KM780 a tf.function that is traced at each step."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.loop_facts import LoopFacts
from keras_magic.rules import rule
from keras_magic.words import listed


@rule("KM780", "retraced-step", cause="retracing", severity="warning")
def retraced_step(loop: LoopFacts, *, fewest: int = 5, share: float = 0.5) -> Iterator[Hit]:
    """A `tf.function` that is traced again at nearly each step.

    Looks for:
        A compiled step with half as many traces as calls, or one that is wrapped by `tf.function` again inside the loop.
    Why:
        Tracing runs the Python code and builds a graph, which takes hundreds of times as long as a step of a small network. It
        happens for each new Python number or text among the arguments, for each new shape, and for each new `tf.function`.
    Measured:
        `experimental_get_tracing_count` before and after; the arguments that were Python values.
    Bad:
        for step, batch in enumerate(dataset):
            train_step(batch, step)                         # a Python int: a new trace for each value
    Good:
        train_step(batch, tf.constant(step))
    Fix:
        Pass tensors, keep shapes fixed (`drop_remainder=True`, or `reduce_retracing=True`), and decorate once, outside of the loop.
    Ignore when:
        It slows down and does not spoil the learning.
    Sources:
        TensorFlow guide: better performance with tf.function ("Controlling retracing").
    """
    for function in loop.functions:
        again = function.traces >= fewest and function.traces >= share * function.calls
        if not again:
            continue
        if function.instances > function.calls / 2:
            why, code = (
                "it is wrapped by tf.function again for each call",
                "train_step = tf.function(train_step)  # once, before the loop",
            )
        elif function.varying:
            verb = "is a Python value that changes" if len(function.varying) == 1 else "are Python values that change"
            why = f"{listed(function.varying, 3)} {verb}"
            code = f"{function.name}(..., tf.constant(value))  # a tensor instead of a Python number"
        else:
            why, code = "its arguments change their shape, or are new Python objects", "@tf.function(reduce_retracing=True)"
        yield Hit(
            message=f"{function.name} was traced {function.traces:,} times in {function.calls:,} calls: {why}. Each "
            f"trace takes far longer than a step.",
            evidence={"traces": function.traces, "calls": function.calls, "instances": function.instances},
            where=function.name,
            level=Evidence.MEASURED,
            fix=Fix(name="trace-once", title="Let the step be traced once", code=code),
        )
