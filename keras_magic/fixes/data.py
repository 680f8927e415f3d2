"""Fixes of the inputs: scaling, encoding, cleaning, order of axes and rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from keras_magic.findings import Fix
from keras_magic.fixes._late import arrays, edits, scripts
from keras_magic.fixes._words import Names, code, literal

Columns = Sequence[str | int]


def scale_inputs(*, method: str = "standard", input: str | None = None, names: Mapping[str, str] | None = None) -> Fix:
    """Scale every feature with statistics of the training rows alone.

    Args:
        method: "standard" (mean 0, standard deviation 1), "minmax" (0 to 1) or "layer" (`Normalization` in front of the model).
        input: one input of several, None for all that hold numbers (token ids are left alone).
        names: the user's variable names.
    """
    n = Names(names)
    if method == "layer":
        text = f"""
            norm = keras.layers.Normalization()
            norm.adapt({n.x})          # training data only; for a tf.data pipeline: ds.map(lambda x, y: x)
            model = keras.Sequential([norm, *{n.model}.layers])   # or: put norm right after keras.Input
            model.compile(...)         # as before
        """
        title = "Put a Normalization layer, adapted on the training data, in front of the model"
    else:
        kind = "StandardScaler" if method == "standard" else "MinMaxScaler"
        text = f"""
            from sklearn.preprocessing import {kind}

            scaler = {kind}().fit({n.x})        # training rows only
            {n.x} = scaler.transform({n.x})
            # {n.x_val} = scaler.transform({n.x_val}): the same scaler for validation and new data
        """
        title = f"Scale the inputs to {'mean 0 and standard deviation 1' if method == 'standard' else 'the range 0 to 1'}"
    return Fix(
        name="scale-inputs",
        title=title,
        code=code(text),
        transform=lambda run: arrays().scale(run, method, input),
        write=lambda run: scripts().scale_inputs(run, method, input),
    )


def divide_inputs(factor: float = 255.0, *, input: str | None = None, names: Mapping[str, str] | None = None) -> Fix:
    """Divide the inputs by a constant (pixels: 255)."""
    n = Names(names)
    return Fix(
        name="divide-inputs",
        title=f"Divide the inputs by {literal(float(factor))}",
        code=code(f"""
            {n.x} = {n.x}.astype("float32") / {literal(float(factor))}
            # {n.x_val} = {n.x_val}.astype("float32") / {literal(float(factor))}
            # or inside the model, right after the Input: keras.layers.Rescaling(1 / {literal(float(factor))})
        """),
        transform=lambda run: arrays().divide(run, factor, input),
        write=lambda run: scripts().divide(run, factor, input),
    )


def undo_scaling(
    *,
    low: float,
    high: float,
    current: tuple[float, float] | None = None,
    input: str | None = None,
    names: Mapping[str, str] | None = None,
) -> Fix:
    """Bring the inputs into the range `low`..`high` that the model expects.

    Args:
        current: the range of the data now, measured on the training rows when None.
    """
    n = Names(names)
    if current:
        step = f"({n.x} - {literal(float(current[0]))}) * {literal((high - low) / ((current[1] - current[0]) or 1.0))}"
        text = f"{n.x} = {step} + {literal(float(low))}   # and the same for the validation data"
    else:
        text = f"""
            lowest, highest = {n.x}.min(), {n.x}.max()
            {n.x} = ({n.x} - lowest) / (highest - lowest) * {literal(float(high - low))} + {literal(float(low))}
            # the same for the validation data, with the same `lowest` and `highest`
        """
    return Fix(
        name="undo-scaling",
        title=f"Feed values from {literal(float(low))} to {literal(float(high))}, as the model expects",
        code=code(text),
        transform=lambda run: arrays().to_range(run, low, high, current, input),
        write=lambda run: scripts().to_range(run, low, high, current, input),
    )


def encode_categoricals(
    columns: Columns, *, input: str | None = None, method: str = "one-hot", names: Mapping[str, str] | None = None
) -> Fix:
    """Encode columns of codes as categories.

    Args:
        columns: names or indexes of the columns.
        method: "one-hot" or "embedding" (a learned vector per code; for many codes).
    """
    n = Names(names)
    cols = list(columns)
    if method == "embedding":
        text = f"""
            # one Embedding per column of codes, the other columns as they are
            inputs = keras.Input((width,))
            parts = [keras.layers.Embedding(int({n.x}[:, c].max()) + 2, 8)(inputs[:, c]) for c in {cols!r}]
            rest = [c for c in range(width) if c not in {cols!r}]
            h = keras.layers.Concatenate()([*parts, *(inputs[:, c:c + 1] for c in rest)])
            # ... your layers on h
        """
    else:
        text = f"""
            from sklearn.compose import ColumnTransformer
            from sklearn.preprocessing import OneHotEncoder

            encoder = ColumnTransformer([("codes", OneHotEncoder(handle_unknown="ignore", sparse_output=False), {cols!r})],
                                        remainder="passthrough").fit({n.x})
            {n.x} = encoder.transform({n.x})     # {n.x_val} = encoder.transform({n.x_val})
            # the model's input is wider now: keras.Input(({n.x}.shape[1],))
        """
    return Fix(
        name="encode-categoricals",
        title=f"Encode {'column' if len(cols) == 1 else 'columns'} {', '.join(map(str, cols))}"
        f"{f' of {input}' if input else ''} as categories"
        f" ({'embedding' if method == 'embedding' else 'one-hot'})",
        code=code(text),
        transform=lambda run: arrays().encode(run, cols, input, method),
        write=lambda run: scripts().encode(run, cols, input),
    )


def drop_columns(columns: Columns, *, input: str | None = None, names: Mapping[str, str] | None = None) -> Fix:
    """Leave columns out of the data and narrow the model's input."""
    n = Names(names)
    cols = list(columns)
    if cols and all(isinstance(c, str) for c in cols):
        text = f"{n.x} = {n.x}.drop(columns={cols!r})   # and the same for the validation data"
    else:
        text = f"""
            import numpy as np

            {n.x} = np.delete({n.x}, {cols!r}, axis=1)   # and the same for the validation data
        """
    return Fix(
        name="drop-columns",
        title=f"Leave out {'column' if len(cols) == 1 else 'columns'} {', '.join(map(str, cols))}",
        code=code(text) + f"\n# the model's input is narrower now: keras.Input(({n.x}.shape[1],))",
        transform=lambda run: arrays().drop(run, cols, input),
        write=lambda run: scripts().drop(run, cols, input),
    )


def drop_nonfinite(*, names: Mapping[str, str] | None = None) -> Fix:
    """Fill gaps in the features (median) or drop the rows with a missing target, and drop columns without any finite value."""
    n = Names(names)
    return Fix(
        name="drop-nonfinite",
        title="Fill missing features with the median, drop rows with a missing target",
        code=code(f"""
            import numpy as np
            from sklearn.impute import SimpleImputer

            keep = np.isfinite(np.asarray({n.y}, dtype="float64")).reshape(len({n.y}), -1).all(axis=1)
            {n.x}, {n.y} = {n.x}[keep], {n.y}[keep]
            {n.x} = np.where(np.isinf({n.x}), np.nan, {n.x})
            imputer = SimpleImputer(strategy="median", keep_empty_features=True).fit({n.x})   # training rows only
            {n.x} = imputer.transform({n.x})     # {n.x_val} = imputer.transform({n.x_val})
        """),
        transform=lambda run: arrays().repair_nonfinite(run),
        write=lambda run: scripts().drop_nonfinite(run),
    )


def clip_outliers(*, names: Mapping[str, str] | None = None) -> Fix:
    """Clip features and targets to the median ± 5 robust standard deviations of the training rows."""
    n = Names(names)
    return Fix(
        name="clip-outliers",
        title="Clip outliers to 5 robust standard deviations around the median",
        code=code(f"""
            import numpy as np

            q1, middle, q3 = np.percentile({n.x}, [25, 50, 75], axis=0)
            reach = 5 * (q3 - q1) / 1.349
            {n.x} = np.clip({n.x}, middle - reach, middle + reach)   # the same bounds for the validation data
        """),
        transform=lambda run: arrays().clip_outliers(run),
        write=lambda run: scripts().clip_outliers(run),
        safe=False,
    )


def power_transform(columns: Columns, *, input: str | None = None, names: Mapping[str, str] | None = None) -> Fix:
    """Bend the heavy tails of columns to the shape of a normal distribution (Yeo-Johnson), with mean 0 and standard deviation 1.

    Args:
        columns: names or indexes of the columns.
    """
    n = Names(names)
    cols = list(columns)
    part = f"{n.x}[{cols!r}]" if cols and all(isinstance(c, str) for c in cols) else f"{n.x}[:, {cols!r}]"
    return Fix(
        name="power-transform",
        title=f"Take the heavy tail out of {'column' if len(cols) == 1 else 'columns'} {', '.join(map(str, cols))}",
        code=code(f"""
            from sklearn.preprocessing import PowerTransformer

            {n.x} = {n.x}.astype("float64")
            tails = PowerTransformer().fit({part})   # training rows only; a power or logarithm, then mean 0, deviation 1
            {part} = tails.transform({part})         # the same for {n.x_val}
        """),
        transform=lambda run: arrays().power_transform(run, cols, input),
        write=lambda run: scripts().power_transform(run, cols, input),
    )


def drop_outliers(*, names: Mapping[str, str] | None = None) -> Fix:
    """Drop training rows whose target or features lie far outside the bulk, and scale what the bulk leaves."""
    n = Names(names)
    return Fix(
        name="drop-outliers",
        title="Drop the rows with outliers and scale again without them",
        code=code(f"""
            import numpy as np

            def usual(a):
                a = np.asarray(a, dtype="float64").reshape(len(a), -1)
                q1, middle, q3 = np.percentile(a, [25, 50, 75], axis=0)
                return (abs(a - middle) <= 5 * np.maximum((q3 - q1) / 1.349, 1e-12)).all(axis=1)

            keep = usual({n.y})               # for outliers in the features: usual({n.x})
            {n.x}, {n.y} = {n.x}[keep], {n.y}[keep]
            # scale after this step: outliers spoil mean and standard deviation; or use loss=keras.losses.Huber()
        """),
        transform=lambda run: arrays().drop_outliers(run),
        write=lambda run: scripts().drop_outliers(run),
        safe=False,
    )


def replace_sentinels(
    value: float, *, columns: Columns = (), input: str | None = None, names: Mapping[str, str] | None = None
) -> Fix:
    """Treat a code for "missing" (such as -999) as missing: fill it with the column's median.

    Args:
        columns: names or indexes; all columns when empty.
    """
    n = Names(names)
    cols = list(columns)
    return Fix(
        name="replace-sentinels",
        title=f"Treat {literal(value)} as a missing value and fill it with the median",
        code=code(f"""
            from sklearn.impute import SimpleImputer

            imputer = SimpleImputer(missing_values={literal(value)}, strategy="median").fit({n.x})   # training rows only
            {n.x} = imputer.transform({n.x})     # {n.x_val} = imputer.transform({n.x_val}); then scale
        """),
        transform=lambda run: arrays().replace_sentinels(run, value, cols, input),
        write=lambda run: scripts().replace_sentinels(run, value, cols, input),
    )


def transpose_inputs(
    order: Sequence[int], *, reshape: Sequence[int] | None = None, input: str | None = None, names: Mapping[str, str] | None = None
) -> Fix:
    """Move the axes of the inputs (row axis left out: `order=(1, 0)` swaps time and channels).

    Args:
        order: new order of the axes behind the row axis.
        reshape: the shape to view the rows in first: undoes a `reshape` that was used where a transpose was meant.
    """
    n = Names(names)
    axes = (0, *(int(a) + 1 for a in order))
    first = f".reshape(len({n.x}), {', '.join(map(str, reshape))})" if reshape else ""
    return Fix(
        name="transpose-inputs",
        title=f"Transpose the inputs to the axis order {tuple(order)}" + (" in place of the reshape" if reshape else ""),
        code=code(f"""
            {n.x} = {n.x}{first}.transpose{axes}   # and the same for the validation data
            # the model's input: keras.Input({n.x}.shape[1:])
        """),
        transform=lambda run: arrays().transpose(run, tuple(order), tuple(reshape) if reshape else None, input),
        write=lambda run: scripts().transpose(run, tuple(order), tuple(reshape) if reshape else None, input),
    )


def shuffle_data(*, names: Mapping[str, str] | None = None) -> Fix:
    """Shuffle the rows before the validation split, and in every epoch."""
    n = Names(names)
    return Fix(
        name="shuffle-data",
        title="Shuffle the rows before the split, and in every epoch",
        code=code(f"""
            import numpy as np

            order = np.random.default_rng(0).permutation(len({n.x}))
            {n.x}, {n.y} = {n.x}[order], {n.y}[order]       # DataFrame: .iloc[order]
            {n.model}.fit({n.x}, {n.y}, shuffle=True)  # tf.data: ds.shuffle(10_000) before .batch()
        """),
        transform=lambda run: arrays().shuffle(run),
        write=lambda run: scripts().shuffle(run),
    )


def realign_labels(shift: int, *, names: Mapping[str, str] | None = None) -> Fix:
    """Pair `x[i]` with `y[i + shift]` and drop the rows at the ends."""
    n = Names(names)
    k = abs(int(shift))
    pair = f"{n.x}[:-{k}], {n.y}[{k}:]" if shift > 0 else f"{n.x}[{k}:], {n.y}[:-{k}]"
    return Fix(
        name="realign-labels",
        title=f"Pair each row with the label {k} {'row' if k == 1 else 'rows'} {'later' if shift > 0 else 'earlier'}",
        code=f"{n.x}, {n.y} = {pair}   # and find where x and y were filtered or sorted apart",
        transform=lambda run: arrays().realign(run, int(shift)),
        write=lambda run: scripts().realign(run, int(shift)),
        safe=False,
    )


def augment_images(*, names: Mapping[str, str] | None = None) -> Fix:
    """Put small random shifts, turns and zooms in front of the model (active in training only)."""
    n = Names(names)
    return Fix(
        name="augment-images",
        title="Augment the images: small random shifts, turns and zooms",
        code=code(f"""
            augmentation = [
                keras.layers.RandomTranslation(0.1, 0.1),
                keras.layers.RandomRotation(0.03),
                keras.layers.RandomZoom(0.1),
            ]
            model = keras.Sequential([keras.Input({n.x}.shape[1:]), *augmentation, *{n.model}.layers])
            model.compile(...)   # as before
        """),
        transform=lambda run: edits().augment_images(run),
        safe=False,
    )


def restore_ids(*, inputs: Sequence[str] | None = None, names: Mapping[str, str] | None = None) -> Fix:
    """Bring ids that were divided by a constant back to whole numbers.

    Args:
        inputs: those that hold them, None for all.
    """
    n = Names(names)
    return Fix(
        name="restore-ids",
        title="Give the Embedding whole ids: undo their division",
        code=code(f"""
            import numpy as np

            step = np.diff(np.unique({n.x})).min()      # what ids next to each other differ by now
            {n.x} = np.rint({n.x} / step).astype("int32")   # {n.x_val} alike, with the same step
            # better: do not scale columns of ids at all
        """),
        transform=lambda run: arrays().restore_ids(run, inputs),
        write=lambda run: scripts().restore_ids(run, inputs),
    )
