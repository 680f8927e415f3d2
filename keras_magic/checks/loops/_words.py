"""Words that the checks of loops share."""

from __future__ import annotations

from dataclasses import dataclass

from keras_magic.loop_facts import LoopFacts


def times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def place(function: str, line: int | None, code: str) -> str:
    """Where in the user's code: ", in `train_step`", ", line 12: `loss = ...`"."""
    where = f", in `{function}`" if function else ""
    where += f", line {line}" if line else ""
    return f"{where}: `{code}`" if code else where


@dataclass(frozen=True)
class Words:
    """How a backend's loops are spoken of.

    Args:
        recorded: where a forward pass is recorded for the gradient; step: code of an update; nan: code that makes the backend
            raise at the operation that makes the first NaN; library: who does.
    """

    recorded: str
    step: str
    nan: str
    library: str


_WORDS = {
    "tensorflow": Words(
        recorded="under the tape",
        step="with tf.GradientTape() as tape:\n"
        "    loss = loss_fn(y, model(x, training=True))\n"
        "variables = model.trainable_variables\n"
        "optimizer.apply(tape.gradient(loss, variables), variables)",
        nan="tf.debugging.enable_check_numerics()",
        library="TensorFlow",
    ),
    "torch": Words(
        recorded="with gradients",
        step="model.zero_grad()\n"
        "loss = loss_fn(y, model(x, training=True))\n"
        "loss.backward()\n"
        "variables = model.trainable_variables\n"
        "with torch.no_grad():\n"
        "    optimizer.apply([v.value.grad for v in variables], variables)",
        nan="torch.autograd.set_detect_anomaly(True)",
        library="torch",
    ),
    "jax": Words(
        recorded="in the differentiated function",
        step="def forward(trainable, others, x, y):\n"
        "    prediction, others = model.stateless_call(trainable, others, x, training=True)\n"
        "    return loss_fn(y, prediction), others\n"
        "(loss, others), gradients = jax.value_and_grad(forward, has_aux=True)(trainable, others, x, y)\n"
        "trainable, state = optimizer.stateless_apply(state, gradients, trainable)",
        nan='jax.config.update("jax_debug_nans", True)',
        library="JAX",
    ),
}


def words(loop: LoopFacts) -> Words:
    """The words for the backend that the loop runs on."""
    return _WORDS[loop.backend]
