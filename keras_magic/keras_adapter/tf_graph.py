"""TensorFlow's graphs: branches that stay functions, the registry of gradient functions, callbacks of operations."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from keras_magic.errors import EvidenceError

#: Attributes of a `tf.function` that TensorFlow does not inline into the function that calls it.
NOT_INLINED = {"_noinline": True}


def keep_branch(output: Any) -> None:
    """Keep TensorFlow from inlining the `tf.cond` that gave this output; where it has no such setting, the step is only slower."""
    operation = output.op
    while operation.type not in ("If", "StatelessIf"):
        operation = operation.inputs[0].op
    if not hasattr(operation, "_set_attr"):
        return
    try:
        from tensorflow.core.framework.attr_value_pb2 import AttrValue
    except ImportError:
        return
    operation._set_attr("_lower_using_switch_merge", AttrValue(b=False))


@contextmanager
def out_of_turn() -> Iterator[None]:
    """Operations with side effects that are made inside run as soon as they can.

    TensorFlow runs the others of a function in the order in which they were made, so that one at its end waits for each that
    prints, draws or calls Python before it. Operations in a control flow context are left out of that order.

    Raises:
        EvidenceError: this TensorFlow has no such contexts.
    """
    try:
        from tensorflow.python.ops.control_flow_ops import ControlFlowContext

        class Apart(ControlFlowContext):  # type: ignore[misc]
            def AddOp(self, op: Any) -> None:
                """Nothing is added: it has no branches."""

            def AddValue(self, value: Any) -> Any:
                return value

            def to_control_flow_context_def(self, context_def: Any, export_scope: Any = None) -> None:
                """Nothing of it is saved with a graph."""

        context = Apart()
        context.Enter()
    except Exception as error:
        raise EvidenceError(f"TensorFlow runs it after what comes before it ({type(error).__name__})") from error
    try:
        yield
    finally:
        context.Exit()


def gradient_functions() -> dict[str, dict[str, Any]]:
    """TensorFlow's registered gradient functions by name; a dict to delete from, empty where it keeps them otherwise."""
    ops = sys.modules.get("tensorflow.python.framework.ops")
    found = getattr(getattr(ops, "gradient_registry", None), "_registry", None)
    return found if isinstance(found, dict) else {}


def listen_to_operations(heard: Callable[..., Any]) -> Callable[[], None] | None:
    """Have `heard(op_type, inputs, attrs, outputs, op_name, graph)` called for every operation that runs in this thread.

    Returns:
        the function that ends it; None where this TensorFlow has no such callbacks.
    """
    try:
        from tensorflow.python.framework import op_callbacks

        op_callbacks.add_op_callback(heard)
    except Exception:
        return None
    return lambda: op_callbacks.remove_op_callback(heard)


def added_to(graph: Any) -> list[tuple[Any, Any]]:
    """(variable, what is added) for those that a traced function only adds to, in the order in which it does; empty where that is
    unknown."""
    try:
        captured = {inside.name: outside for outside, inside in graph.captures}
        handles = {id(v.handle): v for v in graph.variables}
        changed = [(op.type, op.inputs[0].name, op.inputs[1]) for op in graph.get_operations() if op.type.startswith("Assign")]
    except (AttributeError, IndexError, TypeError, ValueError):
        return []
    others = {name for kind, name, _ in changed if kind != "AssignAddVariableOp"}
    found = [(handles.get(id(captured.get(name))), added) for _, name, added in changed if name not in others]
    return list({id(v): (v, added) for v, added in found if v is not None}.values())


def variables_of(graph: Any) -> list[Any]:
    """The variables that a traced function reads or writes."""
    return list(getattr(graph, "variables", ()))


@dataclass(frozen=True)
class Term:
    """One summand of a tensor: another tensor, or the value of the variable with this handle; `scaled`: times a number."""

    tensor: Any = None
    handle: Any = None
    scaled: bool = False


def mark_of_tensor(tensor: Any) -> tuple[int, str] | None:
    """The same for the same tensor of a graph; None for what belongs to none."""
    graph = getattr(tensor, "graph", None)
    return None if graph is None else (id(graph), tensor.name)


def summands(tensor: Any, known: Collection[Any], scaled: bool = False, most: int = 200) -> list[Term] | None:
    """The terms that a tensor is a sum of, each perhaps times a number; None where it was computed in another way.

    Args:
        known: marks of the tensors to stop at (`mark_of_tensor`).
    """
    if getattr(tensor, "handle", None) is not None:  # a variable, given as it is
        return [Term(handle=tensor.handle, scaled=scaled)]
    if most <= 0 or mark_of_tensor(tensor) is None:
        return None
    if mark_of_tensor(tensor) in known:
        return [Term(tensor=tensor, scaled=scaled)]
    operation = tensor.op
    kind, inputs = operation.type, list(operation.inputs)
    if kind == "ReadVariableOp":
        return [Term(handle=_outermost(inputs[0]), scaled=scaled)]
    if kind == "ZerosLike" or (kind == "Const" and _is_zero(tensor)):
        return []
    if kind in ("Mul", "RealDiv"):
        number = next((k for k in ((1,) if kind == "RealDiv" else (0, 1)) if inputs[k].shape.rank == 0), None)
        return None if number is None else summands(inputs[1 - number], known, True, most - 1)
    if kind not in ("Identity", "Add", "AddV2", "AddN"):
        return None
    found: list[Term] = []
    for each in inputs:
        terms = summands(each, known, scaled, most - 1 - len(found))
        if terms is None:
            return None
        found += terms
    return found


def _is_zero(tensor: Any) -> bool:
    import tensorflow as tf

    value = tf.get_static_value(tensor)
    return value is not None and not value.any()


def _outermost(handle: Any) -> Any:
    """What a function was given from outside for one of its captured tensors, through all functions around it."""
    while (graph := getattr(handle, "graph", None)) is not None:
        outside = next(
            (outer for outer, inner in getattr(graph, "captures", ()) if inner is handle or inner.name == handle.name), None
        )
        if outside is None:
            break
        handle = outside
    return handle
