"""Facts: the evidence, measured once, without judgement. Plain, frozen, JSON-able; no Keras in here.

`DataFacts` one pass over what `fit` was given · `ModelFacts` a walk over the layer graph and the compile settings ·
`TrainingFacts` what was seen while training · `OutcomeFacts` how well the network did against simple references ·
`TrialFacts` short paired trainings on copies · `EnvironmentFacts` versions and backend.

Numbers are Python floats and ints, or `None` where a number does not exist; series are tuples.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from keras_magic.loop_facts import LoopFacts


def to_plain(value: Any) -> Any:
    """Turn facts into JSON-able values: dataclasses to dicts, tuples to lists, non-finite floats to strings."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(k): to_plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [to_plain(v) for v in value]
    if isinstance(value, Enum):
        return value.value
    if hasattr(value, "tolist"):
        return to_plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)


# ---------------------------------------------------------------- data


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
        top_value, top_fraction: the most frequent value of the sample and its share.
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
    top_value: float | None = None
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
        within: how well the nearest training row tells the target of such a row (share of equal labels, or R²).
        beyond: how well the nearest row behind the few tells it.
        classes: of the target, 0 for numbers.
    """

    rows: int
    share: float
    size: int = 0
    within: float = 0.0
    beyond: float = 0.0
    classes: int = 0


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
        mirrored: share of images that the loader mirrors from one reading to the next while their targets stay the same.
        unknown_values: lookup layer -> share of its input's values that its vocabulary does not hold, see `sources.vocabulary`.
        target_in_input: the place of a sequence that equals the target, see `sources.within`; None where there is none.
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
    mirrored: float = 0.0
    target_in_input: Mapping[str, Any] | None = None
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


# ---------------------------------------------------------------- model


@dataclass(frozen=True, kw_only=True)
class LayerFacts:
    """One layer, in the order of the forward pass; nested models are walked, names joined by "/".

    Args:
        kind: class name; activation: Keras' name ("linear" when none), None for layers that have none by nature.
        effective_activation: after a directly following activation layer (Activation, ReLU, LeakyReLU, Softmax, ...);
            "unknown" for a linear layer inside a custom layer, None where the whole model is subclassed.
        units: units, filters or output dimension; rate: dropout rate.
        inputs: names of the layers that feed it; empty where the way to it is not known.
        within: name of the custom layer in whose `call` it is used: the way of the data inside is not known.
        parameters, trainable_parameters: numbers of values; untracked: values of TensorFlow variables that the layer holds and
            Keras 3 does not know.
        weight_stats: {"kernel": {"mean", "std", "absmean", "min", "max", "distinct", "size", "fan_in", "nonfinite"}, ...} at the
            start of training; from a sample of large variables.
        initializer: {"class", "config"} of the kernel; regularizer: {"l1", "l2"} (kernel, recurrent and activity added up;
            "activity": the activity's share of that sum).
        options: other settings worth knowing (input_dim of Embedding, axis, padding, momentum, return_sequences, scale, mean...).
    """

    name: str
    kind: str
    activation: str | None = None
    effective_activation: str | None = None
    units: int | None = None
    rate: float | None = None
    input_shape: tuple[int | None, ...] | None = None
    output_shape: tuple[int | None, ...] | None = None
    inputs: tuple[str, ...] = ()
    within: str | None = None
    parameters: int = 0
    trainable_parameters: int = 0
    untracked: int = 0
    trainable: bool = True
    initializer: Mapping[str, Any] = field(default_factory=dict)
    regularizer: Mapping[str, float] = field(default_factory=dict)
    weight_stats: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    depth: int = 0


@dataclass(frozen=True, kw_only=True)
class HeadFacts:
    """One output of the model with the loss and metrics that it is given.

    Args:
        name: output name; layer: the last layer with weights on the way to it.
        shape: output shape without the batch axis; units: its last axis.
        activation: effective last activation ("linear", "softmax", "sigmoid", "relu", ... or None when unknown).
        range: (low, high) that the activation can reach, None where unbounded.
        loss: canonical snake-case name of the loss ("binary_crossentropy", "mean_squared_error", ..., "custom", or None).
        from_logits: of the loss; None when the loss has no such argument.
        loss_options: label_smoothing, delta, reduction ...
        metrics: canonical names of the metrics on this output; metric_options: name -> {"threshold", "from_logits"} where set.
        step_loss: name of the one cross-entropy that a model with a train step of its own keeps as an attribute, where it was made
            without `from_logits=True` and its step names no softmax or sigmoid; else None.
        certain: False when the head had to be guessed (subclassed models): then activation and units may be wrong.
    """

    name: str
    layer: str | None = None
    shape: tuple[int | None, ...] = ()
    units: int | None = None
    activation: str | None = None
    range: tuple[float | None, float | None] = (None, None)
    loss: str | None = None
    from_logits: bool | None = None
    loss_options: Mapping[str, Any] = field(default_factory=dict)
    metrics: tuple[str, ...] = ()
    metric_options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    step_loss: str | None = None
    certain: bool = True


@dataclass(frozen=True, kw_only=True)
class OptimizerFacts:
    """The optimizer: `learning_rate` is the rate at the start; schedule: class name or None; peak: highest rate of the schedule."""

    name: str
    learning_rate: float | None = None
    schedule: str | None = None
    peak: float | None = None
    momentum: float = 0.0
    clipping: Mapping[str, float] = field(default_factory=dict)
    weight_decay: float | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    iterations: int = 0


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """The model before training.

    Args:
        kind: "sequential" | "functional" | "subclassed"; graph_known: whether `layers[i].inputs` is trustworthy.
        compiled: False -> no heads' losses and no optimizer.
        stale: names of layers whose `trainable` (or existence) changed after `compile` and after a first `fit`: the train
            function and the optimizer still work on the old list (not-compiled-after-change).
        stale_parts: what else was replaced after `compile` without effect: "loss", "optimizer".
        custom_train_step: the class overrides train_step (or compute_loss).
        scales_inputs: names of inputs that meet Normalization/Rescaling/BatchNormalization/LayerNormalization/log-like/Embedding/
            CategoryEncoding/Discretization/Hashing layers before any weights -> kind of that layer.
        expected_range: input name -> (low, high) that a pretrained or Rescaling model expects, where known.
        learned_range: names of the inputs whose range was read from the statistics that the first layers learned.
        call_names: names that the `call` of a subclassed model uses, where the graph is unknown.
        missing: what could not be read, and why.
    """

    name: str
    kind: str
    compiled: bool
    built: bool
    graph_known: bool = True
    layers: tuple[LayerFacts, ...] = ()
    heads: tuple[HeadFacts, ...] = ()
    input_shapes: Mapping[str, tuple[int | None, ...]] = field(default_factory=dict)
    parameters: int = 0
    trainable_parameters: int = 0
    optimizer: OptimizerFacts | None = None
    stale: tuple[str, ...] = ()
    stale_parts: tuple[str, ...] = ()
    custom_train_step: bool = False
    scales_inputs: Mapping[str, str] = field(default_factory=dict)
    expected_range: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    learned_range: tuple[str, ...] = ()
    jit_compile: bool | None = None
    call_names: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


# ---------------------------------------------------------------- training


@dataclass(frozen=True, kw_only=True)
class LayerSeries:
    """One layer over time; all tuples have the length of `steps` of the series they belong to (NaN where not measured).

    Args:
        steps: 1-based step numbers of the weight and gradient samples; activation_steps: those of the activation samples.
        gradient_norm, weight_norm: Euclidean norms over all the layer's trainable variables; update_ratio: norm of the last
            update / norm of the weights (kernels only).
        activation_mean, activation_std: over the sampled batch; dead: fraction of *units* that are zero (ReLU family) for every
            row of the sampled batch; saturated: fraction of values beyond 99 % of a bounded activation's range (sigmoid, tanh,
            softmax).
    """

    name: str
    kind: str
    activation: str | None = None
    steps: tuple[int, ...] = ()
    gradient_norm: tuple[float, ...] = ()
    weight_norm: tuple[float, ...] = ()
    update_ratio: tuple[float, ...] = ()
    activation_steps: tuple[int, ...] = ()
    activation_mean: tuple[float, ...] = ()
    activation_std: tuple[float, ...] = ()
    dead: tuple[float, ...] = ()
    saturated: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NonfiniteEvent:
    """The first NaN or infinity: step (1-based), kind ("activation" | "loss" | "gradient" | "weight"), layer or None."""

    step: int
    kind: str
    layer: str | None = None


@dataclass(frozen=True, kw_only=True)
class TrainingFacts:
    """What was seen while `fit` ran.

    Args:
        epochs_asked, epochs_done, steps_per_epoch, steps_done: as they were; batch_size: rows per step (None if unknown).
        shuffle, validation_split: as given to fit; callbacks: class names of the user's callbacks.
        class_weight: as given; has_sample_weight, has_validation: bool.
        history: epoch logs as Keras reports them: name -> values ("loss", "val_loss", "accuracy", ...).
        loss_steps, losses: step numbers and *true* losses of sampled batches (not Keras' running means).
        initial_loss: true loss of the first batch.
        layers: one `LayerSeries` per layer that was watched.
        nonfinite: first event or None.
        noise_scale: gradient noise scale in rows (McCandlish et al. 2018), None if not measured; compare with the batch size.
        learning_rates: rate at the end of each epoch, where it could be read.
        epoch_steps: steps that each epoch had.
        seconds, seconds_per_step (median), seconds_per_epoch; input_share: share of a step's time spent waiting for data.
        seconds_to_trace: that the first step took beyond a later one, None where this was not seen.
        interrupted: the user interrupted; exception: {"type", "message"} of what fit raised, or None.
        overhead: the watcher's own estimate of its cost, as a share of the training time.
        callback_settings: one mapping per callback of Keras that follows a metric: {"class", "monitor", "falls" (a lower value
            counts as better), "patience", "stopped_epoch", "factor", "min_lr"}, as far as it has them.
        idle_statistics: BatchNormalization layers that may learn and whose moving averages are still exactly 0 and 1 at the end.
        missing: what could not be measured, and why; sampling: sentence on how samples were taken.
    """

    epochs_asked: int = 1
    epochs_done: int = 0
    steps_per_epoch: int | None = None
    steps_done: int = 0
    batch_size: int | None = None
    shuffle: bool | str = True
    validation_split: float = 0.0
    has_validation: bool = False
    has_sample_weight: bool = False
    class_weight: Mapping[Any, float] | None = None
    callbacks: tuple[str, ...] = ()
    callback_settings: tuple[Mapping[str, Any], ...] = ()
    history: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    loss_steps: tuple[int, ...] = ()
    losses: tuple[float, ...] = ()
    initial_loss: float | None = None
    layers: tuple[LayerSeries, ...] = ()
    nonfinite: NonfiniteEvent | None = None
    noise_scale: float | None = None
    learning_rates: tuple[float, ...] = ()
    seconds: float = 0.0
    seconds_per_step: float | None = None
    seconds_to_trace: float | None = None
    seconds_per_epoch: tuple[float, ...] = ()
    epoch_steps: tuple[int, ...] = ()
    input_share: float | None = None
    idle_statistics: tuple[str, ...] = ()
    interrupted: bool = False
    exception: Mapping[str, str] | None = None
    overhead: float | None = None
    missing: tuple[str, ...] = ()
    sampling: str = ""


# ---------------------------------------------------------------- outcome and trials


@dataclass(frozen=True, kw_only=True)
class PartFacts:
    """One stage of a training of several fits, one fold, or one trial of a search.

    Args:
        title: what begins with it ("compiled again", "other data", ...), or which it is ("fold 3").
        fits, epochs, steps: in all; rows: training rows of its last fit, None where not known.
        rate: learning rate at its start; first_loss, last_loss: training loss of the first and the last epoch.
        scores: last value of each curve; raised: type and message of the exception that
            ended it.
    """

    title: str
    fits: int = 1
    epochs: int = 0
    steps: int = 0
    rows: int | None = None
    rate: float | None = None
    first_loss: float | None = None
    last_loss: float | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    raised: str | None = None


@dataclass(frozen=True, kw_only=True)
class StoryFacts:
    """How a training of several fits of one model went, or a set of trainings of models of one structure.

    Args:
        kind: "stages" (one model) | "folds" | "repetitions" (the same data, or other settings) | "search" (one call of a library).
        fits: calls of `fit` in all; parts: the stages, folds or trials, at most 40; left_out: how many more there are.
        diagnosed: index of the part that the findings speak of (sets); None for stages: they speak of all.
        metric: the curve whose last values are compared; mean, std, low, high: over the parts.
        trained_before: highest share of a fit's validation rows that an earlier fit had trained the same weights on, and that
            are not among its own training rows; in_fit: number of that fit (1-based).
        differing: sentences on what the trials that did not learn share.
    """

    kind: str
    fits: int
    parts: tuple[PartFacts, ...] = ()
    left_out: int = 0
    diagnosed: int | None = None
    metric: str = ""
    mean: float | None = None
    std: float | None = None
    low: float | None = None
    high: float | None = None
    trained_before: float = 0.0
    in_fit: int | None = None
    differing: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OutcomeFacts:
    """How well the trained network does, on a scale that survives a change of loss: its *skill*.

    Skill is 0 for the trivial answer (majority class, mean) and 1 for a perfect one: (balanced) accuracy between chance
    and 1 for classification (less where the probabilities have hardly left the uniform answer), R² for regression, measured on at
    most a few thousand rows in inference mode.

    Args:
        task: "binary" | "multiclass" | "multilabel" | "regression" | "unknown".
        train, validation: skill per part, None if it could not be measured.
        accuracy: {"train", "validation", "majority"} for classification; "out_of_bag": of trees on training rows that they had not
            seen, where references were needed.
        reference: skill of simple models (scikit-learn) on held-out rows, name -> skill: "linear", "trees", "neighbours".
        attainable: the best of `reference` and `as_classes`, None when there is none.
        reference_is_lower_bound: the simple models see images as flat rows, and ids as numbers: a network for images, or with
            an Embedding of ids, can be expected to reach more.
        as_classes: for a regression onto a few whole numbers, the skill of trees that take them as classes; None elsewhere.
        per_class_recall: class -> recall on the validation (or training) rows, or on their elements where each has a class.
        label_recall: label -> share of the validation (or training) rows with that label in which its output says so, for rows of
            independent labels.
        loss_reading: the compiled loss on some rows and on both halves of them, see `sources.losses`; empty where it
            cannot be called.
        accuracy_after_relabelling: accuracy on the validation rows after the best permutation of the predicted classes;
            None where there are no classes or no validation rows. Far above the accuracy: the labels of the two parts are coded
            differently.
        constant: predictions (nearly) the same for every row.
        unread: share of rows whose predictions do not change when all their values but the padding are exchanged for those of other
            rows; None where nothing is padded, where that was not measured, or where all predictions are the same.
        nonfinite: share of the rows predicted (training and validation) whose outputs are NaN or infinite in part; above 0 no
            accuracy is given.
        prediction_range, target_range: (low, high).
    """

    task: str = "unknown"
    train: float | None = None
    validation: float | None = None
    accuracy: Mapping[str, float] = field(default_factory=dict)
    reference: Mapping[str, float] = field(default_factory=dict)
    attainable: float | None = None
    reference_is_lower_bound: bool = False
    as_classes: float | None = None
    per_class_recall: Mapping[str, float] = field(default_factory=dict)
    label_recall: Mapping[str, float] | None = None
    loss_reading: Mapping[str, float] | None = None
    accuracy_after_relabelling: float | None = None
    constant: bool = False
    unread: float | None = None
    nonfinite: float = 0.0
    prediction_range: tuple[float, float] | None = None
    target_range: tuple[float, float] | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RateFacts:
    """Where the learning rate stands: a range test and short paired trainings on copies (see `keras_magic.lr`).

    Args:
        current: the user's rate; suggestion: the best rate found; low, high: rates that are as good within noise.
        gain: how much further the loss falls at the suggestion than at the current rate, as a share of the larger fall (-1..1).
        learns: whether any rate lowers the loss, and by looking at the inputs; confident: the short trainings agree.
        lowers_loss: whether any rate lowers the loss at all, None where that is not known.
        seconds: time spent.
    """

    current: float
    suggestion: float
    low: float
    high: float
    gain: float = 0.0
    learns: bool = True
    confident: bool = True
    lowers_loss: bool | None = None
    seconds: float = 0.0

    @property
    def ratio(self) -> float:
        """Current rate / nearest rate of the good band: 1 inside it."""
        if self.current > self.high:
            return self.current / self.high
        return self.current / self.low if self.current < self.low else 1.0


@dataclass(frozen=True, kw_only=True)
class TrialResult:
    """One paired trial: the run as it is and the run with one change, same seeds, same number of steps, on copies.

    Args:
        name: the fix's name; cause: the cause that it would remove; title: what was changed.
        before, after: skill on held-out rows; before_loss, after_loss: curves of the training loss (own scale each).
        gain: after - before; spread: noise of the gain (half range over seeds, or a floor).
        steps: steps trained; seconds: time spent; failed: why it could not be run, or None.
        kept: whether a repair kept the change; None outside of a repair.
        beside: the title of another fix that was needed too: `before` is without both, `after` with both.
    """

    name: str
    cause: str
    title: str = ""
    before: float | None = None
    after: float | None = None
    gain: float | None = None
    spread: float = 0.0
    before_loss: tuple[float, ...] = ()
    after_loss: tuple[float, ...] = ()
    steps: int = 0
    seconds: float = 0.0
    failed: str | None = None
    kept: bool | None = None
    beside: str = ""


@dataclass(frozen=True, kw_only=True)
class TrialFacts:
    """All paired trials of this diagnosis, in the order in which they were run."""

    results: tuple[TrialResult, ...] = ()
    seconds: float = 0.0
    missing: tuple[str, ...] = ()

    def get(self, name: str) -> TrialResult | None:
        """The result of the fix called `name`, None when it was not tried."""
        return next((r for r in self.results if r.name == name and r.failed is None), None)


@dataclass(frozen=True, kw_only=True)
class EnvironmentFacts:
    """Versions and devices."""

    python: str = ""
    keras: str = ""
    backend: str = ""
    backend_version: str = ""
    keras_magic: str = ""
    devices: tuple[str, ...] = ()
    precision: str = "float32"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The bundle that the engine hands to rules by parameter name; what was not measured is None."""

    data: DataFacts | None = None
    model: ModelFacts | None = None
    training: TrainingFacts | None = None
    outcome: OutcomeFacts | None = None
    rate: RateFacts | None = None
    trials: TrialFacts | None = None
    environment: EnvironmentFacts | None = None
    story: StoryFacts | None = None  # where the training took several fits, or is one of a set
    loop: LoopFacts | None = None  # of a training without fit
    behind: Facts | None = None  # of a copy without the exact contradictions, trained for a moment
    missing: tuple[str, ...] = ()  # what could not be measured at all, and why
    names: Mapping[str, str] = field(default_factory=dict)  # the user's variable names: {"model": "net", "x": "X_train", ...}
