"""What was seen of a training loop without `fit`: plain, frozen, JSON-able, as the facts in `keras_magic.facts`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class BroadcastFacts:
    """Two tensors of n numbers each that met as (n,) and (n, 1), so that the result has n × n.

    Args:
        column, row: what had the shape (n, 1) and what had (n,): "the output of net", "the other value".
        rows: n, None where the batch size is not fixed; operation: name of the arithmetic ("Sub", "Mul", ...).
        function, line, code: where in the user's code, as far as known.
    """

    column: str
    row: str
    rows: int | None
    operation: str
    function: str = ""
    line: int | None = None
    code: str = ""


@dataclass(frozen=True, kw_only=True)
class FirstNonfinite:
    """The first loss that was NaN or infinite.

    Args:
        step: 1-based number of the gradient; loss: its value, as text; before: the loss one step earlier, None at the first step.
        weights: the weights were NaN or infinite before this step was computed; None where that was not looked at.
        inputs: so were the inputs of this step; None where they were not seen.
    """

    step: int
    loss: str
    before: float | None = None
    weights: bool | None = None
    inputs: bool | None = None


@dataclass(frozen=True, kw_only=True)
class CallFacts:
    """How a model was called in the loop.

    Args:
        name: the user's variable name, else the model's; calls: in all, as far as Python saw them (a compiled step calls once,
            while it is traced); recorded: under a `GradientTape`; training: of these, with `training=True`.
        behaves: layers that differ between training and inference and may learn or drop: "dropout (Dropout)", ...
        idle: BatchNormalization layers whose moving averages are still 0 and 1.
    """

    name: str
    calls: int = 0
    recorded: int = 0
    training: int = 0
    behaves: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FunctionFacts:
    """A `tf.function` that the loop called.

    Args:
        calls, traces: within the cell; instances: how many `tf.function` objects were made from the same Python function.
        varying: arguments that were Python numbers or strings and changed: "argument 2 (0, 1, 2, ...)".
    """

    name: str
    calls: int
    traces: int
    instances: int = 1
    varying: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MetricFacts:
    """A Keras metric that the loop read: how often it was read and reset, and in how many passes over the data it was read."""

    name: str
    results: int = 0
    resets: int = 0
    passes: int = 0


@dataclass(frozen=True, kw_only=True)
class LossCallFacts:
    """A call of a Keras loss: its name, whether it takes logits (None: it has no such argument), and what it was given.

    Args:
        outputs: what made the predictions, as far as known: "softmax", "sigmoid", or "" .
        model: the model whose output was given, "" where that is not known.
        true_shape, predicted_shape: as given, with None for an unknown size.
        rescued: Keras finds the numbers before the activation and computes with these, whatever `from_logits` says.
        low, high: range of the predictions in the calls whose values were read, None where none was.
    """

    name: str
    from_logits: bool | None = None
    outputs: str = ""
    model: str = ""
    true_shape: tuple[int | None, ...] | None = None
    predicted_shape: tuple[int | None, ...] | None = None
    rescued: bool = False
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True)
class RivalFacts:
    """Two networks with losses of their own, one of which judges what the other makes.

    Args:
        maker, judge: the two names; maker_losses, judge_losses: what was differentiated for each, sampled evenly.
        logarithmic: the judge's loss is a likelihood (a cross-entropy): 0 means that it is always right and sure.
    """

    maker: str
    judge: str
    maker_losses: tuple[float, ...] = ()
    judge_losses: tuple[float, ...] = ()
    logarithmic: bool = False


@dataclass(frozen=True, kw_only=True)
class TargetNetworkFacts:
    """A model of the same form as the trained one that the loop calls and no optimizer updates: a target network, or a teacher.

    Args:
        name: of the network; changed: its weights are at the end not what they were at first; equal_at_start: they equalled the
            trained ones then.
        own_inputs: it was called on inputs on which the trained model was not.
        compared: steps looked at, in which it was called on one argument of a compiled step and the trained model on another, or
            in which both were called on as many rows and others' numbers were added to what it put out (rewards); equal: of these,
            steps in which the two were given the same numbers.
        initial: the biases and the other weights that start as constants still are these: it was never trained.
    """

    name: str
    changed: bool = False
    equal_at_start: bool = False
    own_inputs: bool = False
    compared: int = 0
    equal: int = 0
    initial: bool = False


@dataclass(frozen=True, kw_only=True)
class LoopFacts:
    """One *unit* of a loop: the variables that one kind of update changes, with the loss that was differentiated for it.

    Args:
        name: what is trained, in the user's words: "generator", "encoder and decoder".
        how: "step" (an optimizer applied to gradients) | "train_on_batch"; backend: "tensorflow" | "jax" | "torch".
        compiled: the update runs inside a `tf.function` or `jax.jit`.
        updates: how often the optimizer was applied to these variables; gradients: how often they were computed.
        optimizer: class name, "" where none was applied; learning_rate: at the end, None where it cannot be read.
        variables: number of variables given to the optimizer (or differentiated); trainable: trainable variables of the models
            to which they belong; left_out: names of those that were never given to an optimizer.
        untrained: models that were called with training=True and feed these, and whose trainable variables no optimizer was given.
        frozen: names of variables with `trainable=False` that got an update all the same.
        missing: names whose gradient was None each time; cut_off: models (of several) none of whose variables has one; zero:
            whose gradient was exactly zero each time it was looked at.
        gradient_samples: how often gradients were looked at.
        unchanged: every weight is at the end exactly what it was at the start; None where that was not looked at.
        weights: number of weights of the models concerned; nothing_trainable: `trainable_variables` is empty.
        loss_steps, losses: number of the gradient (1-based) and value of the scalar that was differentiated, sampled evenly.
        loss_is_returned: what was read is the one number that the compiled step returns; whether it is the loss is not known.
        target_shape: shape of what was differentiated where that was no scalar: its gradient is that of the sum.
        loss_operation: the operation that made it ("Mean", "Sum", "RealDiv", ...), "" where that was not seen.
        carried: updates whose gradients were added to those of an update before, which still lay in place; followed: updates
            of which that was looked at.
        never_cleared: variables whose gradients a compiled step reads from others that the loop only ever adds to.
        micro_steps: gradients per update in the median; summed: the applied gradient was exactly the sum of that many.
        update_ratio: |update| / |weights| per sampled update (the largest of the kernels); ratio_steps: their numbers.
        weight_growth: size of a kernel at the last sampled update over that at the first, the largest; 1 where not measured;
            whole_growth: the same of all kernels together.
        code_effect: of several models that learn together from random numbers, what the one given what another one made, the
            `decoder`, makes of its code: standard deviation of its outputs over random codes / over all values; None where not
            measured.
        passes: how often the loop went through its data set, 0 where that was not seen.
    """

    name: str
    how: str = "step"
    backend: str = "tensorflow"
    compiled: bool = False
    updates: int = 0
    gradients: int = 0
    optimizer: str = ""
    learning_rate: float | None = None
    variables: int = 0
    trainable: int = 0
    left_out: tuple[str, ...] = ()
    untrained: tuple[str, ...] = ()
    frozen: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    zero: tuple[str, ...] = ()
    cut_off: tuple[str, ...] = ()
    gradient_samples: int = 0
    unchanged: bool | None = None
    weights: int = 0
    nothing_trainable: bool = False
    loss_steps: tuple[int, ...] = ()
    losses: tuple[float, ...] = ()
    loss_is_returned: bool = False
    target_shape: tuple[int | None, ...] = ()
    loss_operation: str = ""
    carried: int = 0
    followed: int = 0
    never_cleared: tuple[str, ...] = ()
    micro_steps: float = 1.0
    summed: bool = False
    ratio_steps: tuple[int, ...] = ()
    update_ratio: tuple[float, ...] = ()
    weight_growth: float = 1.0
    whole_growth: float = 1.0
    code_effect: float | None = None
    decoder: str = ""
    passes: int = 0
    nonfinite: FirstNonfinite | None = None
    calls: tuple[CallFacts, ...] = ()
    broadcasts: tuple[BroadcastFacts, ...] = ()
    loss_calls: tuple[LossCallFacts, ...] = ()
    functions: tuple[FunctionFacts, ...] = ()
    metrics: tuple[MetricFacts, ...] = ()
    rival: RivalFacts | None = None
    target_networks: tuple[TargetNetworkFacts, ...] = ()
    others: tuple[str, ...] = ()
