"""A model -> `ModelFacts`: a walk over the layer graph and the compile settings. Nothing is built, called or changed."""

from __future__ import annotations

import ast
import contextlib
import dis
import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from keras_magic.errors import UsageError
from keras_magic.facts import HeadFacts, LayerFacts, ModelFacts
from keras_magic.keras_adapter import compiled as keras_compiled
from keras_magic.keras_adapter.graph import output_structure
from keras_magic.keras_adapter.layers import build_shapes
from keras_magic.sources import compiled
from keras_magic.sources.activations import activation_range, layer_activation
from keras_magic.sources.expectation import expected_range
from keras_magic.sources.graph import Call, Graph, read_graph
from keras_magic.sources.vocabulary import MOST_TOKENS

Range = tuple[float | None, float | None]

#: Operations that hand values on (moved, dropped, averaged or selected, but within the same range); "2D" and the like left off.
# fmt: off
CARRIERS = frozenset((
    "Flatten", "Reshape", "Permute", "RepeatVector", "Identity", "Masking", "Squeeze", "ExpandDims", "GetItem", "Transpose", "Cast",
    "Dropout", "SpatialDropout", "AlphaDropout", "GaussianDropout", "GaussianNoise", "ActivityRegularization",
    "Average", "Concatenate", "Maximum", "Minimum", "Stack", "Mean", "Max",
    "MaxPooling", "AveragePooling", "GlobalMaxPooling", "GlobalAveragePooling", "AdaptiveAveragePooling", "AdaptiveMaxPooling",
    "Cropping", "ZeroPadding", "UpSampling", "Resizing", "CenterCrop",
    "RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast", "RandomBrightness", "RandomCrop",
))
#: Between a weighted layer and "its" activation there may stand, besides carriers:
BRIDGES = CARRIERS | {"BatchNormalization", "LayerNormalization", "GroupNormalization", "Add", "InputLayer"}
#: Layers that bring an input to a sane range, or take it as ids.
SCALERS = frozenset((
    "Normalization", "Rescaling", "BatchNormalization", "LayerNormalization", "GroupNormalization", "UnitNormalization",
    "Embedding", "CategoryEncoding", "Discretization", "Hashing", "HashedCrossing", "StringLookup", "IntegerLookup",
    "TextVectorization", "MelSpectrogram", "Log", "Log1p", "Log10", "Log2", "Tanh", "Sigmoid",
    "Lambda", "Multiply", "Subtract", "Divide", "TrueDivide",
))
#: Operations whose result may have any range.
_OPAQUE = frozenset(("Lambda", "Multiply", "Subtract", "Divide", "TrueDivide", "UnitNormalization"))
_OPTIONS = (
    "axis", "padding", "momentum", "epsilon", "return_sequences", "return_state", "go_backwards", "stateful", "input_dim",
    "mask_zero", "pool_size", "strides", "kernel_size", "data_format", "dilation_rate", "groups", "use_bias", "scale", "center",
    "offset", "recurrent_dropout", "max_value", "negative_slope", "target_shape", "dims", "n", "num_heads", "key_dim",
    "merge_mode", "output_mode", "num_tokens", "max_tokens", "depth_multiplier", "invert", "size",
)
# fmt: on
_SAMPLE = 20_000  # values of a variable that its statistics look at
_KEPT = 512  # means and variances of a Normalization layer that are kept


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
    heads = tuple(_heads(model, graph))
    scaled, expected, learned = _inputs(graph)
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
        layers=layers,
        heads=heads,
        input_shapes=_input_shapes(model),
        parameters=sum(_size(v) for v in model.variables if v.name != "seed_generator_state"),
        trainable_parameters=sum(map(_size, model.trainable_variables)),
        optimizer=compiled.read_optimizer(getattr(model, "optimizer", None)) if is_compiled else None,
        stale=tuple(compiled.stale_layers(model)) if is_compiled else (),
        stale_parts=compiled.stale_parts(model) if is_compiled else (),
        custom_train_step=any(_overridden(model, m) for m in ("train_step", "compute_loss", "_compute_loss")),
        scales_inputs=scaled,
        expected_range=expected,
        learned_range=tuple(sorted(learned)),
        jit_compile=keras_compiled.jit_setting(model),
        missing=tuple(missing),
    )


def kind_of(operation: Any) -> str:
    """Class name without "1D", "2D", "3D"."""
    return re.sub(r"[123]D$", "", type(operation).__name__)


def _kind(model: Any, graph: Graph) -> str:
    import keras

    return "sequential" if isinstance(model, keras.Sequential) else "functional" if graph.known else "subclassed"


def _overridden(model: Any, method: str) -> bool:
    """The user's class defines `method` itself."""
    owner = next((c for c in type(model).__mro__ if method in vars(c)), None)
    return owner is not None and not owner.__module__.startswith("keras.")


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


def _call_names(model: Any) -> tuple[str, ...]:
    """The names that `call` uses, and "BINARY_..." where it calculates with operators."""
    code = getattr(inspect.unwrap(type(model).call), "__code__", None)
    if code is None:
        return ()
    operators = {i.opname for i in dis.get_instructions(code) if i.opname.startswith(("BINARY_", "INPLACE_"))}
    return (*code.co_names, *sorted(operators - {"BINARY_SUBSCR", "BINARY_SLICE"}))


def _layer(call: Call, inputs: tuple[str, ...], effective: str | None, depth: int) -> LayerFacts:
    operation = call.operation
    inner = _unwrapped(operation)
    weights = [v for v in getattr(operation, "variables", []) if v.name != "seed_generator_state"]
    trainable = {id(v) for v in getattr(operation, "trainable_variables", [])}
    units = next((u for k in ("units", "filters", "output_dim") if isinstance(u := getattr(inner, k, None), int)), None)
    rate = next(
        (float(r) for k in ("rate", "dropout", "drop_rate") if isinstance(r := getattr(inner, k, None), (int, float))), None
    )
    return LayerFacts(
        name=call.name,
        kind=type(operation).__name__,
        activation=layer_activation(operation) if hasattr(inner, "activation") or _is_activation(operation) else None,
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


def _unwrapped(operation: Any) -> Any:
    """The layer inside TimeDistributed and Bidirectional, which holds the settings."""
    if type(operation).__name__ in ("TimeDistributed", "Bidirectional"):
        return getattr(operation, "layer", None) or operation.forward_layer
    return operation


def _is_activation(operation: Any) -> bool:
    """An activation and nothing else: a layer such as ReLU, or an operation such as `keras.ops.softmax`."""
    if type(operation).__name__ in ("Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax"):
        return True
    return not hasattr(operation, "variables") and layer_activation(operation) is not None


def _is_weighted(operation: Any) -> bool:
    """It has, or will have, weights that learn a map (not the scale of a normalisation)."""
    if "Normalization" in type(operation).__name__ or type(operation).__name__ == "PReLU":
        return False
    return bool(getattr(operation, "weights", ())) or hasattr(_unwrapped(operation), "kernel_initializer")


def _depths(graph: Graph) -> list[int]:
    """Weighted layers on the longest way to each call, itself included; a running number where the graph is unknown."""
    depths: list[int] = []
    for i, call in enumerate(graph.calls):
        before = max((depths[p] for p in call.parents), default=0) if graph.known else (depths[i - 1] if i else 0)
        depths.append(before + _is_weighted(call.operation))
    return depths


def _effective(graph: Graph, index: int) -> str | None:
    """The layer's own activation, or that of the activation which follows it through normalisation, dropout and the like.

    Free code may apply any function in `call`. There the activation that was assigned next is taken for the layer's own; without
    one, that of a linear layer is "unknown" (None where the whole model is free code).
    """
    operation, owner = graph.calls[index].operation, graph.calls[index].owner
    own = layer_activation(operation)
    if own != "linear" or not _is_weighted(operation):
        return own
    if owner is not None:
        beside = (call.operation for call in graph.calls[index + 1 :] if call.owner is owner)
        follower = next((o for o in beside if kind_of(o) not in BRIDGES), None)
        if follower is not None and _is_activation(follower):
            return layer_activation(follower)
        return "unknown" if graph.known else None
    seen, todo = {index}, graph.consumers(index)
    while todo:
        i = todo.pop(0)
        if i in seen:
            continue
        seen.add(i)
        follower = graph.calls[i].operation
        if _is_activation(follower) and layer_activation(follower) != "linear":
            return layer_activation(follower)
        if kind_of(follower) in BRIDGES or _is_activation(follower):
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
        options.update(_normalization(operation))
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


def _normalization(layer: Any) -> dict[str, Any]:
    """{"adapted", "mean", "variance"}: a Normalization layer that was never adapted is the identity."""
    import keras

    if layer.input_mean is not None:
        mean, variance = layer.input_mean, layer.input_variance
    elif layer.built:
        mean, variance = (keras.ops.convert_to_numpy(v) for v in (layer.adapt_mean, layer.adapt_variance))
    else:
        return {"adapted": False}
    adapted = bool(np.any(np.asarray(mean) != 0) or np.any(np.asarray(variance) != 1))
    flat = [tuple(float(v) for v in np.ravel(np.asarray(a))[:_KEPT]) for a in (mean, variance)]
    return {"adapted": adapted, "mean": flat[0], "variance": flat[1]}


# ---------------------------------------------------------------- heads


@dataclass(frozen=True)
class _End:
    """What comes out of a call: the last activation, the range, and the last layer with weights on the way."""

    activation: str | None
    range: Range
    layer: Call | None


def _ends(graph: Graph) -> list[_End]:
    """What comes out of each call; parents stand before their consumers."""
    ends: list[_End] = []
    for call in graph.calls:
        ends.append(_end(call, [ends[p] for p in call.parents]))
    return ends


def _end(call: Call, parents: list[_End]) -> _End:
    operation, kind = call.operation, kind_of(call.operation)
    layer = call if _is_weighted(operation) else next((p.layer for p in parents if p.layer), None)
    if kind == "InputLayer":
        return _End("linear", (None, None), None)
    if kind in CARRIERS:
        same = {(p.activation, p.range) for p in parents}
        return _End(*same.pop(), layer) if len(same) == 1 else _End(None, (None, None), layer)
    if kind == "Rescaling":
        return _rescaled(operation, parents, layer)
    if kind == "Add":
        plain = all(p.activation == "linear" for p in parents)
        return _End("linear" if plain else None, (None, None), layer)
    if kind in _OPAQUE or not (parents or _is_weighted(operation)):
        return _End(None, (None, None), layer)
    activation = layer_activation(operation)
    if activation == "linear" and _is_activation(operation) and parents:
        return parents[0]
    return _End(activation, activation_range(_unwrapped(operation), activation), layer)


def _rescaled(operation: Any, parents: list[_End], layer: Call | None) -> _End:
    """Rescaling moves the range; a linear head stays linear."""
    scale, offset = operation.scale, operation.offset
    if not parents or not isinstance(scale, (int, float)) or not isinstance(offset, (int, float)):
        return _End(None, (None, None), layer)
    ends = [None if v is None else v * scale + offset for v in parents[0].range]
    low, high = ends if scale >= 0 else ends[::-1]
    return _End("linear" if parents[0].activation == "linear" else None, (low, high), layer)


def _heads(model: Any, graph: Graph) -> Iterator[HeadFacts]:
    names, keys, ends = _outputs(model, graph)
    is_compiled = bool(getattr(model, "compiled", False))
    own, own_weighted = keras_compiled.metrics_in_use(model) if is_compiled else (None, None)
    losses = compiled.split_by_output(model.loss if is_compiled else None, names, keys)
    plain = compiled.split_metrics(own, names, keys)
    weighted = compiled.split_metrics(own_weighted, names, keys)
    own_step = len(names) == 1 and losses == [None] and _overridden(model, "train_step")
    for name, (end, shape), loss, metrics in zip(names, ends, losses, map(list.__add__, plain, weighted), strict=True):
        logits, options = compiled.loss_settings(loss)
        metric_names, metric_options = compiled.metric_names(metrics)
        units = shape[-1] if shape else (getattr(_unwrapped(end.layer.operation), "units", None) if end.layer else None)
        yield HeadFacts(
            name=name,
            layer=end.layer.name if end.layer else None,
            shape=shape or (),
            units=units,
            activation=end.activation,
            range=end.range,
            loss=compiled.loss_name(loss),
            from_logits=logits,
            loss_options=options,
            metrics=metric_names,
            metric_options=metric_options,
            step_loss=compiled.step_loss(model) if own_step else None,
            certain=graph.known or end.layer is not None,
        )


def _outputs(model: Any, graph: Graph) -> tuple[list[str], list[Any], list[tuple[_End, Any]]]:
    """Names, dict keys and (end, shape) per output."""
    if not graph.known:
        end = _guessed_end(model, graph)
        shape = end.layer.output_shape if end.layer else None
        names = list(_loss_keys(model)) or ["output"]
        return names, names, [(end if len(names) == 1 else _End(None, (None, None), None), shape)] * len(names)
    every = _ends(graph)
    ends = [(every[i], graph.calls[i].output_shape) for i in graph.outputs]
    names = list(getattr(model, "output_names", None) or ([graph.calls[graph.outputs[-1]].name] if graph.outputs else []))
    names = names if len(names) == len(ends) else [f"output_{i}" for i in range(len(ends))]
    structure = output_structure(model)
    keys = list(_dict_keys(structure)) if isinstance(structure, Mapping) and len(structure) == len(names) else names
    return names, keys, ends


def _dict_keys(structure: Mapping[Any, Any]) -> Iterator[Any]:
    """Keys in the order in which Keras flattens a dict (sorted)."""
    yield from sorted(structure)


def _loss_keys(model: Any) -> Iterator[str]:
    loss = getattr(model, "loss", None)
    if isinstance(loss, Mapping):
        yield from map(str, loss)
    elif isinstance(loss, (list, tuple)) and len(loss) > 1:
        yield from (f"output_{i}" for i in range(len(loss)))


def _guessed_end(model: Any, graph: Graph) -> _End:
    """The head of a subclassed model: the layer that `call` returns, as far as its source says, else unknown."""
    returned = _returned_layer(model)
    for call in graph.calls:
        if call.operation is returned:
            activation = layer_activation(returned)
            return _End(activation, activation_range(_unwrapped(returned), activation), call)
    return _End(None, (None, None), None)


def _returned_layer(model: Any) -> Any | None:
    """`self.head` for a `call` that ends in `return self.head(...)`, directly or by way of a variable."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(type(model).call)))
    except (OSError, TypeError, SyntaxError):
        return None
    function = next((n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)), None)
    returns = [n.value for n in ast.walk(tree) if isinstance(n, ast.Return)]
    if function is None or not function.args.args or len(returns) != 1:
        return None
    value = returns[0]
    if isinstance(value, ast.Name):
        value = _last_assigned(tree, value.id)
    if not (isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and isinstance(value.func.value, ast.Name)):
        return None
    if value.func.value.id != function.args.args[0].arg:
        return None
    layer = getattr(model, value.func.attr, None)
    inner = getattr(layer, "layers", None)
    return inner[-1] if inner else layer


def _last_assigned(tree: ast.AST, name: str) -> ast.expr | None:
    """What was last assigned to a variable, in the order of the source."""
    found = [
        n for n in ast.walk(tree) if isinstance(n, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in n.targets)
    ]
    return max(found, key=lambda n: n.lineno).value if found else None


# ---------------------------------------------------------------- inputs


def _inputs(graph: Graph) -> tuple[dict[str, str], dict[str, tuple[float, float]], set[str]]:
    """(scales_inputs, expected_range, learned_range): what each input meets before the first weights."""
    learned: set[str] = set()
    scaled: dict[str, str] = {}
    expected: dict[str, tuple[float, float]] = {}
    if not graph.known:
        return scaled, expected, learned
    for start, call in enumerate(graph.calls):
        if not call.parents:
            _follow(graph, start, scaled, expected, learned)
    return scaled, expected, learned


def _follow(graph: Graph, start: int, scaled: dict[str, str], expected: dict[str, tuple[float, float]], learned: set[str]) -> None:
    """Go from one input (or from the first layer of an unbuilt Sequential) to the first weights and note what is met."""
    is_input = kind_of(graph.calls[start].operation) == "InputLayer"
    label = graph.calls[start].name if is_input else "x"
    todo = graph.consumers(start) if is_input else [start]
    while todo:
        i = todo.pop(0)
        operation, kind = graph.calls[i].operation, kind_of(graph.calls[i].operation)
        if _scales(operation):
            scaled.setdefault(label, kind)
            if kind == "Rescaling" and (found := _rescaling_range(operation)):
                expected.setdefault(label, found)
        elif kind in CARRIERS or kind == "Normalization":
            todo += graph.consumers(i)
        elif _is_weighted(operation) and (found := _learned_range(graph, i)):
            expected.setdefault(label, found)
            learned.add(label)


def _scales(operation: Any) -> bool:
    """It changes the range of what it is fed; a Normalization layer only once it is adapted, the user's own layers possibly."""
    kind = kind_of(operation)
    if kind == "Normalization":
        return bool(_normalization(operation)["adapted"])
    own = not type(operation).__module__.startswith("keras.") and not _is_weighted(operation)
    return kind in SCALERS or own


def _rescaling_range(layer: Any) -> tuple[float, float] | None:
    """The range that a Rescaling layer maps to [0, 1] (no offset) or [-1, 1]."""
    scale, offset = layer.scale, layer.offset
    if not isinstance(scale, (int, float)) or not isinstance(offset, (int, float)) or scale <= 0:
        return None
    return (0.0, 1.0 / scale) if offset == 0 else ((-1.0 - offset) / scale, (1.0 - offset) / scale)


def _learned_range(graph: Graph, index: int) -> tuple[float, float] | None:
    """The range that the first convolution was trained on, by the BatchNormalization that it alone feeds."""
    after = [graph.calls[i] for i in graph.consumers(index)]
    if len(after) != 1 or type(after[0].operation).__name__ != "BatchNormalization":
        return None
    with contextlib.suppress(Exception):
        return expected_range(graph.calls[index].operation, after[0].operation)
    return None
