"""Free the graphs of copies: TensorFlow keeps a gradient function for every custom gradient that was ever traced, and so its graph.

`tf.custom_gradient` (behind Keras' crossentropies, for one) registers a function under a new name whenever it is traced; that
function holds tensors of the graph, and the registry is never emptied. What was traced only for a copy that is gone is taken out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from keras_magic.keras_adapter.tf_graph import gradient_functions

# graphs that Keras or we trace for one model
_OURS = ("loop", "one_step_on", "multi_step_on", "next_step", "scratch_graph", "forward_pass")
_BRANCHES = ("CondBranchFuncGraph", "WhileCondFuncGraph", "WhileBodyFuncGraph")


@contextmanager
def forgotten() -> Iterator[None]:
    """Graphs of training steps traced in the block do not outlive the models that they belong to.

    A function of the user's that was traced meanwhile (a loss under `tf.function`, say) may be differentiated again later: what its
    graph needs stays. Without TensorFlow, or with one that keeps its registry otherwise, nothing is done.
    """
    known = set(gradient_functions())
    try:
        yield
    finally:
        registry = gradient_functions()
        for name in [n for n in registry if n not in known and n.startswith("CustomGradient")]:
            if all(map(_is_ours, _graphs(registry[name].get("type")))):
                del registry[name]


def _graphs(function: Any, depth: int = 4) -> list[Any]:
    """The graphs of the tensors in a function's closure, and in those of the functions there."""
    found = []
    for cell in getattr(function, "__closure__", None) or ():
        try:
            content = cell.cell_contents
        except ValueError:  # not filled yet
            continue
        for value in content if isinstance(content, (list, tuple)) else [content]:
            if callable(value) and depth:
                found += _graphs(value, depth - 1)
            elif type(value).__name__ in ("SymbolicTensor", "Tensor") and (graph := getattr(value, "graph", None)) is not None:
                found.append(graph)
    return found


def _is_ours(graph: Any) -> bool:
    """Whether a graph, and all that it is a part of, was traced for a model's training step, or to know a shape."""
    while graph is not None:
        name = getattr(graph, "name", "")
        if type(graph).__name__ not in _BRANCHES and not name.startswith(_OURS):
            return not name and not hasattr(graph, "outer_graph")  # the empty graph at the outside
        graph = getattr(graph, "outer_graph", None)
    return True
