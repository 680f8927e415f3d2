"""Follow the numbers from a model's output to the loss, for the first few steps.

TensorFlow's operation callbacks, torch's function modes and the way of JAX's functions through `jax.jit` hear of each operation
after it ran (or was added to a graph). They return what it returned, so that nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from keras_magic.frames import here
from keras_magic.keras_adapter.tf_graph import listen_to_operations
from keras_magic.keras_adapter.torch_tensors import is_innermost
from keras_magic.loop_facts import BroadcastFacts

#: Operations that treat each number by itself: what comes out stands where it stood.
_ARITHMETIC = frozenset(("Add", "AddV2", "Sub", "Mul", "RealDiv", "Div", "SquaredDifference", "Minimum", "Maximum", "Pow"))
_PASSING = frozenset(("Cast", "Identity", "StopGradient", "ReadVariableOp"))
_LOGARITHMS = frozenset(("Log", "Log1p", "Softplus", "LogSoftmax"))
_ELEMENTWISE = (
    _ARITHMETIC
    | _PASSING
    | _LOGARITHMS
    | frozenset(("BiasAdd", "Neg", "Sigmoid", "Tanh", "Relu", "Softmax", "Exp", "Square", "Sqrt", "Abs", "Select", "SelectV2"))
)
_REDUCING = frozenset(("Mean", "Sum", "DivNoNan"))
_PICKING = frozenset(("Max", "Min"))  # the best of several numbers of a row
#: Where the numbers stay the model's and stand elsewhere: they say who made them, and nothing of shapes.
_MOVING = frozenset(("ConcatV2", "Reshape", "Pack", "Squeeze", "ExpandDims", "StridedSlice", "GatherV2", "GatherNd"))
_MOVING |= frozenset(("Split", "SplitV", "Unpack"))
#: Losses on logits that are one operation.
_ON_LOGITS = frozenset(("SoftmaxCrossEntropyWithLogits", "SparseSoftmaxCrossEntropyWithLogits", "SigmoidCrossEntropyWithLogits"))
_ENDINGS = {"Softmax": "softmax", "Sigmoid": "sigmoid", "LogSoftmax": "log_softmax", "Tanh": "tanh"}
MOST = 20_000  # operations followed at most


@dataclass
class Trail:
    """Where a tensor comes from: the models whose outputs went into it, and the operation that made it."""

    tensor: Any  # kept, so that its id is not given to another
    models: frozenset[str]
    operation: str = ""
    output: str = ""  # the model of which it is the output itself, but for casts and one activation
    logs: bool = False  # a logarithm lies on the way: a likelihood or an entropy
    origins: frozenset[str] = frozenset()  # models whose numbers went into it, wherever these stood


class Operations:
    """Which tensors come from a model's output, and which of them broadcast unintentionally."""

    def __init__(self) -> None:
        self.trails: dict[int, Trail] = {}
        self.broadcasts: list[BroadcastFacts] = []
        self.twice: dict[tuple[str, str], str] = {}  # (loss on logits, activation before it) -> the model
        self.backward = False  # operations of `tape.gradient` are Keras' and TensorFlow's own
        self.draws_normal = False  # numbers were drawn from a normal distribution
        self.added_to: set[str] = set()  # models to whose numbers others were added that come from no model: rewards
        self._seen = 0
        self._end: Callable[[], None] | None = None

    def start(self) -> None:
        """Listen; where this TensorFlow has no operation callbacks, broadcasting is not examined."""
        if keras.backend.backend() == "tensorflow":
            self._end = listen_to_operations(self._heard)
        else:  # the recorder hears of JAX's functions itself
            self._end = _listen_to_torch(self.named) if keras.backend.backend() == "torch" else _nothing_to_end

    def stop(self) -> None:
        """Listen no more."""
        if self._end is not None:
            self._end()
            self._end = None

    def forget(self) -> None:
        """A step is over: its tensors need not be kept alive."""
        self.trails.clear()

    def output(self, tensor: Any, model: str) -> None:
        """A model put this tensor out."""
        made = self.trails.get(id(tensor))
        self.trails[id(tensor)] = Trail(
            tensor, frozenset((model,)), made.operation if made else "", model, origins=frozenset((model,))
        )

    def loss(self, tensor: Any) -> None:
        """A Keras loss returned this tensor."""
        before = self.trails.get(id(tensor))
        self.trails[id(tensor)] = Trail(tensor, frozenset(), "Loss", logs=before.logs if before else False)

    def of(self, tensor: Any) -> Trail | None:
        return self.trails.get(id(tensor))

    def ending(self, tensor: Any) -> str:
        """ "softmax", "sigmoid", ... where that made the tensor; "" where it was something else or was not seen."""
        trail = self.of(tensor)
        return _ENDINGS.get(trail.operation, "") if trail else ""

    def _heard(self, kind: Any, inputs: Any, attributes: Any, outputs: Any, name: Any = None, graph: Any = None, **_: Any) -> None:
        if self.backward or self._end is None or self._seen > MOST:
            return
        self._seen += 1
        kind = kind.decode() if isinstance(kind, bytes) else kind
        self.draws_normal = self.draws_normal or kind in _NORMAL
        try:
            self._follow(kind, tuple(inputs), tuple(outputs or ()))
        except Exception:  # a tensor without a shape, say: this operation is not followed
            return

    def named(self, function: Any, args: tuple[Any, ...], result: Any) -> None:
        """A function of torch or JAX has run: the same as `_heard`."""
        kind = _KINDS.get(getattr(function, "__name__", "").strip("_")) if self._end is not None else None
        if kind is not None and hasattr(result, "shape"):
            inputs = [a for part in args for a in (part if isinstance(part, (tuple, list)) else (part,)) if hasattr(a, "shape")]
            self._heard(kind, inputs, None, [result])

    def _follow(self, kind: str, inputs: tuple[Any, ...], outputs: tuple[Any, ...]) -> None:
        trails = [t for i in inputs if (t := self.trails.get(id(i))) is not None]
        if kind in _ENDINGS and len(outputs) == 1 and not trails:
            self._keep(Trail(outputs[0], frozenset(), kind))
        if not trails or not outputs:
            return
        first, origins = trails[0], frozenset().union(*(t.origins for t in trails))
        if kind in _ARITHMETIC and len(inputs) == 2:
            self._compare(kind, inputs, outputs[0])
        if kind in ("Add", "AddV2") and len(trails) == 1 and all(len(i.shape) for i in inputs):
            self.added_to |= origins
        if kind in _MOVING:
            output = next((t.output for t in trails if t.output), "")
            made = first.operation if kind == "Reshape" else ""
            for part in outputs:
                self._keep(Trail(part, frozenset(), made, output, origins=origins))
        elif kind in _ON_LOGITS:
            self._keep(Trail(outputs[0], frozenset(), kind, logs=True))
            if _ENDINGS.get(first.operation) and self.trails.get(id(inputs[0])) is first:
                self.twice[kind, first.operation] = first.output
        elif kind in _ELEMENTWISE or kind in _REDUCING or kind in _PICKING:
            models = frozenset().union(*(t.models for t in trails)) if kind in _ELEMENTWISE else frozenset()
            direct = first.output if kind in _PASSING or kind in _ENDINGS else ""
            made = first.operation if kind in _PASSING else kind
            logs = kind in _LOGARITHMS or any(t.logs for t in trails)
            self._keep(Trail(outputs[0], models, made, direct, logs, origins))

    def _keep(self, trail: Trail) -> None:
        self.trails[id(trail.tensor)] = trail

    def _compare(self, kind: str, inputs: tuple[Any, ...], result: Any) -> None:
        """(n, 1) with (n,): a slip, where the column is a network's output (whose last axis nobody made on purpose) and the row
        does not come from the same network (pairwise distances are meant)."""
        shapes = [tuple(i.shape) for i in inputs]
        column = next((k for k in (0, 1) if _is_column(shapes[k], shapes[1 - k])), None)
        if column is None:
            return
        trails = [self.trails.get(id(i)) for i in inputs]
        high, low = trails[column], trails[1 - column]
        if high is None or not high.models or (low is not None and low.models & high.models):
            return
        function, line, code = here()
        found = BroadcastFacts(
            column=_words(high),
            row=_words(low),
            rows=shapes[column][0],
            operation=kind,
            function=function,
            line=line,
            code=code,
        )
        if found not in self.broadcasts:
            self.broadcasts.append(found)


def _is_column(one: tuple[int | None, ...], other: tuple[int | None, ...]) -> bool:
    return len(one) == 2 and one[1] == 1 and len(other) == 1 and one[0] == other[0] and one[0] != 1


def _words(trail: Trail | None) -> str:
    names = " and ".join(sorted(trail.models)) if trail else ""
    if not names:
        return ""
    return f"the output of {names}" if trail is not None and trail.output else f"a result of {names}"


def _nothing_to_end() -> None:
    pass


_NORMAL = ("RandomStandardNormal", "StatelessRandomNormalV2", "StatelessRandomNormal")

#: Names that torch and JAX give the operations that are followed, as TensorFlow calls them.
_KINDS = {
    "add": "AddV2", "radd": "AddV2", "sub": "Sub", "rsub": "Sub", "subtract": "Sub", "mul": "Mul", "rmul": "Mul", "multiply": "Mul",
    "div": "RealDiv", "rdiv": "RealDiv", "truediv": "RealDiv", "rtruediv": "RealDiv", "divide": "RealDiv", "pow": "Pow",
    "mse_loss": "SquaredDifference", "l1_loss": "Sub", "smooth_l1_loss": "SquaredDifference", "huber_loss": "SquaredDifference",
    "minimum": "Minimum", "maximum": "Maximum", "square": "Square", "sqrt": "Sqrt", "abs": "Abs", "neg": "Neg", "exp": "Exp",
    "sigmoid": "Sigmoid", "tanh": "Tanh", "relu": "Relu", "softmax": "Softmax", "log": "Log", "log1p": "Log1p",
    "softplus": "Softplus", "log_softmax": "LogSoftmax", "mean": "Mean", "sum": "Sum", "to": "Cast", "float": "Cast",
    "clone": "Identity", "detach": "StopGradient", "reshape": "Reshape", "view": "Reshape", "squeeze": "Squeeze",
    "unsqueeze": "ExpandDims", "cat": "ConcatV2", "stack": "Pack", "getitem": "StridedSlice", "gather": "GatherV2",
    "true_divide": "RealDiv", "power": "Pow", "float_power": "Pow", "negative": "Neg", "absolute": "Abs", "reduce_sum": "Sum",
    "amax": "Max", "max": "Max", "reduce_max": "Max", "amin": "Min", "min": "Min", "reduce_min": "Min",
    "cross_entropy": "SoftmaxCrossEntropyWithLogits", "binary_cross_entropy_with_logits": "SigmoidCrossEntropyWithLogits",
}  # fmt: skip


def _listen_to_torch(heard: Callable[..., None]) -> Callable[[], None]:
    from torch import overrides

    class Listening(overrides.TorchFunctionMode):
        def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            result = function(*args, **(kwargs or {}))
            heard(function, args, result)
            return result

    mode = Listening()
    mode.__enter__()

    def leave() -> None:
        if is_innermost(mode):  # else a mode of the user's lies above it: it only passes on then
            mode.__exit__(None, None, None)

    return leave
