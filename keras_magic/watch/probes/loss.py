"""The true loss of a batch (Keras' logs are running means over the epoch) and the number of its rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from keras_magic.watch import backends
from keras_magic.watch.taps import Seen


def measure(seen: Seen, data: Any) -> Iterator[tuple[str, str, Any]]:
    """Yield ("loss", "", loss) and ("rows", "", rows); the loss is what the model reports to its loss tracker."""
    noted = [value for value in (*seen.tracked, *seen.losses) if value is not None and backends.belongs(value, seen.graph)]
    if noted:
        yield "loss", "", keras.ops.mean(backends.detached(noted[0]))
    first = next((leaf for leaf in keras.tree.flatten(data) if len(getattr(leaf, "shape", ())) > 0), None)
    if first is not None:
        yield "rows", "", keras.ops.shape(first)[0]
