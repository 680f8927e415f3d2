"""KM216 a Normalization layer over all features together."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.assessment import has_learned, number
from keras_magic.checks.architecture.unadapted_normalization import feeding
from keras_magic.facts import ColumnFacts, DataFacts, ModelFacts, OutcomeFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.fixes._words import code
from keras_magic.names import YOUR
from keras_magic.rules import rule


@rule(
    "KM216",
    "normalized-together",
    cause="input-not-scaled",
    severity="error",
    explains=("learning-rate-too-low", "vanishing-gradient", "epochs-too-few", "capacity-too-small"),
    headline="the Normalization layer mixes the features",
)
def normalized_together(
    model: ModelFacts, data: DataFacts, outcome: OutcomeFacts | None = None, *, ratio: float = 100.0
) -> Iterator[Hit]:
    """A Normalization layer with one mean for all features.

    Looks for:
        A Normalization layer with one mean and variance (axis=None, or an axis other than that of the features) before a table
        whose columns differ in scale.
    Why:
        The column with the largest numbers sets the mean and the variance. All others come out as nearly the same number, and the
        network does not see them.
    Measured:
        Number of means of the layer; the standard deviation of each column, divided by that of the layer.
    Bad:
        keras.layers.Normalization(axis=None)       # age and income
    Good:
        keras.layers.Normalization(axis=-1)         # one mean and variance per feature
    Fix:
        axis=-1, and adapt() again.
    Ignore when:
        All features have one unit, as pixels do.
    Sources:
        keras.layers.Normalization (axis).
    """
    if has_learned(outcome):
        return
    for layer in model.layers:
        given = feeding(model, data, layer) if layer.kind == "Normalization" else None
        means, variances = layer.options.get("mean", ()), layer.options.get("variance", ())
        if given is None or given.role != "table" or len(given.columns) < 2 or len(means) != 1 or not layer.options.get("adapted"):
            continue
        spread = max(variances[0], 1e-30) ** 0.5
        flat = [c for c in given.columns if 0 < (c.std or 0.0) < spread / ratio]
        if not flat:
            continue
        widest = max(given.columns, key=lambda c: c.std or 0.0)
        yield Hit(
            message=f"{layer.name} has one mean and one variance for all {len(given.columns)} features, set by {_named(widest)}: "
            f"{len(flat)} of them ({_named(flat[0])}, ...) come out with a standard deviation of "
            f"{number(max((c.std or 0.0) / spread for c in flat))} or less.",
            evidence={"mean": means[0], "variance": variances[0], "flat": [c.name for c in flat[:20]]},
            where=layer.name,
            level=Evidence.MEASURED,
            fix=_each_by_itself(layer.name, data),
        )


def _named(column: ColumnFacts) -> str:
    return f"column {column.name} (standard deviation {number(column.std)})"


def _each_by_itself(name: str, data: DataFacts) -> Fix:
    """In words: scaled data would go through this layer as well."""
    features = f"{YOUR.x}.map(lambda features, *_: features)" if data.kind == "tf.data" else YOUR.x
    return Fix(
        name="normalize-each-feature",
        title=f"Give {name} a mean and a variance for each feature: axis=-1, and adapt() again",
        code=code(f"""
            norm = keras.layers.Normalization(axis=-1)    # in place of {name}
            norm.adapt({features})
        """),
    )
