"""Fixes of the inputs: scaling, encoding, cleaning, order of axes and rows.

`code` is an example in words, for data that only its loader can change; the whole code comes from the recipes.
"""

from __future__ import annotations

from collections.abc import Sequence

from keras_magic.findings import Fix
from keras_magic.fixes._builders import changes, edits, of, of_inputs, rows
from keras_magic.fixes._words import code, literal
from keras_magic.names import YOUR

Columns = Sequence[str | int]


def scale_inputs(*, method: str = "standard", input: str | None = None) -> Fix:
    """Scale every feature with statistics of the training rows alone.

    Args:
        method: "standard" (mean 0, standard deviation 1), "minmax" (0 to 1) or "layer" (`Normalization` before the model).
        input: one input of several, None for all that hold numbers (token ids are left alone).
    """
    kind = "StandardScaler" if method == "standard" else "MinMaxScaler"
    text = f"scaler = {kind}().fit({YOUR.x})   # training rows only\n{YOUR.x} = scaler.transform({YOUR.x})   # {YOUR.x_val} alike"
    title = f"Scale the inputs to {'mean 0 and standard deviation 1' if method == 'standard' else 'the range 0 to 1'}"
    if method == "layer":
        text = f"norm = keras.layers.Normalization()   # right after keras.Input\nnorm.adapt({YOUR.x})   # training rows only"
        title = "Put a Normalization layer, adapted on the training data, before the model"
    return Fix(name="scale-inputs", title=title, code=text, **of(changes, "scale", method, input))


def divide_inputs(factor: float = 255.0, *, input: str | None = None) -> Fix:
    """Divide the inputs by a constant (pixels: 255)."""
    x, by = YOUR.x, literal(float(factor))
    return Fix(
        name="divide-inputs",
        title=f"Divide the inputs by {by}",
        code=f"{x} = {x} / {by}   # or keras.layers.Rescaling(1 / {by}) right after keras.Input",
        **of_inputs("divide", factor, only=input),
    )


def undo_scaling(*, low: float, high: float, current: tuple[float, float] | None = None, input: str | None = None) -> Fix:
    """Bring the inputs into the range `low`..`high` that the model expects.

    Args:
        current: the range of the data now, measured on the training rows when None.
    """
    x, first, last = YOUR.x, literal(float(low)), literal(float(high))
    return Fix(
        name="undo-scaling",
        title=f"Feed values from {first} to {last}, as the model expects",
        code=f"{x} = {x} * ({last} - {first}) + {first}   # for values from 0 to 1 now; the validation data alike",
        **of_inputs("to_range", low, high, current, only=input),
    )


def encode_categoricals(columns: Columns, *, input: str | None = None, method: str = "one-hot") -> Fix:
    """Encode columns of codes as categories, a column per code: a Dense layer on them is an embedding.

    Args:
        columns: names or indexes of the columns.
        method: "one-hot" or "embedding" (a learned vector per code; for many codes).
    """
    cols = list(columns)
    text = "encoder = OneHotEncoder(handle_unknown='ignore', sparse_output=False)"
    if method == "embedding":
        text = "keras.layers.Embedding(number_of_codes, 8)   # one for each column of codes, beside the other columns"
    return Fix(
        name="encode-categoricals",
        title=f"Encode {'column' if len(cols) == 1 else 'columns'} {', '.join(map(str, cols))}"
        f"{f' of {input}' if input else ''} as categories"
        f" ({'embedding' if method == 'embedding' else 'one-hot'})",
        code=f"{text}   # fitted on {YOUR.x}" if method != "embedding" else text,
        **of_inputs("encode", cols, only=input, ids=True),
    )


def drop_columns(columns: Columns, *, input: str | None = None) -> Fix:
    """Leave columns out of the data and narrow the model's input."""
    x, cols = YOUR.x, list(columns)
    return Fix(
        name="drop-columns",
        title=f"Leave out {'column' if len(cols) == 1 else 'columns'} {', '.join(map(str, cols))}",
        code=f"{x} = np.delete({x}, {cols!r}, axis=1)   # a frame: {x}.drop(columns={cols!r}); the model's input is narrower then",
        **of_inputs("drop", cols, only=input),
    )


def drop_nonfinite() -> Fix:
    """Fill gaps in the features (median) or drop the rows with a missing target, and drop columns without any finite value."""
    return Fix(
        name="drop-nonfinite",
        title="Fill missing features with the median, drop rows with a missing target",
        code=code(f"""
            imputer = SimpleImputer(strategy="median", keep_empty_features=True).fit({YOUR.x})   # training rows only
            {YOUR.x} = imputer.transform({YOUR.x})
        """),
        **of(changes, "drop_nonfinite"),
    )


def clip_outliers() -> Fix:
    """Clip features and targets to the median ± 5 robust standard deviations of the training rows."""
    x = YOUR.x
    return Fix(
        name="clip-outliers",
        title="Clip outliers to 5 robust standard deviations around the median",
        code=f"{x} = np.clip({x}, low, high)   # low, high: the median of the training rows ± 5 robust standard deviations",
        safe=False,
        **of(changes, "clip_outliers"),
    )


def power_transform(columns: Columns, *, input: str | None = None) -> Fix:
    """Bend the heavy tails of columns to the shape of a normal distribution (Yeo-Johnson), with mean 0 and standard deviation 1.

    Args:
        columns: names or indexes of the columns.
    """
    cols = list(columns)
    return Fix(
        name="power-transform",
        title=f"Take the heavy tail out of {'column' if len(cols) == 1 else 'columns'} {', '.join(map(str, cols))}",
        code=f"tails = PowerTransformer().fit({YOUR.x}[:, {cols!r}])   # training rows only; or np.log1p",
        **of_inputs("power_transform", cols, only=input),
    )


def drop_outliers() -> Fix:
    """Drop training rows whose target or features lie far outside the bulk, and scale what the bulk leaves."""
    return Fix(
        name="drop-outliers",
        title="Drop the rows with outliers and scale again without them",
        code=f"keep = abs({YOUR.y} - np.median({YOUR.y})) < 5 * np.std({YOUR.y})   # then scale again; or a Huber loss",
        safe=False,
        **of(changes, "drop_outliers"),
    )


def replace_sentinels(value: float, *, columns: Columns = (), input: str | None = None) -> Fix:
    """Treat a code for "missing" (such as -999) as missing: fill it with the column's median.

    Args:
        columns: names or indexes; all columns when empty.
    """
    x = YOUR.x
    return Fix(
        name="replace-sentinels",
        title=f"Treat {value:.{10 if float(value).is_integer() else 3}g} as a missing value and fill it with the median",
        code=f'imputer = SimpleImputer(missing_values={literal(value)}, strategy="median").fit({x})   # training rows only',
        **of_inputs("fill_code", value, list(columns), only=input),
    )


def transpose_inputs(order: Sequence[int], *, reshape: Sequence[int] | None = None, input: str | None = None) -> Fix:
    """Move the axes of the inputs (row axis left out: `order=(1, 0)` swaps time and channels).

    Args:
        order: new order of the axes after the row axis.
        reshape: the shape to view the rows in first: undoes a `reshape` that was used where a transpose was meant.
    """
    x, axes = YOUR.x, (0, *(int(a) + 1 for a in order))
    first = f".reshape(len({x}), {', '.join(map(str, reshape))})" if reshape else ""
    return Fix(
        name="transpose-inputs",
        title=f"Transpose the inputs to the axis order {tuple(order)}" + (" in place of the reshape" if reshape else ""),
        code=f"{x} = {x}{first}.transpose{axes}   # the validation data and the model's input alike",
        **of_inputs("transpose", tuple(order), tuple(reshape) if reshape else None, only=input),
    )


def shuffle_data() -> Fix:
    """Shuffle the rows before the validation split, and in every epoch."""
    return Fix(
        name="shuffle-data",
        title="Shuffle the rows before the split, and in every epoch",
        code=f"order = np.random.default_rng(0).permutation(len({YOUR.x}))   # and take {YOUR.x} and {YOUR.y} in this order",
        **of(rows, "shuffle"),
    )


def realign_labels(shift: int) -> Fix:
    """Pair `x[i]` with `y[i + shift]` and drop the rows at the ends."""
    k = abs(int(shift))
    pair = f"{YOUR.x}[:-{k}], {YOUR.y}[{k}:]" if shift > 0 else f"{YOUR.x}[{k}:], {YOUR.y}[:-{k}]"
    return Fix(
        name="realign-labels",
        title=f"Pair each row with the label {k} {'row' if k == 1 else 'rows'} {'later' if shift > 0 else 'earlier'}",
        code=f"{YOUR.x}, {YOUR.y} = {pair}   # and find where x and y were filtered or sorted apart",
        safe=False,
        **of(rows, "realign", int(shift)),
    )


def augment_images() -> Fix:
    """Put small random shifts, turns and zooms before the model (active in training only)."""
    return Fix(
        name="augment-images",
        title="Augment the images: small random shifts, turns and zooms",
        code=code("""
            keras.layers.RandomTranslation(0.1, 0.1),   # right after keras.Input
            keras.layers.RandomRotation(0.03),
            keras.layers.RandomZoom(0.1),
        """),
        transform=lambda run: edits().augment_images(run),
        safe=False,
    )


def restore_ids(*, inputs: Sequence[str] | None = None) -> Fix:
    """Bring ids that were divided by a constant back to whole numbers.

    Args:
        inputs: those that hold them, None for all.
    """
    x = YOUR.x
    return Fix(
        name="restore-ids",
        title="Give the Embedding whole ids: undo their division",
        code=f"{x} = np.rint({x} * divisor)   # or do not scale columns of ids at all",
        **of(changes, "restore_ids", inputs),
    )
