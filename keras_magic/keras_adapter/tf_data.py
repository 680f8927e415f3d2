"""A copy of a tf.data pipeline that can be read without leaving a trace in the original.

Every iteration of a `shuffle` draws its order from a seed generator that the pipeline owns, so merely peeking would give the
training another order; a peek through `cache` starts to fill it. `copy_of` rebuilds the pipeline from its graph with fresh
generators and caches: it yields what the next epoch of the original will yield, and the original stays as it is.

A graph holds a copy of all the tensors that the pipeline slices. Where these are large, the operations after them are created
again instead, on the same tensors; a pipeline with an operation that cannot be created again is not read at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras_magic.errors import UnsupportedError
from keras_magic.keras_adapter import private

#: Data held inside the graph (from_tensor_slices) is copied with it; above this size the copy would cost seconds.
COPY_LIMIT = 32 * 2**20
_UNREAD = (
    "this tf.data pipeline was not read, as that would change what the training gets: it holds large tensors and {}; "
    "to look at them, give the arrays themselves"
)
_FRESH = {"ShuffleDatasetV3": "DummySeedGenerator", "CacheDatasetV2": "DummyMemoryCache"}


def copy_of(dataset: Any) -> Any:
    """A copy of a `tf.data.Dataset` that shares no state with it; the dataset itself where none is held or none can be made.

    Raises:
        UnsupportedError: it slices large tensors and holds a state that reading would move.
    """
    if not _stateful(dataset):
        return dataset
    if _held_bytes(dataset) > COPY_LIMIT:
        try:
            return _remade(dataset)
        except (AttributeError, TypeError):  # another version of TensorFlow
            raise UnsupportedError(_UNREAD.format("steps that this version of TensorFlow hides")) from None
    try:
        return _rebuild(dataset)
    except Exception:  # a pipeline without a graph form (py_function, external state): look at the original
        return dataset


def _chain(dataset: Any) -> list[Any]:
    found, queue = [], [dataset]
    while queue:
        found.append(queue.pop())
        queue += private(found[-1], "_inputs", "a tf.data pipeline is looked through with it")()
    return found


def _stateful(dataset: Any) -> bool:
    return any(word in type(part).__name__ for part in _chain(dataset) for word in ("Shuffle", "Cache", "Interleave", "FlatMap"))


def _held_bytes(dataset: Any) -> int:
    import tensorflow as tf

    tensors = (t for part in _chain(dataset) for t in getattr(part, "_tensors", ()))
    return sum(t.shape.num_elements() * t.dtype.size for t in tensors if isinstance(t, tf.Tensor) and t.dtype.size)


def _remade(dataset: Any) -> Any:
    """The same operations with states of their own, on the same tensors."""
    from tensorflow.python.data.ops import dataset_ops

    if not _stateful(dataset):
        return dataset
    kind = type(dataset).__name__.strip("_").removesuffix("Dataset").removeprefix("Parallel")
    if kind not in _REMAKE:
        raise UnsupportedError(_UNREAD.format(f"a step ({kind}) that can't be repeated beside the training"))
    before = _remade(dataset._inputs()[0])
    after = _REMAKE[kind](dataset, before._variant_tensor)
    return dataset_ops._VariantDataset(after, dataset.element_spec)


def _shuffle(part: Any, before: Any) -> Any:
    import tensorflow as tf

    return tf.raw_ops.ShuffleDatasetV3(
        input_dataset=before,
        buffer_size=part._buffer_size,
        seed=part._seed,
        seed2=part._seed2,
        seed_generator=tf.raw_ops.DummySeedGenerator(),
        reshuffle_each_iteration=part._reshuffle_each_iteration,
        **part._flat_structure,
    )


def _batch(part: Any, before: Any) -> Any:
    import tensorflow as tf

    return tf.raw_ops.BatchDatasetV2(
        input_dataset=before, batch_size=part._batch_size, drop_remainder=part._drop_remainder, **part._flat_structure
    )


def _map(part: Any, before: Any) -> Any:
    import tensorflow as tf

    function = part._map_func.function
    if _leaves_traces(function.graph.as_graph_def()):
        raise UnsupportedError(_UNREAD.format("a map() that calls Python or moves a variable"))
    return tf.raw_ops.MapDataset(input_dataset=before, other_arguments=function.captured_inputs, f=function, **part._flat_structure)


def _leaves_traces(graph: Any) -> bool:
    """Whether running it changes something outside; ops such as tf.random's draw again for each iterator and do not."""
    nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
    writes = ("Assign", "Rng", "StatefulUniform", "StatefulStandard", "StatefulTruncated", "StatefulRandom", "LookupTableI")
    return any("PyFunc" in node.op or node.op.startswith(writes) for node in nodes)


def _counted(operation: str) -> Callable[[Any, Any], Any]:
    def remake(part: Any, before: Any) -> Any:
        import tensorflow as tf

        return getattr(tf.raw_ops, operation)(input_dataset=before, count=part._count, **part._flat_structure)

    return remake


#: How operations are created again; caches, prefetching and options change no element.
_REMAKE: dict[str, Callable[[Any, Any], Any]] = {
    "Shuffle": _shuffle,
    "Batch": _batch,
    "Map": _map,
    "Repeat": _counted("RepeatDataset"),
    "Take": _counted("TakeDataset"),
    "Skip": _counted("SkipDataset"),
    **dict.fromkeys(("Cache", "Prefetch", "Options"), lambda part, before: before),
}


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
