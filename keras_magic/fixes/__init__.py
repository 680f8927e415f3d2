"""Builders of `Fix`: what a careful person would do, as code to paste and as a pure function `Run -> Run`.

Building a fix imports nothing heavy; applying it loads the recipes (numpy, scikit-learn) or `fixes.models` (Keras).
A fixed run has its own model copy with the initial weights of the given run; data is copied where it changes, never written to.
"""

from keras_magic.fixes.architecture import (
    add_batchnorm,
    add_dropout,
    add_hidden_layer,
    bound_recurrence,
    compile_model,
    drop_layers,
    fix_batchnorm,
    flatten_before_head,
    mask_padding,
    narrow,
    recompile,
    remove_regularization,
    replace_hidden_activations,
    replace_initializers,
    replace_recurrent,
    set_dropout,
    set_embedding_size,
    set_input_shape,
    unfreeze,
    widen,
)
from keras_magic.fixes.data import (
    augment_images,
    clip_outliers,
    divide_inputs,
    drop_columns,
    drop_nonfinite,
    drop_outliers,
    encode_categoricals,
    power_transform,
    realign_labels,
    replace_sentinels,
    restore_ids,
    scale_inputs,
    shuffle_data,
    transpose_inputs,
    undo_scaling,
)
from keras_magic.fixes.head import replace_head, replace_loss, replace_metric, set_from_logits
from keras_magic.fixes.targets import (
    align_targets,
    labels_to_binary,
    labels_to_integers,
    labels_to_one_hot,
    map_labels,
    scale_targets,
    shift_labels,
    swap_labels,
)
from keras_magic.fixes.training import (
    add_early_stopping,
    balance_classes,
    clip_gradients,
    drop_callback,
    hold_out,
    new_model_per_fold,
    patient_stopping,
    repeat_data,
    replace_optimizer,
    rescale_validation,
    separate_validation,
    set_batch_size,
    set_epochs,
    set_learning_rate,
    set_monitor,
    stratify_split,
    turn_callback,
    weigh_labels,
)

__all__ = [
    "add_batchnorm", "add_dropout", "add_early_stopping", "add_hidden_layer", "align_targets", "augment_images",
    "balance_classes", "bound_recurrence", "clip_gradients", "clip_outliers", "compile_model", "divide_inputs", "drop_callback",
    "drop_columns", "drop_layers", "drop_nonfinite", "drop_outliers", "encode_categoricals", "fix_batchnorm",
    "flatten_before_head", "hold_out", "labels_to_binary", "labels_to_integers", "labels_to_one_hot", "map_labels",
    "mask_padding", "narrow", "new_model_per_fold", "patient_stopping", "power_transform", "realign_labels", "recompile",
    "remove_regularization", "repeat_data", "replace_head", "replace_hidden_activations", "replace_initializers", "replace_loss",
    "replace_metric", "replace_optimizer", "replace_recurrent", "replace_sentinels", "rescale_validation", "restore_ids",
    "scale_inputs", "scale_targets", "separate_validation", "set_batch_size", "set_dropout", "set_embedding_size", "set_epochs",
    "set_from_logits", "set_input_shape", "set_learning_rate", "set_monitor", "shift_labels", "shuffle_data", "stratify_split",
    "swap_labels", "transpose_inputs", "turn_callback", "undo_scaling", "unfreeze", "weigh_labels", "widen",
]  # fmt: skip
