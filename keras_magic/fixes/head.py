"""Fixes of the head: loss, last activation and units, metrics."""

from __future__ import annotations

from typing import Any

from keras_magic.findings import Fix
from keras_magic.fixes._builders import edits
from keras_magic.fixes._words import code
from keras_magic.names import YOUR
from keras_magic.words import counted


def _at(output: str | None) -> str:
    return f" of output {output!r}" if output else ""


def replace_loss(loss: str, *, output: str | None = None) -> Fix:
    """Compile with another loss.

    Args:
        loss: Keras' name of the loss, such as "sparse_categorical_crossentropy".
        output: the output it belongs to, None for a model with one.
    """
    return Fix(
        name="replace-loss",
        title=f"Use the loss {loss!r}{' for output ' + repr(output) if output else ''}",
        code=f"{YOUR.model}.compile(optimizer=..., loss={_for(output, repr(loss))}, metrics=...)",
        transform=lambda run: edits().replace_loss(run, loss, output),
    )


def replace_head(
    *, units: int | None = None, activation: str | None = None, loss: str | None = None, output: str | None = None
) -> Fix:
    """Change the units or the activation of the last layer, and the loss with it. What is None stays."""
    parts = [
        counted(units, "unit") if units else "",
        f"the activation {activation!r}" if activation else "",
        f"the loss {loss!r}" if loss else "",
    ]
    wanted = [p for p in parts if p]
    shown = ", ".join(wanted[:-1]) + (" and " if len(wanted) > 1 else "") + (wanted[-1] if wanted else "the same settings")
    text = f"keras.layers.Dense({units or '...'}, activation={activation!r}),   # the last layer{_at(output)}"
    if not activation:
        text = f"keras.layers.Dense({units or '...'}),   # the last layer{_at(output)}; the rest as it is"
    if loss:
        text += f"\n{YOUR.model}.compile(optimizer=..., loss={_for(output, repr(loss))}, metrics=...)"
    return Fix(
        name="replace-head",
        title=f"Give the head{_at(output)} {shown}",
        code=text,
        transform=lambda run: edits().replace_head(run, units, activation, loss, output),
    )


def set_from_logits(value: bool, *, loss: str | None = None, output: str | None = None) -> Fix:
    """Tell the loss whether the head gives logits.

    Args:
        value: True for a head without softmax or sigmoid.
        loss: canonical name of the loss in use, for the code to paste.
    """
    kind = "".join(w.title() for w in (loss or "").split("_")) or "SparseCategoricalCrossentropy"
    return Fix(
        name="set-from-logits",
        title=f"Tell the loss that the head{_at(output)} gives {'logits' if value else 'probabilities'}: from_logits={value}",
        code=code(f"""
            loss = keras.losses.{kind}(from_logits={value})
            {YOUR.model}.compile(optimizer=..., loss={_for(output, "loss")}, metrics=...)
        """),
        transform=lambda run: edits().set_from_logits(run, value, output),
    )


def replace_metric(metric: str, *, threshold: float | None = None, output: str | None = None) -> Fix:
    """Report a metric that fits the task (callbacks that watch the old one are moved to the new one).

    Args:
        metric: Keras' name of it; threshold: what counts as class 1 (binary accuracy: 0 for logits).
    """
    kind = "".join(word.title() for word in metric.split("_"))
    shown = repr(metric) if threshold is None else f"keras.metrics.{kind}(threshold={threshold!r})"
    return Fix(
        name="replace-metric",
        title=f"Report {metric!r}, which fits this task" if threshold is None else f"Give {metric!r} the threshold {threshold:g}",
        code=f"{YOUR.model}.compile(optimizer=..., loss=..., metrics={_for(output, f'[{shown}]')})"
        + f'\n# callbacks that watch the old metric: monitor="val_{metric}"',
        transform=lambda run: edits().replace_metric(run, metric, output, threshold),
    )


def _for(output: str | None, value: Any) -> str:
    return f"{{{output!r}: {value}}}" if output else str(value)
