"""The vocabulary of root causes: what each is called, and where it stands in the causal chain."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Stage(IntEnum):
    """Position of a cause in the causal chain: what comes earlier explains what comes later."""

    BROKEN = 0  # nothing can be learned from such data
    HEAD = 1  # output, loss and target do not fit together
    SPLIT = 2  # which rows are trained on and validated
    SCALE = 3  # how values are presented
    NETWORK = 4  # weights and layers
    ROWS = 5  # what the rows hold
    OPTIMIZER = 6
    REPORT = 7  # what is shown of the training, and steers its callbacks
    COURSE = 8  # how long and how large: judged by the course of the training
    SYMPTOM = 9  # what gradients and units do in consequence
    TOOL = 10  # notes of the diagnosis about itself


@dataclass(frozen=True)
class Cause:
    """A root cause.

    Args:
        title: what it says to a reader.
        stage: where it stands in the causal chain.
        needs_all_rows: a copy trained on a sample of the rows cannot show it.
        observed: it was seen happening, so that a trial in which its fix alone did not help leaves it plausible.
    """

    title: str
    stage: Stage
    needs_all_rows: bool = False
    observed: bool = False


CAUSES: dict[str, Cause] = {
    "nonfinite-input": Cause("NaN or infinity in the data", Stage.BROKEN),
    "label-encoding": Cause("the labels do not fit the loss", Stage.BROKEN),
    "embedding-range": Cause("ids are outside the embedding's range", Stage.BROKEN),
    "input-shape": Cause("the shape or axis order of the input is wrong", Stage.BROKEN),
    "single-class": Cause("there is only one class", Stage.BROKEN),
    "data-ended": Cause("the data ended before the training did", Stage.BROKEN),
    "output-units": Cause("the number of output units does not fit", Stage.HEAD),
    "output-activation": Cause("the output activation does not fit", Stage.HEAD),
    "from-logits": Cause("the loss and the output disagree about logits", Stage.HEAD),
    "loss-mismatch": Cause("the loss does not fit the task", Stage.HEAD),
    "misaligned-labels": Cause("x and y do not belong together", Stage.SPLIT),
    "unshuffled-data": Cause("the data is sorted", Stage.SPLIT, needs_all_rows=True),
    "data-leakage": Cause("training rows are in the validation data", Stage.SPLIT, needs_all_rows=True),
    "distribution-shift": Cause("training and validation data differ", Stage.SPLIT, needs_all_rows=True),
    "preprocessing-mismatch": Cause("the data is not in the range that the model expects", Stage.SCALE),
    "input-not-scaled": Cause("inputs are not scaled", Stage.SCALE),
    "outliers": Cause("outliers dominate the data", Stage.SCALE),
    "target-not-scaled": Cause("the targets are not scaled", Stage.SCALE),
    "categorical-as-ordinal": Cause("categories are fed as ordinary numbers", Stage.SCALE),
    "constant-feature": Cause("a feature is constant", Stage.SCALE),
    "weight-init": Cause("the weights start badly", Stage.NETWORK),
    "hidden-activation": Cause("hidden activations are missing or saturate", Stage.NETWORK),
    "frozen-weights": Cause("weights that should learn are frozen", Stage.NETWORK),
    "masking": Cause("only the padding reaches the output", Stage.NETWORK),
    "not-compiled-after-change": Cause("the model was changed after compile", Stage.NETWORK),
    "dropout": Cause("dropout is too strong", Stage.NETWORK),
    "regularization": Cause("regularisation is too strong", Stage.NETWORK),
    "batchnorm": Cause("batch normalisation is misused", Stage.NETWORK),
    "gradient-flow": Cause("gradients do not reach the weights", Stage.NETWORK),
    "gradient-state": Cause("gradients of earlier steps are added to new ones", Stage.NETWORK),
    "inference-mode": Cause("the model is trained in inference mode", Stage.NETWORK),
    "class-imbalance": Cause("classes are imbalanced", Stage.ROWS),
    "label-noise": Cause("labels are noisy", Stage.ROWS),
    "too-little-data": Cause("there is too little data", Stage.ROWS, needs_all_rows=True),
    "optimizer": Cause("the optimizer does not fit", Stage.OPTIMIZER),
    "learning-rate-too-high": Cause("the learning rate is too high", Stage.OPTIMIZER),
    "learning-rate-too-low": Cause("the learning rate is too low", Stage.OPTIMIZER),
    "batch-size": Cause("the batch size does not fit", Stage.OPTIMIZER),
    "rival-wins": Cause("one of two opposed networks wins", Stage.OPTIMIZER),
    "stale-target": Cause("the target network is never updated", Stage.OPTIMIZER),
    "metric-mismatch": Cause("the metric does not fit the task", Stage.REPORT, observed=True),
    "metric-state": Cause("a metric is never reset", Stage.REPORT, observed=True),
    "retracing": Cause("the training step is compiled again and again", Stage.REPORT, observed=True),
    "capacity-too-small": Cause("the network is too small", Stage.COURSE),
    "capacity-too-large": Cause("the network is too large for the data", Stage.COURSE),
    "epochs-too-few": Cause("training stopped too early", Stage.COURSE),
    "epochs-too-many": Cause("training went on too long", Stage.COURSE, observed=True),
    "dead-relu": Cause("ReLU units are dead", Stage.SYMPTOM, observed=True),
    "exploding-gradient": Cause("gradients explode", Stage.SYMPTOM, observed=True),
    "vanishing-gradient": Cause("gradients vanish", Stage.SYMPTOM, observed=True),
    "tool": Cause("a note about the diagnosis itself", Stage.TOOL, needs_all_rows=True),
}
