"""The evidence of a healthy and a failing training: `python -m tests.benchmarks.evidence_plot` writes build/evidence.png."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
from keras import layers
from matplotlib.figure import Figure

from keras_magic.facts import to_plain
from keras_magic.views.plots import available
from keras_magic.watch.callback import Watch


def evidence(activation: str, depth: int) -> dict[str, object]:
    """Facts of a short training of a deep stack, as views take them."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2000, 8)).astype("float32")
    hidden = [layers.Dense(16, activation=activation, name=f"hidden_{i + 1}") for i in range(depth)]
    model = keras.Sequential([keras.Input((8,)), *hidden, layers.Dense(1, activation="sigmoid", name="head")])
    model.compile("adam", "binary_crossentropy")
    watch = Watch()
    model.fit(x, (x[:, :2].sum(axis=1) > 0).astype("float32"), epochs=6, verbose=0, validation_split=0.2, callbacks=[watch])
    nothing = {"data": None, "model": None, "outcome": None, "trials": None}
    return {"facts": {**nothing, "training": to_plain(watch.facts)}}


def main() -> None:
    figure = Figure(figsize=(13, 6), layout="constrained")
    axes = figure.subplots(2, 2)
    for column, (title, facts) in enumerate({"healthy": evidence("relu", 4), "failing": evidence("sigmoid", 8)}.items()):
        plots = available(facts)
        for row, kind in enumerate(("loss", "layers")):
            plots[kind].plot(axes[row][column])
            axes[row][column].set_title(f"{plots[kind].title} ({title})", fontsize=10, loc="left")
    Path("build").mkdir(exist_ok=True)
    figure.savefig("build/evidence.png", dpi=90)


if __name__ == "__main__":
    main()
