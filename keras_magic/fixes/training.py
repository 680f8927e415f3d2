"""Fixes of the training: optimizer, learning rate, batch size, epochs, class weights, the validation split."""

from __future__ import annotations

from collections.abc import Mapping

from keras_magic.findings import Fix
from keras_magic.fixes._builders import callbacks, changes, edits, of, rows
from keras_magic.fixes._words import code
from keras_magic.names import YOUR
from keras_magic.run import Run


def set_learning_rate(rate: float, *, scheduled: str | None = None) -> Fix:
    """Train with a constant learning rate.

    Args:
        rate: rounded to two digits, for the trial as for the code.
        scheduled: class name of an optimizer that has a schedule: its rate can't be set, so that it is compiled again.
    """
    rate = float(f"{rate:.2g}")
    text = f"{YOUR.model}.optimizer.learning_rate = {rate:.2g}   # then train again from fresh weights"
    if scheduled:
        text = (
            f"{YOUR.model}.compile(optimizer=keras.optimizers.{scheduled}({rate:.2g}), loss=..., metrics=...)   # without schedule"
        )
    return Fix(
        name="set-learning-rate",
        title=f"Set the learning rate to {rate:.2g}",
        code=text,
        transform=lambda run: edits().set_learning_rate(run, rate),
    )


def drop_callback(kind: str) -> Fix:
    """Train without the callbacks of one class.

    Args:
        kind: class name, such as "ReduceLROnPlateau".
    """
    return Fix(
        name="drop-callback",
        title=f"Train without {kind}",
        code=f"# leave {kind} out of the callbacks of {YOUR.model}.fit, or have it lower the learning rate later and less",
        transform=lambda run: run.with_fit(callbacks=[c for c in run.callbacks if type(c).__name__ != kind]),
    )


def patient_stopping() -> Fix:
    """Early stopping that waits for ten epochs."""
    return Fix(
        name="patient-stopping",
        title="Let EarlyStopping wait for ten epochs",
        code='keras.callbacks.EarlyStopping(monitor="val_loss", patience=10, restore_best_weights=True)',
        transform=lambda run: callbacks().change_callbacks(
            run, lambda c: type(c).__name__ == "EarlyStopping", patience=10, restore_best_weights=True
        ),
    )


def turn_callback(kind: str, monitor: str, mode: str) -> Fix:
    """Let a callback take the right direction of its metric for the better one.

    Args:
        kind: class name, such as "EarlyStopping"; monitor: the metric that it follows; mode: "min" or "max".
    """
    return Fix(
        name="turn-callback",
        title=f'{kind} with mode="{mode}"',
        code=f"keras.callbacks.{kind}(monitor={monitor!r}, mode={mode!r})   # the other arguments as they are",
        transform=lambda run: callbacks().change_callbacks(
            run, lambda c: type(c).__name__ == kind and getattr(c, "monitor", None) == monitor, mode=mode
        ),
    )


def set_monitor(given: str, measured: str) -> Fix:
    """Let a callback look at a metric that is measured.

    Args:
        given: what it looks at; measured: what it should.
    """
    return Fix(
        name="set-monitor",
        title=f"Let the callback monitor {measured!r}",
        code=f'monitor="{measured}"   # where the callback is made, in place of "{given}"',
        transform=lambda run: callbacks().change_callbacks(run, lambda c: getattr(c, "monitor", None) == given, monitor=measured),
    )


def repeat_data(*, kind: str = "generator") -> Fix:
    """Let the data go on for as long as the training asks for batches.

    Args:
        kind: "generator" | "tf.data": what x is.
    """
    text = f"{YOUR.x} = {YOUR.x}.repeat()   # and steps_per_epoch in fit; or leave both out: each epoch then reads the Dataset once"
    if kind != "tf.data":
        text = """
            def endless(make):
                while True:
                    yield from make()   # make: the function that yields the batches of one pass
            """
    return Fix(
        name="repeat-data",
        title="Let the data begin again when it has ended",
        code=code(text),
    )


def replace_optimizer(name: str = "adam", *, rate: float | None = None) -> Fix:
    """Train with another optimizer.

    Args:
        name: Keras' name of it; rate: learning rate, the optimizer's default when None.
    """
    proper = {"sgd": "SGD", "rmsprop": "RMSprop", "adamw": "AdamW", "adagrad": "Adagrad"}.get(name, name.title())
    return Fix(
        name="replace-optimizer",
        title=f"Use {proper}" + (f" with the learning rate {rate:.2g}" if rate else " with its default learning rate"),
        code=f"{YOUR.model}.compile(optimizer=keras.optimizers.{proper}({f'{rate:.2g}' if rate else ''}), loss=..., metrics=...)",
        transform=lambda run: edits().replace_optimizer(run, name, rate),
    )


def clip_gradients(norm: float = 1.0) -> Fix:
    """Scale gradients down whose norm, over all weights, is larger than `norm`."""
    return Fix(
        name="clip-gradients",
        title=f"Clip the gradients to a norm of {norm:g}",
        code=f"{YOUR.model}.compile(optimizer=keras.optimizers.Adam(..., global_clipnorm={norm:g}))   # or your optimizer",
        transform=lambda run: edits().clip_gradients(run, norm),
    )


def set_batch_size(size: int) -> Fix:
    """Train with `size` rows per step."""
    return Fix(
        name="set-batch-size",
        title=f"Use batches of {size} rows",
        code=f"{YOUR.model}.fit({YOUR.x}, {YOUR.y}, batch_size={size})   # tf.data: .unbatch().batch({size})",
        **of(changes, "set_batch_size", size),
    )


def set_epochs(epochs: int) -> Fix:
    """Train for `epochs` epochs."""
    return Fix(
        name="set-epochs",
        title=f"Train for {epochs} epochs",
        code=f"{YOUR.model}.fit({YOUR.x}, {YOUR.y}, epochs={epochs})",
        transform=lambda run: edits().fresh(run).with_fit(epochs=epochs),
    )


def add_early_stopping(patience: int = 5) -> Fix:
    """Stop when the validation loss has not fallen for `patience` epochs, and go back to the best weights."""
    return Fix(
        name="add-early-stopping",
        title="Stop when the validation loss no longer falls, and keep the best weights",
        code=code(f"""
            stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience={patience}, restore_best_weights=True)
            {YOUR.model}.fit({YOUR.x}, {YOUR.y}, {YOUR.held_out}, callbacks=[stop])
        """),
        transform=lambda run: edits().add_early_stopping(run, patience),
    )


def balance_classes(weights: Mapping[int, float] | None = None, *, elements: bool = False) -> Fix:
    """Weigh the classes by the inverse of their frequency.

    Args:
        weights: class index -> weight; measured on the training rows when None.
        elements: the targets hold a class per pixel or per step, which Keras weighs by `sample_weight` only.
    """
    shown = "{" + ", ".join(f"{k}: {v:.3g}" for k, v in (weights or {}).items()) + "}"
    text = f"{YOUR.model}.fit({YOUR.x}, {YOUR.y}, class_weight={shown if weights else 'weights'})   # inverse shares"
    if elements:
        text = f"{YOUR.model}.fit({YOUR.x}, {YOUR.y}, sample_weight={YOUR.sample_weight})   # one weight per element"
    title = "Weigh the classes by the inverse of their frequency (class_weight)"
    if elements:
        title = "Weigh each pixel or step by the inverse of its class's frequency (sample_weight)"
    return Fix(
        name="balance-classes",
        title=title,
        code=text,
        safe=False,
        **(of(changes, "balance_elements") if elements else of(changes, "balance_classes", weights)),
    )


def stratify_split() -> Fix:
    """Split off validation rows with the same share of every class."""
    return Fix(
        name="stratify-split",
        title="Split off the validation rows at random, with the same share of every class",
        code=f"train_test_split({YOUR.x}, {YOUR.y}, test_size=0.2, stratify={YOUR.y}, random_state=0)   # where the rows are split",
        **of(rows, "stratify"),
    )


def separate_validation() -> Fix:
    """Take the rows that stand in both parts out of the training rows."""
    return Fix(
        name="separate-validation",
        title="Take the validation rows out of the training data (split first, then oversample or augment)",
        code=f"# split the original rows of {YOUR.x} first, then oversample or augment the training part only",
        **of(rows, "separate"),
    )


def weigh_labels() -> Fix:
    """A binary cross-entropy in which the positives of each label count as much as its negatives; class_weight goes."""
    return Fix(
        name="weigh-labels",
        title="Weigh the positives of each label in the loss, without class_weight",
        code=code("""
            each = weight * true * keras.ops.log(pred) + (1 - true) * keras.ops.log(1 - pred)   # in a loss of your own
            # weight: negatives per positive of each label
        """),
        **of(changes, "weigh_labels"),
    )


def hold_out() -> Fix:
    """Hold a fifth of the training rows back, where the validation data is the training data."""
    return Fix(
        name="hold-out",
        title="Hold a fifth of the rows back for the validation",
        code=f"train_test_split({YOUR.x}, {YOUR.y}, test_size=0.2, random_state=0)   # where the rows are split",
        **of(rows, "hold_out"),
    )


def rescale_validation() -> Fix:
    """Bring the validation data to the scale of the training data, feature by feature."""
    return Fix(
        name="rescale-validation",
        title="Prepare the validation data exactly as the training data",
        code=f"{YOUR.x_val} = scaler.transform(x_val_raw)   # the object that was fitted on the training rows, no second fit",
        **of(changes, "rescale_validation"),
    )


def new_model_per_fold() -> Fix:
    """Train each fold of a cross-validation with a model of its own."""

    def write(run: Run) -> str:
        from keras_magic.fixes.program import fold_program

        return fold_program(run)

    return Fix(
        name="new-model-per-fold",
        title="Build a new model for each fold",
        code=f"{YOUR.model} = build()   # your function that builds and compiles it; in the loop over the folds, before fit",
        write=write,
    )
