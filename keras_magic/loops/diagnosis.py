"""The recorder of a loop -> diagnoses: one for each unit that the loop trains."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from keras_magic.facts import Facts
from keras_magic.investigation import Options, guarded
from keras_magic.loops.facts import loop_facts, models_of, trained_units, unit_name
from keras_magic.loops.logs import UnitLog
from keras_magic.loops.recorder import Recorder
from keras_magic.report import Diagnosis


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
        facts = guarded(options, facts, "model", lambda: collect_model(models[0].model, named))
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
