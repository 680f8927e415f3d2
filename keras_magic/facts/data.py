"""What was given to `fit`: inputs, targets, validation data, and how they relate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class ColumnFacts:
    """One feature: a column of a table, or one channel of a sequence (statistics then run over rows and time).

    Args:
        name: the column's name, or its index as text.
        count: finite and non-finite values seen.
        nan, inf: numbers of NaN and of infinite values.
        min, max, mean, std: over finite values; exact min and max.
        quantiles: {0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99} of a uniform sample.
        distinct: distinct values in the sample (capped by the sample's size).
        integer: all finite values are whole numbers.
        zeros: fraction of exact zeros.
        top_fraction: share of the most frequent value in the sample.
        sentinel: a value such as -999 that stands apart from the others, or None; sentinel_fraction its share.
        outlier_fraction: share of sampled values beyond 5 robust deviations (IQR / 1.349; see `sources`) of the median.
        beyond_tail: how far the extreme value lies beyond what the column's own tail leads to expect of so many values: chance
            exceeds t with probability exp(-t), whatever the weight of the tail; None where there are too few values to tell.
        expected_repeats: pairs of equal values that chance would have given at least in the sample, for whole numbers none of
            which came twice; 0 for all other columns. Large: they were handed out, not measured.
        order_r: for such columns the correlation of the target between rows that follow each other in this column's order.
        categorical_score: for columns of whole numbers (or of such after scaling): how much more of the target the codes explain
            when taken as categories than as a straight line and a smooth curve (0..1); None where it was not measured.
        target_r2: squared correlation (or correlation ratio) with the target, None if not measured.
        text: it holds no numbers; kind: what it holds then: "words", "dates", "durations" or "complex numbers".
    """

    name: str
    count: int
    kind: str = ""
    nan: int = 0
    inf: int = 0
    min: float | None = None
    max: float | None = None
    mean: float | None = None
    std: float | None = None
    quantiles: Mapping[float, float] = field(default_factory=dict)
    distinct: int = 0
    integer: bool = False
    zeros: float = 0.0
    top_fraction: float = 0.0
    sentinel: float | None = None
    sentinel_fraction: float = 0.0
    outlier_fraction: float = 0.0
    beyond_tail: float | None = None
    expected_repeats: float = 0.0
    order_r: float | None = None
    categorical_score: float | None = None
    target_r2: float | None = None
    text: bool = False


@dataclass(frozen=True, kw_only=True)
class InputFacts:
    """One input tensor.

    Args:
        name: the input's name (dict key, model input name, or "x").
        shape: without the batch axis; None where an axis varies.
        dtype: numpy's name of the dtype as the user gave it.
        role: "table" (rank 1 rows), "sequence" (rank 2 floats: time × feature), "image" (rank 2 or 3 with image-like size),
            "tokens" (integers that feed an embedding or look like ids), "text" (strings), "volume" (other ranks).
        columns: facts per feature for tables and sequences (at most `columns_total`, capped for very wide data).
        nan, inf, count, min, max, mean, std: over the whole tensor.
        integer: all finite values whole numbers; zeros: fraction of exact zeros.
        top_id: for tokens the most frequent id but 0 (padding), its share of the tokens that are not 0, and that of the next one.
        channels: facts of each channel of images with several of them, over sampled pixels.
        image_blank: share of sampled images with (nearly) one value; padding: for tokens and sequences, share of trailing
            or leading zeros ("pre"/"post" in padding_side).
        filler: for sequences, the steps at one end of rows of different length that are exactly the same in (nearly) all rows: the
            value of each channel; () where there are none, or where they are zeros. filler_share: of all steps.
        scaled_rows: for sequences, whether each row was scaled by itself: mean 0 and deviation 1, or minimum 0 and maximum 1.
        continuity: for sequences and images with channels, the mean correlation of neighbouring places: "given" as the axes are,
            "reread" with the values read as channels first, "seam" from the last channel of a place to the first of the next,
            "swapped" along the last axis; None where not measured.
        duplicate_columns: pairs of names with identical values; collinear: pairs with |r| > 0.999.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str
    role: str
    count: int = 0
    nan: int = 0
    inf: int = 0
    min: float | None = None
    max: float | None = None
    mean: float | None = None
    std: float | None = None
    integer: bool = False
    zeros: float = 0.0
    columns: tuple[ColumnFacts, ...] = ()
    columns_total: int = 0
    top_id: tuple[int, float, float] | None = None
    channels: tuple[ColumnFacts, ...] = ()
    image_blank: float = 0.0
    padding: float = 0.0
    padding_side: str | None = None
    filler: tuple[float, ...] = ()
    filler_share: float = 0.0
    scaled_rows: bool = False
    continuity: Mapping[str, float] | None = None
    duplicate_columns: tuple[tuple[str, str], ...] = ()
    collinear: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class TargetFacts:
    """One target tensor.

    Args:
        name: output name, dict key, or "y".
        shape: without the batch axis.
        form: "binary" (two values, 0 and 1) · "signs" (-1 and 1) · "integer" (few whole numbers) · "one-hot" · "multi-hot" ·
            "probabilities" (rows sum to 1) · "continuous" · "strings" · "single" (one value only) · "like-input" (equal to an
            input: autoencoder) · "sequence" (other ranks) .
        classes: label -> count for binary, signs, integer, one-hot (index), strings; multi-hot: positives per column.
        min, max, mean, std: over all values; quantiles as in `ColumnFacts`.
        column_mean, column_std: per output column for continuous targets with several columns.
        nan, inf: counts.
        integer: all values are whole.
        sortedness: 0 (shuffled) .. 1 (sorted or in blocks): 1 - label changes between neighbours / changes expected when shuffled.
        outlier_fraction, beyond_tail: as in `ColumnFacts`; outlier_leverage: share of the target's variance carried by
            those values.
        equals_input: the name of the input that it equals (autoencoders), else None.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str
    form: str
    count: int = 0
    classes: Mapping[str, int] = field(default_factory=dict)
    nan: int = 0
    inf: int = 0
    min: float | None = None
    max: float | None = None
    mean: float | None = None
    std: float | None = None
    quantiles: Mapping[float, float] = field(default_factory=dict)
    column_mean: tuple[float, ...] = ()
    column_std: tuple[float, ...] = ()
    integer: bool = False
    sortedness: float = 0.0
    outlier_fraction: float = 0.0
    outlier_leverage: float = 0.0
    beyond_tail: float | None = None
    equals_input: str | None = None


@dataclass(frozen=True, kw_only=True)
class RelationFacts:
    """Does x say anything about y? Nearest-neighbour agreement against label permutations (at most 2 000 rows).

    Args:
        rows: rows used.
        agreement: mean agreement between a row's target and its neighbours' (classification: share of the same label;
            regression: 1 - neighbour error / variance).
        expected: the same under permutation; z: standard scores above it; p: share of permutations as good.
        noise: confident-learning estimate of the share of wrong labels, None unless the probe is good enough.
        conflicts: share of rows whose x occurs with another y as well.
        lagged: best shift k != 0 of y against x (rows given in order) and its agreement, when shifting reveals a relation.
    """

    rows: int = 0
    agreement: float | None = None
    expected: float | None = None
    z: float | None = None
    p: float | None = None
    noise: float | None = None
    conflicts: float = 0.0
    lagged: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class OverlapFacts:
    """Validation rows that are windows of the same recordings as training rows, shifted in time.

    Args:
        input: the input where they are most; rows: validation rows looked at; steps: time steps of a row.
        share: share of them whose first or last steps stand elsewhere in a training row, up to where that row ends.
        starts, ends: the shares of the first and of the last steps alone; on one side only: the seam of a split in time.
        chance: the same share for these rows reversed in time.
        shared: steps that a row shares with the training row that shares most, in the median.
        complete: all training rows were compared; else the shares are lower bounds.
    """

    input: str
    rows: int
    steps: int
    share: float = 0.0
    starts: float = 0.0
    ends: float = 0.0
    chance: float = 0.0
    shared: int = 0
    complete: bool = True


@dataclass(frozen=True, kw_only=True)
class GroupFacts:
    """Validation rows that lie close to a few training rows and apart from all others.

    Args:
        rows: validation rows looked at; share: of them that lie so; size: of those few, in the median.
        within: how well the nearest training row predicts the target of such a row (share of equal labels, or R²).
        beyond: how well the nearest row beyond the few predicts it.
        classes: of the target, 0 for numbers.
    """

    rows: int
    share: float
    size: int = 0
    within: float = 0.0
    beyond: float = 0.0
    classes: int = 0


@dataclass(frozen=True, kw_only=True)
class SelectionFacts:
    """A selector of scikit-learn among the user's variables that chose the features on training and validation rows together.

    Args:
        selector: its variable; kind: its class; kept: features that it chose, among: of so many.
    """

    selector: str
    kind: str
    kept: int
    among: int


@dataclass(frozen=True, kw_only=True)
class UnlikeFacts:
    """An input that goes with the targets in another way in the validation rows than in the training rows.

    Args:
        input: its name; kind: "ids", "columns" or "channels"; features: how many of them were compared.
        train, validation: how well the correlations with the targets agree between two halves of one part (1: the same);
        across: between the parts.
    """

    input: str
    kind: str
    features: int
    train: float
    validation: float
    across: float


@dataclass(frozen=True, kw_only=True)
class TurnedClass:
    """A class whose images look like those of another class once they are moved; see `sources.turned`.

    Args:
        move: "mirrored left to right" | "mirrored upside down" | "turned by 90°" | "turned by 180°".
        label, other: the class and the one that it becomes.
        share: of the moved images, whose nearest image is of that other class.
        given: share of the training images of the class that are nearest to a validation image of that other class, and moved
            back to one of their own; 0.0 where that was not measured.
    """

    move: str
    label: str
    other: str
    share: float
    given: float = 0.0


@dataclass(frozen=True, kw_only=True)
class ValidationFacts:
    """The validation data and how it compares with the training data.

    Args:
        source: "validation_split" | "validation_data".
        rows: its rows; inputs, targets: as for training.
        leaked: share of validation rows that stand in the training rows as well (x only); 0 where rows of few different values
            repeat within the training rows as well; covered: share of the training rows that stand in the validation rows.
        overlap: how rows that are windows in time overlap with training rows, None where no input is a series.
        groups: how its rows lie among the training rows, None where that cannot be determined.
        drift: input column -> {"ks": Kolmogorov-Smirnov distance, "psi": population stability index,
            "mean_shift": (mean_val - mean_train) / std_train, "std_ratio": std_val / std_train}; the worst 20 columns.
        missing_classes: classes of one part that the other has not: {"train": [...], "validation": [...]}.
        class_shift: total variation distance between the class shares.
        x_rows, y_rows: row counts of its arrays.
        recoded: the column whose codes mean other categories than in training, see `sources.recoded`; None where there is none.
        unlike: the input that goes with the targets in another way, see `sources.unlike`; None where there is none.
        selection: see `SelectionFacts`, None where no such selector is known.
        turned: as for training; only where a loader may have mirrored the training images already.
        sampled: whether only a part was seen.
    """

    source: str
    rows: int | None = None
    sampled: bool = False
    inputs: tuple[InputFacts, ...] = ()
    targets: tuple[TargetFacts, ...] = ()
    leaked: float = 0.0
    covered: float = 0.0
    overlap: OverlapFacts | None = None
    groups: GroupFacts | None = None
    drift: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    missing_classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    class_shift: float = 0.0
    x_rows: tuple[int, ...] = ()
    y_rows: tuple[int, ...] = ()
    turned: tuple[TurnedClass, ...] = ()
    recoded: Mapping[str, Any] | None = None
    unlike: UnlikeFacts | None = None
    selection: SelectionFacts | None = None


@dataclass(frozen=True, kw_only=True)
class BrokenOff:
    """A stream that raised while it was read.

    Args:
        part: "training" | "validation"; batch: 1-based number of the batch that raised; rows: read before it.
        error: type and first line of what was raised.
    """

    part: str
    batch: int
    rows: int
    error: str


@dataclass(frozen=True, kw_only=True)
class DataFacts:
    """What `fit` was given, in one streaming pass.

    Args:
        kind: "arrays" | "dataframe" | "tf.data" | "pydataset" | "generator" | "dataloader" | "dask".
        rows: number of rows, None when unknown (infinite); rows_seen: rows that the statistics saw.
        sampled: whether only a part was seen.
        inputs, targets: one per tensor; batch_size: rows per batch where the source decides it.
        duplicates: share of duplicate training rows (x and y).
        mirrored: how the loader mirrors images from one reading to the next while their targets stay the same -> share of them.
        turned: classes whose images look like those of another class once they are mirrored or turned.
        relabelled: share of the rows that came again with another target when the data was read after the training.
        rewritten: what reading a batch of a PyDataset changes in the arrays that it holds, each time: {"array", "rows", "change"},
            see `sources.stored`; None where nothing changes.
        unknown_values: lookup layer -> share of its input's values that its vocabulary does not hold, see `sources.vocabulary`.
        target_in_input: the place of a sequence that equals the target, see `sources.within`; None where there is none.
        filtered: the feature of a sequence that a filter made of later values, so that the target follows from it exactly, see
            `sources.filtered`; None where there is none.
        weights: {"min", "max", "mean", "zeros", "nan"} of sample_weight, when given.
        x_rows, y_rows, weight_rows: row counts of array inputs, targets and sample weights (differ -> an error).
        shuffle, class_weight: as given to `fit`; None where they were not given.
        faulty_class_weights: label -> its entry in class_weight, of entries that are not numbers of at least 0.
        broken: parts whose source raised midway, so that only the batches before were seen.
        notes: sentences on what was not looked at, and why.
        seconds: time spent.
    """

    kind: str
    rows: int | None = None
    rows_seen: int = 0
    sampled: bool = False
    batch_size: int | None = None
    inputs: tuple[InputFacts, ...] = ()
    targets: tuple[TargetFacts, ...] = ()
    validation: ValidationFacts | None = None
    relation: RelationFacts | None = None
    duplicates: float = 0.0
    mirrored: Mapping[str, float] = field(default_factory=dict)
    turned: tuple[TurnedClass, ...] = ()
    relabelled: float = 0.0
    rewritten: Mapping[str, Any] | None = None
    target_in_input: Mapping[str, Any] | None = None
    filtered: Mapping[str, Any] | None = None
    unknown_values: Mapping[str, Mapping[str, Any]] | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    x_rows: tuple[int, ...] = ()
    y_rows: tuple[int, ...] = ()
    weight_rows: tuple[int, ...] = ()
    shuffle: bool | str | None = None
    class_weight: Mapping[Any, float] | None = None
    faulty_class_weights: Mapping[str, str] = field(default_factory=dict)
    broken: tuple[BrokenOff, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
