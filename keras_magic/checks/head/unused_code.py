"""KM420 a code that a penalty has emptied."""

from __future__ import annotations

import re
from collections.abc import Iterator

from keras_magic.assessment import curve, number
from keras_magic.facts import TrainingFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.fixes._words import code
from keras_magic.rules import rule

_DIVERGENCE = re.compile(r"(^|_)kld?(_|$)|kl_?div|kullback")


@rule(
    "KM420",
    "unused-code",
    cause="regularization",
    severity="error",
    explains=("capacity-too-small", "epochs-too-few", "learning-rate-too-low"),
    headline="the divergence outweighs the reconstruction",
)
def unused_code(training: TrainingFacts, *, nats: float = 0.05, fallen: float = 0.2) -> Iterator[Hit]:
    """A code that carries nothing, as its divergence went to zero.

    Looks for:
        A Kullback-Leibler divergence among the metrics (a VAE's) that falls to about zero while another loss is there.
    Why:
        The divergence of the code from its prior bounds what the code can say about the input. At zero it says nothing: all inputs
        get one and the same reconstruction, and the total loss looks healthy. It happens where the divergence is a sum and the
        reconstruction a mean over pixels, so that it outweighs it.
    Measured:
        The epochs' values of the metric whose name says that it is such a divergence: the last one, and the highest.
    Bad:
        total = ops.mean(reconstruction) + ops.mean(ops.sum(kl, axis=1))         # a mean over 784 pixels beside a sum
    Good:
        total = ops.mean(ops.sum(reconstruction, axis=1)) + ops.mean(ops.sum(kl, axis=1))
    Fix:
        Sum both over their dimensions, or give the divergence a small weight that grows over the first epochs.
    Ignore when:
        The metric is already multiplied by a weight far below 0.01.
    Sources:
        Bowman et al. 2016, Generating Sentences from a Continuous Space (arXiv 1511.06349, KL annealing); Lucas et al. 2019,
        Don't Blame the ELBO! (arXiv 1911.02469).
    """
    for name in training.history:
        values = curve(training, name) if _DIVERGENCE.search(name.removeprefix("val_").lower()) else []
        others = [n for n in training.history if n != name and not n.startswith("val_") and "loss" in n]
        if name.startswith("val_") or len(values) < 2 or not others:
            continue
        if not 0 <= values[-1] < nats or values[-1] > fallen * max(values):
            continue
        yield Hit(
            message=f"{name} fell from {number(max(values))} to {number(values[-1])}: a code so close to its prior says nothing of "
            "its input, and all inputs get nearly the same reconstruction (unless the metric is multiplied by a small weight).",
            evidence={"divergence": values[:20], "metric": name},
            where=name,
            level=Evidence.MEASURED,
            fix=_balance(),
        )


def _balance() -> Fix:
    return Fix(
        name="balance-divergence",
        title="Bring reconstruction and divergence to one scale",
        code=code("""
            # in your train_step or layer: sum both over their dimensions, then take the mean over the rows
            reconstruction = ops.mean(ops.sum(per_pixel_loss, axis=tuple(range(1, ops.ndim(per_pixel_loss)))))
            divergence = ops.mean(ops.sum(kl, axis=1))
            total = reconstruction + beta * divergence       # beta from 0 to 1 over the first epochs
        """),
    )
