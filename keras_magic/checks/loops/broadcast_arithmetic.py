"""KM480 (n,) against (n, 1) in a loop's own arithmetic."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.checks.loops._words import place
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.loop_facts import LoopFacts
from keras_magic.rules import rule


@rule(
    "KM480",
    "broadcast-arithmetic",
    cause="input-shape",
    severity="error",
    headline="(n,) and (n, 1) are broadcast to (n, n)",
)
def broadcast_arithmetic(loop: LoopFacts) -> Iterator[Hit]:
    """Numbers of shape (n,) that meet a network's output of shape (n, 1).

    Looks for:
        Arithmetic in a loop between a network's output of shape (n, 1), or what was computed from it number by
        number, and something
        of shape (n,) that does not come from the same network.
    Why:
        Both are stretched to (n, n): each prediction is compared with each target, and the best answer is the mean for all. Nothing
        raises and the loss is a finite number. Rewards and returns of shape (n,) against a critic of shape (n, 1)
        are the same slip.
    Measured:
        The shapes of each operation between the model's output and the loss, during the first updates.
    Bad:
        loss = tf.reduce_mean((y - model(x)) ** 2)          # y: (32,), model(x): (32, 1)
    Good:
        loss = tf.reduce_mean((y - model(x)[:, 0]) ** 2)
    Fix:
        Take the one column, `model(x)[:, 0]`, or give y the shape (n, 1); Keras' losses align the two by themselves.
    Ignore when:
        All pairs are meant: then make the axis in the code, `y[None, :] - prediction`.
    Sources:
        NumPy documentation: broadcasting; Keras 3 source: losses.squeeze_or_expand_to_same_rank.
    """
    for found in loop.broadcasts[:2]:
        n = "n" if found.rows is None else str(found.rows)
        column, row = found.column or "a value", found.row or "the other value"
        where = place(found.function, found.line, found.code)
        yield Hit(
            message=f"{column[:1].upper()}{column[1:]} has the shape ({n}, 1) and {row} has ({n},): their "
            f"{_WORDS.get(found.operation, found.operation)} "
            f"has {n} × {n} numbers instead of {n}{where}.",
            evidence={"column": column, "row": row, "rows": found.rows, "operation": found.operation},
            where=loop.name,
            level=Evidence.CONTRADICTION,
            fix=Fix(
                name="align-shapes",
                title="Give both sides of the arithmetic the same shape",
                code="prediction = prediction[:, 0]  # (n, 1) -> (n,), before it meets the values of shape (n,)",
            ),
        )


_WORDS = {
    "Sub": "difference",
    "SquaredDifference": "squared difference",
    "Add": "sum",
    "AddV2": "sum",
    "Mul": "product",
    "RealDiv": "quotient",
    "Div": "quotient",
    "Minimum": "minimum",
    "Maximum": "maximum",
    "Pow": "power",
}
