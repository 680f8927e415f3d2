"""The recorder of a loop -> diagnoses: one for each unit that the loop trains."""

from __future__ import annotations

import time
from dataclasses import replace

from keras_magic.diagnosis.options import Options, guarded
from keras_magic.diagnosis.result import Diagnosis
from keras_magic.facts import Facts, ModelFacts
from keras_magic.keras_adapter.compiled import loss_arguments
from keras_magic.loops.facts import loop_facts, models_of, trained_units, unit_name
from keras_magic.loops.logs import ModelLog, UnitLog
from keras_magic.loops.names import Spaces, names_of_rows
from keras_magic.loops.recorder import Recorder
from keras_magic.run import Run
from keras_magic.watch.snapshot import undisturbed

#: Checks that speak of `fit` and `compile` (a frozen network is judged by its updates here).
OF_FIT = ("KM107", "KM113", "KM310", "KM311", "KM902")

#: And those of a loss and a last layer that disagree about logits: KM481 says it of the loss that the loop calls.
OF_COMPILE = ("KM405",)

FEWEST_ROWS = 16  # below which nothing is said of the data


def diagnose_loops(
    recorder: Recorder, options: Options, exception: BaseException | None = None, spaces: Spaces = ()
) -> list[Diagnosis]:
    """Judge what was seen; empty where the loop trained nothing.

    Args:
        exception: what the user's code raised, or None.
        spaces: the user's variables, to call the data by its name.
    """
    units = trained_units(recorder)
    names = {id(unit): unit_name(recorder, unit) for unit in units}
    with recorder.trained_state(), undisturbed():
        return [_diagnose(recorder, unit, names, options, exception, spaces) for unit in units]


def _diagnose(
    recorder: Recorder, unit: UnitLog, names: dict[int, str], options: Options, exception: BaseException | None, spaces: Spaces
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
    options = replace(options, ignore=(*options.ignore, *OF_FIT, *(OF_COMPILE if unit.model is None else ())))
    facts = _with_rows(recorder, models[0], facts, options, spaces) if len(models) == len(names) == 1 else facts
    judgement = options.judge(facts)
    return Diagnosis(
        kind="loop",
        run=None,
        facts=facts,
        findings=options.conclude(facts, judgement),
        skipped=judgement.skipped,
        exception=exception,
        seconds=time.perf_counter() - started,
        values=options.values,
    )


def _without_start(facts: ModelFacts) -> ModelFacts:
    """The weights were read after the loop: nothing is said of how they started."""
    return replace(facts, layers=tuple(replace(layer, weight_stats={}) for layer in facts.layers))


def _with_rows(recorder: Recorder, log: ModelLog, facts: Facts, options: Options, spaces: Spaces) -> Facts:
    """The facts with those of the rows that were seen, and with how well the network does on them; without rows it is said why."""
    from keras_magic.sources.compiled import loss_name
    from keras_magic.sources.data import collect_data
    from keras_magic.sources.outcome import measure_outcome

    kept = recorder.batches.get(id(log.model))
    if kept is None or kept.rows < FEWEST_ROWS or facts.model is None or facts.loop is None or facts.loop.target_networks:
        note = "the data: no Keras loss was seen that compares the model's output with targets" if kept is None else ""
        return replace(facts, missing=(*facts.missing, note)) if note else facts
    options_of = loss_arguments(kept.loss)
    name = loss_name(kept.loss) if kept.loss is not None else None
    if len(facts.model.heads) == 1 and name:
        head = replace(facts.model.heads[0], loss=name, from_logits=options_of.get("from_logits", facts.model.heads[0].from_logits))
        facts = replace(facts, model=replace(facts.model, heads=(head,)))
    x, y = kept.joined()
    facts = guarded(options, facts, "names", lambda: {**names_of_rows(x, y, spaces), **facts.names})
    run = Run(model=log.model, x=x, y=y, names=facts.names, fit_arguments={"batch_size": len(kept.inputs[0])})
    facts = guarded(options, facts, "data", lambda: replace(collect_data(run, facts.model), sampled=not kept.whole))
    return guarded(options, facts, "outcome", lambda: measure_outcome(run, facts.data, facts.model))
