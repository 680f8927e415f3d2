"""Healthy architectures draw no finding about their layers, even where nothing is known of how well they do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from keras_magic.diagnosis.options import Options
from keras_magic.facts import Facts
from keras_magic.run import Run
from keras_magic.sources.data import collect_data
from keras_magic.sources.model import collect_model
from tests.cases._facts import FAILED
from tests.model.architectures import HEALTHY

#: Families of rules that judge layers, weights and activations.
OF_LAYERS = ("KM3", "KM5", "KM202")


def findings(model: Any, outcome: Any = None) -> dict[str, str]:
    """Code -> message of what is said about the layers."""
    facts = collect_model(model)
    random = np.random.default_rng(0)
    shape = (96, *model.input_shape[1:])
    tokens = model.inputs[0].dtype == "int32"
    top = 255 if any(layer.kind == "Rescaling" for layer in facts.layers) else 1
    x = random.integers(1, 500, shape) if tokens else random.uniform(0, top, shape).astype("float32")
    y = x if model.output_shape == model.input_shape else random.integers(0, 4, len(x))
    data = collect_data(Run(model=model, x=x, y=y), facts)
    concluded = Options(strict=True).conclude(Facts(model=facts, data=data, outcome=outcome))
    return {f.rule: f"{f.severity.value}: {f.message}" for f in concluded if f.rule.startswith(OF_LAYERS)}


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_architecture_draws_no_finding(name: str) -> None:
    model = HEALTHY[name]()
    assert findings(model) == {}
    concluded = findings(model, FAILED)
    assert not {
        code: text for code, text in concluded.items() if not text.startswith(("info: Dropout of up to", "info: If the rows were"))
    }
