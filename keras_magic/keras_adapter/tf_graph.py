"""TensorFlow's graphs: branches that stay functions, the registry of gradient functions, callbacks of operations."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

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


def added_to(graph: Any) -> list[Any]:
    """The variables that a traced function only adds to, in the order in which it does; empty where that is unknown."""
    try:
        captured = {inside.name: outside for outside, inside in graph.captures}
        handles = {id(v.handle): v for v in graph.variables}
        changed = [(op.type, op.inputs[0].name) for op in graph.get_operations() if op.type.startswith("Assign")]
    except (AttributeError, TypeError, ValueError):
        return []
    others = {name for kind, name in changed if kind != "AssignAddVariableOp"}
    found = [handles.get(id(captured.get(name))) for _, name in changed if name not in others]
    return list({id(v): v for v in found if v is not None}.values())


def variables_of(graph: Any) -> list[Any]:
    """The variables that a traced function reads or writes."""
    return list(getattr(graph, "variables", ()))
