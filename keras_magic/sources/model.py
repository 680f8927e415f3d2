"""A model -> `ModelFacts`: a walk over the layer graph and the compile settings. Nothing is built, called or changed."""

from __future__ import annotations

import contextlib
import dis
import inspect
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from keras_magic.errors import UsageError
from keras_magic.facts import LayerFacts, ModelFacts
from keras_magic.keras_adapter import compiled as keras_compiled
from keras_magic.keras_adapter.layers import build_shapes, flattened
from keras_magic.sources import compiled
from keras_magic.sources.activations import layer_activation
from keras_magic.sources.graph import Call, Graph, read_graph
from keras_magic.sources.heads import heads_of
from keras_magic.sources.input_scaling import input_scaling, normalization_of
from keras_magic.sources.operations import BRIDGES, is_activation, is_overridden, is_weighted, kind_of, unwrapped
from keras_magic.sources.vocabulary import MOST_TOKENS

_OPTIONS = (
    "axis", "padding", "momentum", "epsilon", "return_sequences", "return_state", "go_backwards", "stateful", "input_dim",
    "mask_zero", "pool_size", "strides", "kernel_size", "data_format", "dilation_rate", "groups", "use_bias", "scale", "center",
    "offset", "recurrent_dropout", "max_value", "negative_slope", "target_shape", "dims", "n", "num_heads", "key_dim",
    "merge_mode", "output_mode", "num_tokens", "max_tokens", "depth_multiplier", "invert", "size", "mode", "factor", "value_range",
    "mask_value",
)  # fmt: skip
# fmt: on
LOOKUPS = {"gather", "gather_nd", "embedding_lookup", "take", "one_hot"}  # functions that take rows of a table by ids
_SAMPLE = 20_000  # values of a variable that its statistics look at


def collect_model(model: Any, names: Mapping[str, str] | None = None) -> ModelFacts:
    """Read a model without changing it.

    Args:
        model: any `keras.Model`: Sequential, functional, nested, subclassed; built or not, compiled or not.
        names: the user's variable names; `names["model"]` becomes the facts' name.

    Raises:
        UsageError: `model` is not a Keras model.
    """
    import keras

    if not isinstance(model, keras.Model):
        raise UsageError(f"expected a keras.Model, got {type(model).__name__}; give the compiled model itself")
    graph = read_graph(model)
    missing: list[str] = [] if graph.known else ["the order of the layers: a subclassed model keeps no graph"]
    layers = tuple(_layers(graph))
    heads = tuple(heads_of(model, graph))
    scaled, expected, learned = input_scaling(graph)
    is_compiled = bool(getattr(model, "compiled", False))
    if is_compiled and getattr(model, "loss", None) is None:
        missing.append("the loss: compile was given none")
    return ModelFacts(
        name=(names or {}).get("model", model.name),
        kind=_kind(model, graph),
        compiled=is_compiled,
        built=bool(model.built),
        graph_known=graph.known,
        call_names=() if graph.known else _call_names(model),
        looks_up=not graph.known and any(map(_looks_up, (model, *flattened(model)))),
        layers=layers,
        heads=heads,
        input_shapes=_input_shapes(model),
        parameters=sum(_size(v) for v in model.variables if v.name != "seed_generator_state"),
        trainable_parameters=sum(map(_size, model.trainable_variables)),
        optimizer=compiled.read_optimizer(getattr(model, "optimizer", None)) if is_compiled else None,
        stale=tuple(compiled.stale_layers(model)) if is_compiled else (),
        stale_parts=compiled.stale_parts(model) if is_compiled else (),
        custom_train_step=any(is_overridden(model, m) for m in ("train_step", "compute_loss", "_compute_loss")),
        scales_inputs=scaled,
        expected_range=expected,
        learned_range=tuple(sorted(learned)),
        jit_compile=keras_compiled.jit_setting(model),
        missing=tuple(missing),
    )


def _kind(model: Any, graph: Graph) -> str:
    import keras

    return "sequential" if isinstance(model, keras.Sequential) else "functional" if graph.known else "subclassed"


def _input_shapes(model: Any) -> dict[str, tuple[int | None, ...]]:
    tensors = None
    with contextlib.suppress(Exception):
        tensors = model.inputs
    if tensors:
        return {t.name: tuple(t.shape[1:]) for t in tensors}
    shapes = build_shapes(model)
    return {
        k: tuple(v[1:])
        for k, v in shapes.items()
        if isinstance(v, (list, tuple)) and all(n is None or isinstance(n, int) for n in v)
    }


def _size(variable: Any) -> int:
    return int(np.prod(variable.shape)) if variable.shape is not None and None not in variable.shape else 0


# ---------------------------------------------------------------- layers


def _layers(graph: Graph) -> Iterator[LayerFacts]:
    """One `LayerFacts` per layer, at its first call; a shared layer's inputs are those of all its calls."""
    first: dict[int, int] = {}
    for i, call in enumerate(graph.calls):
        first.setdefault(id(call.operation), i)
    depths = _depths(graph)
    for i, call in enumerate(graph.calls):
        if first[id(call.operation)] != i:
            continue
        parents = [p for c in graph.calls if c.operation is call.operation for p in c.parents]
        sources = (graph.calls[first[id(graph.calls[p].operation)]].name for p in parents)
        yield _layer(call, tuple(dict.fromkeys(sources)), _effective(graph, i), depths[i])


def _looks_up(layer: Any) -> bool:
    """It takes rows of a table by their ids."""
    import keras

    own = not type(layer).__module__.startswith("keras.")
    return isinstance(layer, keras.layers.Embedding) or (own and not LOOKUPS.isdisjoint(_call_names(layer)))


def _call_names(layer: Any) -> tuple[str, ...]:
    """The names that `call` uses, and "BINARY_..." where it calculates with operators."""
    code = getattr(inspect.unwrap(type(layer).call), "__code__", None)
    if code is None:
        return ()
    operators = {i.opname for i in dis.get_instructions(code) if i.opname.startswith(("BINARY_", "INPLACE_"))}
    return (*code.co_names, *sorted(operators - {"BINARY_SUBSCR", "BINARY_SLICE"}))


def _layer(call: Call, inputs: tuple[str, ...], effective: str | None, depth: int) -> LayerFacts:
    operation = call.operation
    inner = unwrapped(operation)
    weights = [v for v in getattr(operation, "variables", []) if v.name != "seed_generator_state"]
    trainable = {id(v) for v in getattr(operation, "trainable_variables", [])}
    units = next((u for k in ("units", "filters", "output_dim") if isinstance(u := getattr(inner, k, None), int)), None)
    rate = next(
        (float(r) for k in ("rate", "dropout", "drop_rate") if isinstance(r := getattr(inner, k, None), (int, float))), None
    )
    return LayerFacts(
        name=call.name,
        kind=type(operation).__name__,
        activation=layer_activation(operation) if hasattr(inner, "activation") or is_activation(operation) else None,
        effective_activation=effective,
        units=units,
        rate=rate,
        input_shape=call.input_shape,
        output_shape=call.output_shape,
        inputs=inputs,
        within=call.within,
        parameters=sum(map(_size, weights)),
        trainable_parameters=sum(_size(v) for v in weights if id(v) in trainable),
        untracked=_untracked(operation),
        trainable=bool(getattr(operation, "trainable", True)),
        initializer=_initializer(inner),
        regularizer=_regularizer(inner),
        weight_stats={_role(v): _statistics(v, kind_of(inner)) for v in weights},
        options=_options(operation, inner),
        depth=depth,
    )


def _untracked(operation: Any) -> int:
    """Values of trainable `tf.Variable`s among a layer's attributes, which Keras 3 takes for plain attributes."""
    if type(operation).__module__.startswith("keras."):
        return 0
    held = [part for value in vars(operation).values() for part in (value if isinstance(value, (list, tuple)) else [value])]
    foreign = [v for v in held if type(v).__module__.startswith("tensorflow.") and getattr(v, "trainable", False)]
    return sum(_size(v) for v in foreign if hasattr(v, "assign"))


def _depths(graph: Graph) -> list[int]:
    """Weighted layers on the longest way to each call, itself included; a running number where the graph is unknown."""
    depths: list[int] = []
    for i, call in enumerate(graph.calls):
        before = max((depths[p] for p in call.parents), default=0) if graph.known else (depths[i - 1] if i else 0)
        depths.append(before + is_weighted(call.operation))
    return depths


def _effective(graph: Graph, index: int) -> str | None:
    """The layer's own activation, or that of the activation which follows it through normalisation, dropout and the like.

    Custom layers may apply any function in `call`. There the activation that was assigned next is taken for the layer's own;
    without one, that of a linear layer is "unknown" (None where the whole model is subclassed).
    """
    operation, owner = graph.calls[index].operation, graph.calls[index].owner
    own = layer_activation(operation)
    if own != "linear" or not is_weighted(operation):
        return own
    if owner is not None:
        beside = (call.operation for call in graph.calls[index + 1 :] if call.owner is owner)
        follower = next((o for o in beside if kind_of(o) not in BRIDGES), None)
        if follower is not None and is_activation(follower):
            return layer_activation(follower)
        return "unknown" if graph.known else None
    seen, todo = {index}, graph.consumers(index)
    while todo:
        i = todo.pop(0)
        if i in seen:
            continue
        seen.add(i)
        follower = graph.calls[i].operation
        if is_activation(follower) and layer_activation(follower) != "linear":
            return layer_activation(follower)
        if kind_of(follower) in BRIDGES or is_activation(follower):
            todo += graph.consumers(i)
    return "linear"


def _role(variable: Any) -> str:
    """ "kernel", "bias", "forward_lstm/kernel", ...: what the variable is within its layer."""
    parts = variable.path.split("/")
    return "/".join(parts[-2:]) if any(p.startswith(("forward_", "backward_")) for p in parts[-2:-1]) else parts[-1]


def _statistics(variable: Any, kind: str = "") -> dict[str, float]:
    """Statistics of a variable's values, for a layer of this kind; from every k-th value where there are many."""
    import keras

    values = np.asarray(keras.ops.convert_to_numpy(variable)).ravel()
    size = values.size
    if not size or (values.dtype.kind not in "fiu" and values.dtype.name != "bfloat16"):
        return {"size": float(size)}
    sample = values[:: max(1, size // _SAMPLE)].astype("float64")
    finite = sample[np.isfinite(sample)]
    shape = tuple(variable.shape)
    stats = {
        "size": float(size),
        "nonfinite": float(sample.size - finite.size),
        "fan_in": _fan_in(shape, kind),
    }
    if finite.size:
        stats |= {
            "mean": float(finite.mean()),
            "std": float(finite.std()),
            "absmean": float(np.abs(finite).mean()),
            "min": float(finite.min()),
            "max": float(finite.max()),
            "distinct": float(np.unique(finite).size),
        }
    return stats


def _fan_in(shape: tuple[int, ...], kind: str) -> float:
    """Inputs that each output of a kernel adds up: of one channel in a depthwise convolution; transposed ones keep inputs last."""
    if len(shape) < 2:
        return 1.0
    places = shape[:-2] if kind == "DepthwiseConv" else (*shape[:-2], shape[-1]) if kind.endswith("Transpose") else shape[:-1]
    return float(np.prod(places))


def _initializer(layer: Any) -> dict[str, Any]:
    initializer = getattr(layer, "kernel_initializer", None) or getattr(layer, "embeddings_initializer", None)
    if initializer is None:
        return {}
    config: dict[str, Any] = {}
    with contextlib.suppress(Exception):
        config = {k: v for k, v in initializer.get_config().items() if isinstance(v, (int, float, str, bool))}
    return {"class": type(initializer).__name__, "config": config}


def _regularizer(layer: Any) -> dict[str, float]:
    """{"l1", "l2"} over all the layer's regularisers; "activity" is the activity regulariser's share of that sum."""
    total = {"l1": 0.0, "l2": 0.0, "activity": 0.0}
    for role in ("kernel", "recurrent", "embeddings", "depthwise", "pointwise", "activity"):
        regularizer = getattr(layer, f"{role}_regularizer", None)
        for key in ("l1", "l2"):
            value = getattr(regularizer, key, None)
            if value is not None:
                total[key] += float(value)
                total["activity"] += float(value) if role == "activity" else 0.0
    return {k: v for k, v in total.items() if v} if total["l1"] or total["l2"] else {}


def _options(operation: Any, inner: Any) -> dict[str, Any]:
    options = {k: _plain(getattr(inner, k)) for k in _OPTIONS if _is_plain(getattr(inner, k, None))}
    if inner is not operation:
        options["layer"] = type(inner).__name__
    if getattr(inner, "recurrent_activation", None) is not None:
        options["recurrent_activation"] = getattr(inner.recurrent_activation, "__name__", None)
    if type(operation).__name__ == "Normalization":
        options.update(normalization_of(operation))
    if type(operation).__name__ in ("StringLookup", "IntegerLookup", "TextVectorization"):
        with contextlib.suppress(Exception):
            options["vocabulary_size"] = int(operation.vocabulary_size())
            if type(operation).__name__ != "TextVectorization" and 1 < options["vocabulary_size"] <= MOST_TOKENS:
                options["vocabulary"] = tuple(str(token) for token in operation.get_vocabulary(include_special_tokens=False))
    if (dtype := getattr(operation, "compute_dtype", "float32")) != "float32":
        options["compute_dtype"] = dtype
    return options


def _is_plain(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return len(value) <= 16 and all(_is_plain(v) for v in value)
    return isinstance(value, (bool, int, float, str, np.integer, np.floating))


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return tuple(_plain(v) for v in value)
    return value.item() if isinstance(value, np.generic) else value


# ---------------------------------------------------------------- heads


# ---------------------------------------------------------------- inputs
