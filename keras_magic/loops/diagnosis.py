"""The recorder of a loop -> diagnoses: one for each unit that the loop trains."""

from __future__ import annotations

import time
from dataclasses import replace

from keras_magic.facts import Facts, ModelFacts
from keras_magic.investigation import Options, guarded
from keras_magic.loops.facts import loop_facts, models_of, trained_units, unit_name
from keras_magic.loops.logs import UnitLog
from keras_magic.loops.recorder import Recorder
from keras_magic.report import Diagnosis

#: Checks that speak of `fit` and `compile` (a frozen network is judged by its updates here).
OF_FIT = ("KM310", "KM311")


def diagnose_loops(recorder: Recorder, options: Options, exception: BaseException | None = None) -> list[Diagnosis]:
    """Judge what was seen; empty where the loop trained nothing.

    Args:
        exception: what the user's code raised, or None.
    """
    units = trained_units(recorder)
    names = {id(unit): unit_name(recorder, unit) for unit in units}
    return [_diagnose(recorder, unit, names, options, exception) for unit in units]


def _diagnose(
    recorder: Recorder, unit: UnitLog, names: dict[int, str], options: Options, exception: BaseException | None
) -> Diagnosis:
    from keras_magic.sources.environment import collect_environment
    from keras_magic.sources.model import collect_model

    started = time.perf_counter()
    models = models_of(recorder, unit)
    named = {**options.names, **({"model": models[0].name} if len(models) == 1 else {})}
    facts = Facts(names=named, missing=tuple(dict.fromkeys(recorder.faults)))
    facts = guarded(options, facts, "environment", collect_environment)
    facts = guarded(options, facts, "loop", lambda: loop_facts(recorder, unit, names))
    if len(models) == 1:
        facts = guarded(options, facts, "model", lambda: _without_start(collect_model(models[0].model, named)))
    options = replace(options, ignore=(*options.ignore, *OF_FIT))
    judgement = options.judge(facts)
    return Diagnosis(
        kind="loop",
        run=None,
        facts=facts,
        findings=options.conclude(facts, judgement),
        skipped=judgement.skipped,
        exception=exception,
        seconds=time.perf_counter() - started,
    )


def _without_start(facts: ModelFacts) -> ModelFacts:
    """The weights were read after the loop: nothing is said of how they started."""
    return replace(facts, layers=tuple(replace(layer, weight_stats={}) for layer in facts.layers))
