"""KM691 gathered gradients that a train_step never clears."""

from __future__ import annotations

from collections.abc import Iterator

from keras_magic.assessment import has_learned
from keras_magic.facts import OutcomeFacts, TrainingFacts
from keras_magic.findings import Evidence, Fix, Hit
from keras_magic.rules import rule
from keras_magic.words import listed


@rule("KM691", "kept-sums", cause="gradient-state", severity="error", headline="sums of gradients are never cleared")
def kept_sums(training: TrainingFacts, outcome: OutcomeFacts | None = None) -> Iterator[Hit]:
    """Sums of gradients that a `train_step` never clears.

    Looks for:
        An optimizer in `fit` whose gradients are what variables hold, perhaps divided, where all that is ever done to these
        variables is to add to them.
    Why:
        Gradients of several micro-batches are added up, applied, and then have to be cleared. Without that each update uses the sum
        of all gradients since the first step: old ones, of weights long gone, outweigh the new one, and training overshoots.
    Measured:
        Each assignment to a variable while the step was traced and between steps; the operations that lead to the optimizer's
        gradients; the values of those variables at the end.
    Bad:
        model.optimizer.apply([total / 4 for total in totals], model.trainable_variables)
        step_count.assign(0)
    Good:
        model.optimizer.apply([total / 4 for total in totals], model.trainable_variables)
        step_count.assign(0)
        for total in totals:
            total.assign(tf.zeros_like(total))
    Fix:
        Zeros in place of the sums after each update; or `gradient_accumulation_steps` of the optimizer, with Keras' own step.
    Ignore when:
        The optimizer is meant to follow the sum of all gradients.
    Sources:
        Keras documentation: Optimizer, gradient_accumulation_steps; Keras guide: customizing what happens in fit() with TensorFlow;
        PyTorch documentation: torch.optim.Optimizer.zero_grad, for the same fault.
    """
    if not training.never_cleared:
        return
    count = len(training.never_cleared)
    yield Hit(
        message=f"train_step gives the optimizer, for {count} weights ({listed(training.never_cleared, 3)}), the sums that it "
        "keeps in variables. It only ever adds to these, and nothing clears them: each update takes the sum of all gradients since "
        "the first step.",
        evidence={"never_cleared": list(training.never_cleared), "steps": training.steps_done},
        where="train_step",
        severity="warning" if has_learned(outcome) else None,
        level=Evidence.CONTRADICTION,
        fix=Fix(
            name="clear-gradients",
            title="Clear the sums of gradients after each update",
            code="for total in totals:  # the variables that gather the gradients, after optimizer.apply\n"
            "    total.assign(tf.zeros_like(total))",
        ),
    )
