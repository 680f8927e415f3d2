"""The callback by which a `Watcher` follows `fit`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    from keras_magic.watch.watcher import Watcher


class Hooks(keras.callbacks.Callback):
    """Passes Keras' hooks on; it has no hook after the batch, so it leaves Keras' dispatch of callbacks as it is."""

    def __init__(self, watcher: Watcher) -> None:
        super().__init__()
        self._watcher = watcher

    def on_train_begin(self, logs: Any = None) -> None:
        self._watcher.begin(self._model, self.params)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._watcher.begin_epoch(epoch)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._watcher.arm()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._watcher.end_epoch(logs)

    def on_train_end(self, logs: Any = None) -> None:
        self._watcher.end()
