"""Hand-made facts of an ordinary training loop."""

from __future__ import annotations

from typing import Any

from keras_magic.loop_facts import CallFacts, LoopFacts

CALLED = CallFacts(name="net", calls=200, recorded=200, training=200)


def loop(**changes: Any) -> LoopFacts:
    """Two hundred eager updates of a small network whose loss falls from 2.3 to 0.3."""
    facts: dict[str, Any] = {
        "name": "net",
        "updates": 200,
        "gradients": 200,
        "optimizer": "Adam",
        "learning_rate": 1e-3,
        "variables": 4,
        "trainable": 4,
        "gradient_samples": 200,
        "unchanged": False,
        "weights": 500,
        "loss_steps": tuple(range(1, 201)),
        "losses": tuple(0.3 + 2.0 * 0.98**k for k in range(200)),
        "ratio_steps": tuple(range(1, 201)),
        "update_ratio": (1e-3,) * 200,
        "calls": (CALLED,),
    }
    return LoopFacts(**{**facts, **changes})


def seen(**changes: Any) -> dict[str, Any]:
    """The facts of a case, by name."""
    return {"loop": loop(**changes)}
