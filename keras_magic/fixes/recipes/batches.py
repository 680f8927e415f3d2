"""Recipes that change the batches of a stream by a function of NumPy arrays: `change(x, y, ...)` gives (x, y, ...)."""
# ruff: noqa: TID253, B905 - this module is imported only when a fix is applied or written
# mypy: allow-untyped-defs, no-check-untyped-defs

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf


def map_dataset(dataset, change):
    """A tf.data pipeline whose batches go through `change`."""

    def changed(*batch):
        result = change(*batch)
        return result if isinstance(result, tuple) else (result,)

    def example(spec):
        shape = [2 if size is None else size for size in spec.shape]
        return np.full(shape, "") if spec.dtype == tf.string else np.zeros(shape, spec.dtype.as_numpy_dtype)

    spec = dataset.element_spec if isinstance(dataset.element_spec, tuple) else (dataset.element_spec,)
    known = changed(*tf.nest.map_structure(example, spec))  # gives the shapes and the types
    types = [tf.as_dtype(part.dtype) for part in tf.nest.flatten(known)]

    def in_graph(*batch):
        def call(*arrays):
            flat = tf.nest.flatten(changed(*tf.nest.pack_sequence_as(batch, arrays)))
            return [np.asarray(part, kind.as_numpy_dtype) for part, kind in zip(flat, types)]

        tensors = tf.numpy_function(call, tf.nest.flatten(batch), types)
        for tensor, part in zip(tensors, tf.nest.flatten(known)):
            tensor.set_shape([None, *part.shape[1:]])
        return tf.nest.pack_sequence_as(known, tensors)

    return dataset.map(in_graph)


class Changed(keras.utils.PyDataset):
    """The batches of another PyDataset go through `change`."""

    def __init__(self, batches, change):
        super().__init__()
        self.batches, self.change = batches, change

    def __len__(self):
        return self.batches.num_batches

    def __getitem__(self, index):
        return self.change(*self.batches[index])

    def on_epoch_begin(self):
        self.batches.on_epoch_begin()

    def on_epoch_end(self):
        self.batches.on_epoch_end()
