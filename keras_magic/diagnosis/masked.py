"""What hides behind an exact contradiction: a copy without it is trained briefly, watched, and its facts are kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from keras_magic.clock import Clock
from keras_magic.facts import Facts
from keras_magic.fixes.models import fresh, undisturbed
from keras_magic.run import Run
from keras_magic.trials.subsample import epoch_of, fit, parts_of, small_run
from keras_magic.trials.training import Stop, kept_callbacks
from keras_magic.watch.traces import forgotten

SECONDS = 1.0  # of training, the first step left out
PREDICTING = 0.8  # seconds in which the trained copy is asked for predictions


def diagnose_masked(repaired: Run, facts: Facts, *, clock: Clock, seconds: float = SECONDS, seed: int = 0) -> Facts:
    """Train a repaired run on a copy of its model and on a sample of its rows, and measure what a diagnosis measures.

    Args:
        repaired: the run without its exact contradictions; neither its model nor its data is changed.
        facts: those of the run as it was; its learning rate was measured on the repaired run.
        clock: when it ends, the training does; after so many seconds at the latest.

    Returns:
        Facts of that training; `training.interrupted` is True where it was not trained to its end.

    Raises:
        UnsupportedError: the model cannot be copied.
    """
    from keras_magic.sources.data import collect_data
    from keras_magic.sources.model import collect_model
    from keras_magic.sources.outcome import measure_outcome
    from keras_magic.watch.watcher import Watcher

    with forgotten(), undisturbed():
        run = small_run(fresh(repaired), seed, clock)
        stop = Stop(seconds=seconds, clock=clock)
        watcher = Watcher(run.model, arguments=run.fit_arguments)
        model = collect_model(run.model)
        data, exception = collect_data(run, model), None
        try:
            with watcher:
                callbacks = [*kept_callbacks(run), watcher.callback, stop]
                epochs, (given, held) = run.fit_arguments.get("epochs") or 1, parts_of(run)
                apart = held[0] is not given[0]
                history: Any = fit(
                    run.model, run, epochs=epochs, steps=epoch_of(run), callbacks=callbacks, validate=apart, seed=seed
                )
        except Exception as error:  # a fault of the user's that is yet to be found
            history, exception = None, error
        training = replace(watcher.facts(history=history), interrupted=stop.cut)
        known = facts.outcome.attainable if facts.outcome else None
        outcome = None if exception is not None else measure_outcome(run, data, model, attainable=known, clock=Clock(PREDICTING))
    return replace(facts, data=data, model=model, training=training, outcome=outcome, trials=None, behind=None)
