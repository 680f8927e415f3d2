"""Keras objects as the Python that makes them: layers, optimizers, losses, metrics, callbacks. What can't be written is None.

Only arguments that differ from their defaults are written, and a layer's text is evaluated once and compared with the layer.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import Any

import keras  # noqa: TID253 - this module is imported only when code is written for a run
import numpy as np  # noqa: TID253

from keras_magic.fixes.models import undisturbed
from keras_magic.keras_adapter.compiled import loss_arguments
from keras_magic.keras_adapter.optimizer import innermost

Config = dict[str, Any]
LONGEST_VALUES = 40  # numbers of an array that are written out
ROUNDING = 2.0**-21  # of a float32 that was computed: a few units in the last place
UNCOMPARED = {"name", "seed", "build_config", "registered_name"}
UNSPOKEN = {"name", "trainable", "dtype", "seed", "batch_input_shape", "batch_shape", "zero_output_for_mask", "quantization_config"}


def layer_source(layer: Any) -> str | None:
    """A built-in layer such as `keras.layers.Dense(64, activation="relu")`; None for what has to be taken from the user's model."""
    kind = type(layer)
    if getattr(keras.layers, kind.__name__, None) is not kind or isinstance(layer, keras.layers.Lambda):
        return None
    try:
        inner = getattr(layer, "layer", None) or getattr(layer, "forward_layer", None)
        config = dict(layer.get_config())
        inside = layer_source(inner) if isinstance(inner, keras.Layer) else ""
        if inside is None:
            return None
        written = {"layer": inside} if inside else {}
        text = call_source(f"keras.layers.{kind.__name__}", kind, config, written)
        with undisturbed():
            same = _alike(eval(text, {"keras": keras}).get_config(), config)
    except Exception:
        return None
    return text if same else None


def call_source(path: str, kind: type, config: Config, written: Mapping[str, str] | None = None) -> str:
    """A call with the settings that differ from the defaults.

    Args:
        path: how the class is reached; config: its settings; written: arguments whose text is known already.
    """
    written = dict(written or {})
    parameters = _signature(kind).parameters
    required = [p.name for p in parameters.values() if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD][1:]
    defaults = {p.name: p.default for p in parameters.values() if p.default is not p.empty}
    texts = [written[key] if key in written else value_source(config[key]) for key in required]
    for key, value in config.items():
        if key in required or key in written or key in UNSPOKEN or key not in parameters:
            continue
        text = value_source(value)
        if text != value_source(defaults.get(key)) and not _is_default(value, defaults.get(key)):
            texts.append(f"{key}={text}")
    if "name" in config and not is_automatic(kind, config["name"]):
        texts.append(f"name={config['name']!r}")
    if config.get("trainable") is False:
        texts.append("trainable=False")
    return f"{path}({', '.join(texts)})"


def _signature(kind: type) -> inspect.Signature:
    return inspect.signature(kind.__init__)  # type: ignore[misc]


def value_source(value: Any) -> str:
    """A setting as Python: plain values, arrays, and serialised Keras objects.

    Raises:
        ValueError: it can't be written.
    """
    if isinstance(value, dict) and "class_name" in value:
        return _object_source(value)
    if value is None or isinstance(value, (bool, int, str)):
        return repr(value)
    if isinstance(value, (float, np.floating)):
        return _number(float(value))
    if isinstance(value, np.ndarray):
        return value_source(value.tolist())
    if isinstance(value, (list, tuple)):
        if len(value) > LONGEST_VALUES:
            raise ValueError("too long to write")
        inner = ", ".join(map(value_source, value))
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' if len(value) == 1 else ''})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {value_source(v)}" for key, v in value.items()) + "}"
    raise ValueError(f"{type(value).__name__} can't be written")


def _number(value: float) -> str:
    """Short where nothing is lost in float32: optimizers store 0.001 as 0.0010000000474974513 (or 0.0009999999)."""
    short, exact = f"{value:.4g}", f"{value:.7g}"
    if np.isclose(float(short), value, rtol=ROUNDING, atol=0):
        text = f"{float(short):.7g}"
    else:
        text = exact if np.float32(float(exact)) == np.float32(value) else repr(value)
    if not np.isfinite(value):
        return f"float({text!r})"
    return text if any(mark in text for mark in ".e") else f"{text}.0"


def _object_source(value: Config) -> str:
    """A serialised initialiser, regulariser, schedule, ...; a string where its name says it all."""
    module, name, config = value.get("module"), value["class_name"], dict(value.get("config") or {})
    if module == "keras" and name == "DTypePolicy":
        return repr(config["name"])
    space = {"keras.initializers": keras.initializers, "keras.regularizers": keras.regularizers}.get(str(module))
    if space is None and str(module).startswith("keras.") and str(module) != "keras.src":
        space = _attribute(keras, str(module).removeprefix("keras."))
    kind = getattr(space, name, None)
    if kind is None:
        raise ValueError(f"{name} can't be written")
    text = call_source(f"{module}.{name}", kind, config)
    return repr(_snake(name)) if text.endswith("()") and module == "keras.initializers" else text


def _attribute(start: Any, path: str) -> Any:
    for part in path.split("."):
        start = getattr(start, part, None)
    return start


def _is_default(value: Any, default: Any) -> bool:
    """A serialised object stands for the name that is the default, such as GlorotUniform for "glorot_uniform"."""
    if isinstance(value, dict) and isinstance(default, str):
        return value_source(value) == repr(default)
    if isinstance(value, (list, tuple)) and isinstance(default, int):
        return all(v == default for v in value)
    if isinstance(value, (list, tuple)) and isinstance(default, (list, tuple)):
        return list(value) == list(default)
    return bool(value == default) if isinstance(value, (int, float)) and isinstance(default, (int, float)) else False


def is_automatic(kind: type, name: str | None) -> bool:
    return name in (None, kind.__name__) or re.fullmatch(rf"{re.escape(_snake(kind.__name__))}(_\d+)?", str(name)) is not None


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _alike(one: Any, other: Any) -> bool:
    """Two configurations are the same but for names, seeds and what numbers lose when they are written."""
    one, other = (list(v) if isinstance(v, (tuple, np.ndarray)) else v for v in (one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        one, other = ({k: v for k, v in config.items() if k not in UNCOMPARED} for config in (one, other))
        return one.keys() == other.keys() and all(_alike(one[k], other[k]) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    if isinstance(one, (float, np.floating)) and isinstance(other, (float, np.floating)):
        return bool(np.isclose(one, other, rtol=2 * ROUNDING, atol=0, equal_nan=True))
    return bool(one == other)


# ---------------------------------------------------------------- compile


def optimizer_source(optimizer: Any) -> str | None:
    """`keras.optimizers.Adam(0.001)`; None for a class of the user's own."""
    optimizer = innermost(optimizer)
    kind = type(optimizer)
    if getattr(keras.optimizers, kind.__name__, None) is not kind:
        return None
    try:
        config = dict(optimizer.get_config())
        rate = value_source(config.pop("learning_rate"))
        text = call_source(f"keras.optimizers.{kind.__name__}", kind, config)
    except ValueError:
        return None
    head, _, rest = text.partition("(")
    return f"{head}({rate}{', ' if rest != ')' else ''}{rest}"


def setting_source(setting: Any, module: Any) -> str | None:
    """A loss or metrics, in whatever form `compile` takes them; None where a part is the user's own object.

    Args:
        module: `keras.losses` or `keras.metrics`.
    """
    if setting is None or isinstance(setting, str):
        return repr(setting)
    if isinstance(setting, Mapping):
        parts = {key: setting_source(value, module) for key, value in setting.items()}
        return None if None in parts.values() else "{" + ", ".join(f"{k!r}: {v}" for k, v in parts.items()) + "}"
    if isinstance(setting, (list, tuple)):
        texts = [setting_source(value, module) for value in setting]
        return None if None in texts else f"[{', '.join(map(str, texts))}]"
    if isinstance(setting, (int, float)):
        return repr(setting)
    return _named_or_made(setting, module)


def _named_or_made(setting: Any, module: Any) -> str | None:
    space = str(module.__name__).removeprefix("keras._tf_keras.").replace("_tf_keras.", "")
    if setting is None:
        return None
    if inspect.isfunction(setting):
        name = str(setting.__name__)
        if getattr(module, name, None) is setting:
            return repr(name)
        if setting.__module__.startswith("keras_magic.fixes.recipes"):
            return name  # made by the code in front
        return name if setting.__module__ == "__main__" and setting.__qualname__ == name != "<lambda>" else None
    kind = type(setting)
    if getattr(module, kind.__name__, None) is not kind:
        return None
    try:
        config, defaults = _settings_of(setting), {} if _required(kind) else _settings_of(kind())
        shown = [
            f"{k}={value_source(v)}" for k, v in config.items() if k not in ("name", "dtype", "fn") and defaults.get(k, ...) != v
        ]
        if config.get("name") != defaults.get("name", config.get("name")):
            shown.append(f"name={config['name']!r}")
    except Exception:
        return None
    return f"{space}.{kind.__name__}({', '.join(shown)})"


def _settings_of(setting: Any) -> Config:
    """The configuration of a loss or metric, with the arguments of its function, which some classes leave out of it."""
    arguments = loss_arguments(setting) if isinstance(setting, keras.losses.Loss) else {}
    known = _signature(type(setting)).parameters
    return {**{k: v for k, v in arguments.items() if k in known}, **setting.get_config()}


def _required(kind: type) -> bool:
    parameters = list(_signature(kind).parameters.values())[1:]
    return any(p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD for p in parameters)
