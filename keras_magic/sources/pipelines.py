"""Look into a tf.data pipeline without leaving a trace in it.

Every iteration of a `shuffle` draws its order from a seed generator that the pipeline owns, so merely peeking would give the
training another order; a peek through `cache` starts to fill it. `twin` rebuilds the pipeline from its graph with fresh
generators and caches: it yields what the next epoch of the original will yield, and the original does not notice.
"""

from __future__ import annotations

from typing import Any

#: Data held inside the graph (from_tensor_slices) is copied with it; above this size the copy would cost seconds.
COPY_LIMIT = 32 * 2**20
_FRESH = {"ShuffleDatasetV3": "DummySeedGenerator", "CacheDatasetV2": "DummyMemoryCache"}


def twin(dataset: Any) -> Any:
    """A copy of a `tf.data.Dataset` that shares no state with it; the dataset itself where none is held or none can be made."""
    if not _stateful(dataset) or _held_bytes(dataset) > COPY_LIMIT:
        return dataset
    try:
        return _rebuild(dataset)
    except Exception:  # a pipeline without a graph form (py_function, external state): look at the original
        return dataset


def _chain(dataset: Any) -> list[Any]:
    found, queue = [], [dataset]
    while queue:
        found.append(queue.pop())
        queue += found[-1]._inputs()
    return found


def _stateful(dataset: Any) -> bool:
    return any(word in type(part).__name__ for part in _chain(dataset) for word in ("Shuffle", "Cache", "Interleave", "FlatMap"))


def _held_bytes(dataset: Any) -> int:
    import tensorflow as tf

    tensors = (t for part in _chain(dataset) for t in getattr(part, "_tensors", ()))
    return sum(t.shape.num_elements() * t.dtype.size for t in tensors if isinstance(t, tf.Tensor) and t.dtype.size)


def _rebuild(dataset: Any) -> Any:
    import tensorflow as tf
    from tensorflow.python.data.ops import dataset_ops

    text = tf.raw_ops.DatasetToGraphV2(input_dataset=dataset._variant_tensor, external_state_policy=2, strip_device_assignment=True)
    graph = tf.compat.v1.GraphDef.FromString(text.numpy())
    nodes = {node.name: node for node in graph.node}
    for node in graph.node:
        if node.op in _FRESH:
            resource = nodes[node.input[-1]]
            resource.attr.clear()
            resource.op = _FRESH[node.op]
    result = next(node for node in graph.node if node.op == "_Retval")
    output = f"{result.input[0]}:0"
    big = [node for node in graph.node if node.op == "Const" and node.ByteSize() > 2**16]
    held = [tf.constant(tf.make_ndarray(node.attr["value"].tensor)) for node in big]
    for node in (result, *big):
        graph.node.remove(node)

    @tf.function(autograph=False)
    def build(*tensors: Any) -> Any:
        mapping = {f"{node.name}:0": tensor for node, tensor in zip(big, tensors, strict=True)}
        return tf.graph_util.import_graph_def(graph, input_map=mapping, return_elements=[output], name="")[0]

    return dataset_ops._VariantDataset(build.get_concrete_function(*held)(*held), dataset.element_spec)
