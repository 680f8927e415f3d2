"""Read a tensor of a train step in a way that leaves the step, as TensorFlow compiles it, as it would be unread.

Grappler (TensorFlow's graph optimizer) merges an operation with the next one where nobody else uses what passes between them:
a matrix product, its bias and an activation become one kernel, factors are multiplied ahead, and the last bits round otherwise.
A reader would be such a second user. So only tensors are read that are used twice anyway; any other is computed once more, apart,
from tensors that are, by copies of the operations that made it.
"""

from __future__ import annotations

from typing import Any

from keras_magic.errors import EvidenceError

MOST = 48  # operations that are copied for one tensor
LARGEST = 2**18  # entries of a variable whose value is held until the step's end, and multiplied with once more

_SOURCES = {"Placeholder", "ReadVariableOp", "Const", "IteratorGetNext", "OptionalGetValue"}
_PASSING = {"Identity", "StopGradient", "PreventGradient", "CheckNumerics", "Snapshot", "EnsureShape"}
_SHAPES = {"Shape", "ShapeN", "Size", "Rank", "ZerosLike", "OnesLike", "BroadcastGradientArgs"}
# never merged with what follows
_CLOSED = (
    "If", "While", "Case", "TensorList", "Exit", "Merge", "Switch", "Random", "Gather", "Unique", "Segment", "BackpropFilter",
)  # fmt: skip
_CALLS = ("Call", "SymbolicGradient", "Optional")  # dissolved into the graph around them: what would be merged is inside


# pairs of a producer and its only user that no rewrite merges
_PRODUCERS = {"BiasAdd", "Conv2D", "Conv3D", "Conv2DBackpropInput", "MatMul", "FusedBatchNormV3", "MaxPool", "AvgPool"}
_USERS = {
    "ConcatV2", "MaxPool", "AvgPool", "Conv2D", "Conv2DBackpropInput", "MatMul", "BatchMatMulV2", "Sub", "Slice",
    "StridedSlice",
}  # fmt: skip


class Reader:
    """Called with a tensor of `graph` while a graph inside it is built (a branch, a function), it gives the value there."""

    def __init__(self, graph: Any) -> None:
        self._graph = graph
        self._copies: dict[tuple[int, str], Any] = {}

    def __call__(self, tensor: Any) -> Any:
        """The value, to be used in the graph that is being built.

        Raises:
            EvidenceError: it cannot be read without changing how the step is compiled.
        """
        import tensorflow as tf

        if self._graph is None or not tf.is_tensor(tensor) or getattr(tensor, "graph", None) is not self._graph:
            return tensor
        return self._read(tensor, [MOST])

    def _read(self, tensor: Any, left: list[int]) -> Any:
        import tensorflow as tf

        operation = tensor.op
        if not (tensor.dtype.is_floating or tensor.dtype.is_complex):  # whole numbers are exact, however they are computed
            return tensor
        if operation.type in _SOURCES:
            if operation.type == "ReadVariableOp" and (tensor.shape.num_elements() or 0) > LARGEST:
                raise EvidenceError("a large variable would have to be copied in every step")
            return tensor
        if used_twice(tensor) or stands_apart(tensor) or any(word in operation.type for word in _CLOSED):
            return tensor
        if "Conv" in operation.type:
            raise EvidenceError("a convolution would have to be computed twice")
        graph = tf.compat.v1.get_default_graph()
        key = id(graph), operation.name
        if key not in self._copies:
            left[0] -= 1
            if left[0] < 0 or operation.op_def.is_stateful or any(word in operation.type for word in _CALLS):
                raise EvidenceError("another reader would change how TensorFlow compiles the step")
            inputs = [self._read(value, left) for value in operation.inputs]
            attributes = {name: value for name, value in operation.node_def.attr.items() if not name.startswith("_")}
            made = [output.dtype for output in operation.outputs]
            copy = self._copies[key] = graph.create_op(operation.type, inputs, made, attrs=attributes, op_def=operation.op_def)
            for output, original in zip(copy.outputs, operation.outputs, strict=True):
                output.set_shape(original.shape)  # a shape that was a constant arrives as a value from outside
        return self._copies[key].outputs[tensor.value_index]


def used_twice(tensor: Any) -> bool:
    """Whether two operations use the value that no optimizer would merge into one, so that a third makes no difference."""
    while tensor.op.type in _PASSING:
        tensor = tensor.op.inputs[0]
    return len(_users(tensor)) > 1


def stands_apart(tensor: Any) -> bool:
    """Whether the operation that made the value and the one that uses it are of kinds that are never merged."""
    return tensor.op.type in _PRODUCERS and {kind for kind, *_ in _users(tensor)} <= _USERS


def _users(tensor: Any) -> set[tuple[str, ...]]:
    users: set[tuple[str, ...]] = set()
    for operation in tensor.consumers():
        if operation.type in _PASSING:
            users |= _users(operation.outputs[0])
        elif operation.type not in _SHAPES:  # what only asks for the shape is replaced by a constant
            users.add((operation.type, *(value.name for value in operation.inputs)))
    return users
