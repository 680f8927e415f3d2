"""Trials and searches can be interrupted anywhere: what they have is handed back, and everything of the user's is as it was."""

from __future__ import annotations

import importlib
import signal

import pytest

from keras_magic import fixes
from keras_magic.repair import repair
from keras_magic.trials.runner import Candidate, run_trials
from tests.fixes.runs import classified, everything
from tests.trials.test_trials import finding, report_of

#: Where the interrupt comes, and at which call of that function.
PLACES = {
    "choosing the rows": ("keras_magic.trials.runner", "small_run", 1),
    "copying the model": ("keras_magic.fixes.models", "_take_weights", 2),
    "compiling the copy": ("keras_magic.fixes.models", "compile_model", 2),
    "seeding": ("keras_magic.trials.runner", "seed_everything", 2),
    "training the run as it is": ("keras_magic.trials.runner", "Stop.on_train_batch_end", 1),
    "training with a fix": ("keras_magic.trials.runner", "Stop.on_train_batch_end", 8),
    "judging": ("keras_magic.sources.predicting", "Predictor._batch", 2),
}


def interrupted_run():
    run = classified(rate=1e-6, epochs=8)
    run.fit(epochs=1)  # slots and counters of the optimizer are filled
    return run


@pytest.fixture
def interrupt(monkeypatch):
    def at(module, name, count):
        owner = importlib.import_module(module)
        *inside, name = name.split(".")
        owner = getattr(owner, inside[0]) if inside else owner
        original, calls = getattr(owner, name), []

        def function(*args, **kwargs):
            calls.append(1)
            if len(calls) == count:
                raise KeyboardInterrupt
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, name, function)
        return calls

    return at


@pytest.mark.parametrize("place", PLACES)
def test_an_interrupt_anywhere_leaves_all_as_it_was(place, interrupt):
    run = interrupted_run()
    before = everything(run)
    useful = fixes.set_learning_rate(0.02)
    calls = interrupt(*PLACES[place])
    trials = run_trials(run, [Candidate("learning-rate-too-low", useful)], seconds=60)
    assert len(calls) >= PLACES[place][2], "the interrupt came"
    assert "interrupted" in trials.missing
    assert everything(run) == before


@pytest.mark.parametrize("place", PLACES)
def test_an_interrupted_search_hands_back_a_training(place, interrupt):
    run = interrupted_run()
    before = everything(run)
    interrupt(*PLACES[place])
    found = repair(report_of(run, finding(fixes.set_learning_rate(0.02), "learning-rate-too-low")), seconds=60)
    assert any("interrupted" in note for note in found.notes)
    assert everything(run) == before
    assert found.run.model is not run.model
    assert found.run.fit(epochs=1)


@pytest.mark.parametrize("after", [0.05, 0.9])
def test_a_signal_at_any_time_does_the_same(after):
    run = interrupted_run()
    before = everything(run)

    def strike(number, frame):
        raise KeyboardInterrupt

    former = signal.signal(signal.SIGALRM, strike)
    told = []
    try:
        while not any("interrupted" in note for note in told):  # Python loses what is raised while it frees an object: press again
            assert len(told) < 9, told
            signal.setitimer(signal.ITIMER_REAL, after)
            told += repair(report_of(run, finding(fixes.add_dropout(0.1), "dropout")), seconds=20).notes or ("no note",)
            assert everything(run) == before
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)
    assert everything(run) == before
