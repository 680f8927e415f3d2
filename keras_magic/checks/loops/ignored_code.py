"""KM483 a decoder that ignores its code."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.assessment import percent
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.loop_facts import LoopFacts
from keras_magic.rules import rule


@rule(
    "KM483",
    "ignored-code",
    cause="regularization",
    severity="error",
    headline="the decoder ignores its code",
)
def ignored_code(loop: LoopFacts, *, effect: float = 0.05, fewest: int = 100) -> Iterator[Hit]:
    """A decoder that makes the same of every code.

    Looks for:
        Models that learn together from random numbers (the encoder and the decoder of a variational autoencoder), whose decoder
        has nearly the same output for all codes after the loop.
    Why:
        The divergence of the code from its prior outweighs the reconstruction: the code is emptied, and the best that the decoder
        can do without it is the mean of all inputs. The total loss falls and looks healthy. It happens where the divergence is a
        sum and the reconstruction a mean over pixels.
    Measured:
        Outputs of the model that is given what the other one made, for 256 codes drawn from a standard normal distribution: their
        standard deviation over the codes, divided by that of all values.
    Bad:
        loss = ops.mean(reconstruction) + ops.mean(ops.sum(kl, axis=1))         # a mean over 784 pixels beside a sum
    Good:
        loss = ops.mean(ops.sum(reconstruction, axis=1)) + ops.mean(ops.sum(kl, axis=1))
    Fix:
        Sum both over their dimensions, or give the divergence a small weight that grows over the first epochs.
    Ignore when:
        The codes are far larger than a standard normal distribution gives them.
    Sources:
        Bowman et al. 2016, Generating Sentences from a Continuous Space (arXiv 1511.06349); Lucas et al. 2019, Don't Blame the
        ELBO! (arXiv 1911.02469).
    """
    if loop.code_effect is None or loop.code_effect >= effect or loop.updates < fewest:
        return
    yield Hit(
        message=f"{loop.decoder} gives nearly the same output for every code: random codes make {percent(loop.code_effect)} of its "
        "variation. What it is given says nothing of the input, as where a divergence outweighs the reconstruction.",
        evidence={"effect": loop.code_effect, "updates": loop.updates},
        where=loop.decoder,
        level=Evidence.MEASURED,
        fix=Fix(
            name="balance-divergence",
            title="Bring reconstruction and divergence to one scale",
            code="# sum both over their dimensions, then take the mean over the rows\n"
            "reconstruction = ops.mean(ops.sum(per_pixel_loss, axis=1))\n"
            "divergence = ops.mean(ops.sum(kl, axis=1))\n"
            "loss = reconstruction + beta * divergence   # beta from 0 to 1 over the first epochs",
        ),
    )
