"""Several `fit` calls as what a person calls one training.

Fits of one model, one after the other, are one story: one diagnosis over the joined course, with its stages. Three or more models
of one structure, each trained by itself, are a set (folds of a cross-validation, repetitions, settings that are compared), and so
are all models that one call of a library trains: one diagnosis of the poorest, with a row for each. Memory is bounded, however many
fits there are.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from types import FrameType
from typing import Any

import numpy as np

from keras_magic.diagnosis.options import Options, guarded
from keras_magic.diagnosis.pipeline import Watched, conclude, initial_weights, watch_fit
from keras_magic.diagnosis.result import Diagnosis
from keras_magic.errors import summary_of
from keras_magic.facts import Facts, ModelFacts, PartFacts, StoryFacts
from keras_magic.frames import stack
from keras_magic.run import Run
from keras_magic.sources.batches import sample_validation, training_source
from keras_magic.sources.rescaled import moved_share
from keras_magic.sources.rotation import Rotation
from keras_magic.sources.runs import HASHED, in_memory, is_validated, joined_rows, relation_of, row_hashes, rows_of, same_rows
from keras_magic.sources.trees import to_numpy
from keras_magic.story_set import PARTS, TrainingSet
from keras_magic.watch.joined import join
from keras_magic.watch.searches import library_call, settings_of

SET = 3  # models of one structure, or trainings of one call of a library, that make a set
ROWS = 4096  # rows of changing data that are kept
LEAST_DISTINCT = 50  # with fewer different rows, equal ones are chance
KNOWN = 400_000  # hashes of trained rows that are kept


@dataclass(eq=False)
class Story:
    """The fits of one model.

    Attributes:
        watched: the first fit, with the course of all joined to it; parts: its stages.
        trained: hashes of the rows that these weights were trained on; since: training rows of the first fit of these weights;
            leaked: share of a fit's validation rows that an earlier fit had trained.
        ended: fingerprint of the weights after the last fit; began: of those before the first one; final: the weights after the
            last fit, which the block may change before it ends.
        before: facts of the model until its layers were frozen or unfrozen between two fits.
        made_by: number of the call of a library that made it, None for a `fit` of the user's; tried: what a search tries in it.
    """

    watched: Watched
    options: Options
    parts: list[PartFacts] = field(default_factory=list)
    fits: int = 1
    trained: set[bytes] = field(default_factory=set)
    leaked: float = 0.0
    leaked_in: int | None = None
    since: Any = None
    batches: list[tuple[Any, Any]] = field(default_factory=list)
    changing: bool = False
    settings: dict[str, Any] = field(default_factory=dict)
    began: bytes = b""
    ended: bytes = b""
    final: tuple[Any, ...] | None = None
    rotation: Rotation = field(default_factory=Rotation)
    made_by: int | None = None
    tried: dict[str, Any] = field(default_factory=dict)
    before: ModelFacts | None = None

    def add(self, watched: Watched, start: bytes) -> None:
        """One more fit of the same model, whose weights had the fingerprint `start` before it."""
        first, last = self.watched.facts.training, watched.facts.training
        other_loss = _settings(watched.run)["loss"] != self.settings["loss"]  # its curve does not go on where the former one ended
        course = join(first, last) if first is not None and last is not None and not other_loss else last or first
        if course is not None and last is not None:
            course = replace(course, exception=last.exception, interrupted=last.interrupted)
        if self.before is None and _settings(watched.run)["trainable"] != self.settings["trainable"]:
            self.before = self.watched.facts.model
        if start != self.ended:  # weights were loaded or set: what was trained before is no part of them
            self.trained.clear()
            self.since = None
        self.watched = replace(
            self.watched,
            facts=self._compiled_now(replace(self.watched.facts, training=course), watched.run),
            history=watched.history or self.watched.history,
            exception=watched.exception,
            seconds=self.watched.seconds + watched.seconds,
            training_seconds=self.watched.training_seconds + watched.training_seconds,
        )
        self.fits += 1
        self._note(watched)

    def _compiled_now(self, facts: Facts, run: Run) -> Facts:
        """The facts of the model as it is compiled and frozen now."""
        from keras_magic.sources.model import collect_model

        now = _settings(run)
        if all(now[key] == self.settings[key] for key in ("optimizer", "trainable")):
            return facts
        return guarded(self.options, facts, "model", lambda: collect_model(run.model))

    def begin(self, start: bytes) -> Story:
        """Note what the first fit was; `start` is the fingerprint of the weights before it."""
        self.began = start
        self._note(self.watched)
        return self

    def _note(self, watched: Watched) -> None:
        settings = _settings(watched.run)
        title = "first fit" if not self.settings else _change(self.settings, settings)
        if not title and self.parts[-1].raised:
            title = "after what was raised"
        part = _part(title, watched)
        self.parts = [*self.parts[:-1], _grown(self.parts[-1], part)] if self.parts and not title else [*self.parts, part]
        self.settings, self.ended = settings, fingerprint(watched.run.model)
        self.final = initial_weights(watched.run.model)
        self._keep_rows(watched.run)
        if in_memory(watched.run) and not is_validated(watched.run):
            self.rotation.add(watched.run.x)
        self._compare_rows(watched.run)

    def _keep_rows(self, run: Run) -> None:
        """The latest rows of data that changes from fit to fit; of the same rows with other targets the latest targets."""
        if not in_memory(run):
            return
        if self.batches:
            same, known = (a is b or same_rows(a, b) for a, b in zip(self.batches[-1], (run.x, run.y), strict=True))
            self.changing = self.changing or not (same and known)
            self.batches = [] if same else self.batches
        self.batches.append((run.x, run.y))
        while len(self.batches) > 1 and sum(rows_of(x) for x, _ in self.batches[1:]) >= ROWS:
            self.batches.pop(0)

    def _compare_rows(self, run: Run) -> None:
        """Which validation rows an earlier fit has trained these weights on."""
        if not in_memory(run) or not is_validated(run):
            return
        try:
            mine, held = row_hashes(training_source(run).sample(HASHED).x), sample_validation(run)
            theirs = row_hashes(held.x) if held is not None else set()
            other = self.since is not None and self.since is not run.x and self.fits <= PARTS
            scaled = moved_share(held.x, run.x, self.since) if held is not None and other else 0.0
        except Exception:  # validation data of a kind that cannot be compared
            return
        before = max(scaled, len((theirs & self.trained) - mine) / max(1, len(theirs)))
        if before > self.leaked and len(self.trained | mine | theirs) >= LEAST_DISTINCT:
            self.leaked, self.leaked_in = before, self.fits
        self.since = run.x if self.since is None else self.since
        if len(self.trained) < KNOWN:
            self.trained |= mine

    def facts(self) -> StoryFacts | None:
        """The stages; None for a single fit."""
        if self.fits == 1:
            return None
        return StoryFacts(
            kind="stages",
            fits=self.fits,
            parts=tuple(self.parts[:PARTS]),
            left_out=max(0, len(self.parts) - PARTS),
            trained_before=self.leaked,
            in_fit=self.leaked_in,
            rotating=self.rotation.share,
            before=self.before,
        )

    def whole(self) -> Watched:
        """All fits as one that is to be judged."""
        run = self.watched.run.replace(final_weights=self.final)
        if self.fits == 1:
            return replace(self.watched, run=run)
        facts = replace(self.watched.facts, story=self.facts())
        training = facts.training
        if self.changing and not is_validated(run):
            run, facts = self._with_kept_rows(run, facts)
        elif training is not None:
            run = run.with_fit(epochs=max(1, training.epochs_done), initial_epoch=0)
        return replace(self.watched, run=run, facts=facts)

    def _with_kept_rows(self, run: Run, facts: Facts) -> tuple[Run, Facts]:
        """The latest rows of all fits as the data, which each single fit had a part of."""
        from keras_magic.sources.data import collect_data

        xs, ys = zip(*self.batches, strict=True)
        try:
            x, y = joined_rows(xs), None if ys[0] is None else joined_rows(ys)
        except Exception:  # fits on data of different forms
            return run, facts
        run = run.replace(x=x, y=y)
        return run, guarded(self.options, facts, "data", lambda: collect_data(run, facts.model))


class Stories:
    """Watches every fit of a block, and diagnoses them when it is over."""

    def __init__(self) -> None:
        self.stories: list[Story] = []
        self._sets: dict[Any, TrainingSet] = {}
        self._call: FrameType | None = None  # of the latest training: while it is kept, no other frame has its identity
        self._calls = 0
        self._outside, self._thread = list(stack()), threading.get_ident()
        self._lock = threading.Lock()  # a search may train in several threads

    def fit(self, fit: Callable[..., Any], model: Any, arguments: dict[str, Any], options: Options) -> Watched:
        """Call `fit(model, **arguments)` watched, and add it to the story of its model; `options` are those of its diagnosis."""
        story, start = next((s for s in reversed(self.stories) if s.watched.run.model is model), None), fingerprint(model)
        if story is not None and start and start == story.began != story.ended:
            story = None  # the initial weights were put back: a training of its own
        with self._lock:
            call = library_call(self._outside, self._thread)
            self._calls += call is not self._call
            self._call, made_by = call, None if call is None else self._calls
        tried = settings_of(arguments, call)
        watched = watch_fit(fit, model, arguments, options, again=story is not None)
        with self._lock:
            if story is not None:
                story.add(watched, start)
            else:
                self.stories.append(Story(watched, options, made_by=made_by, tried=tried).begin(start))
                self._gather()
        return watched

    def _gather(self) -> None:
        """Three stories of one call of a library, or of models of one structure, become a set; only the poorest is kept whole."""
        newest = self.stories[-1]
        call = ("call", newest.made_by)
        alike = [s for s in self.stories if newest.made_by is not None and s.made_by == newest.made_by]
        search = call in self._sets or len(alike) >= SET
        key = call if search else structure(newest.watched.run.model)
        if not search:
            alone = [s for s in self.stories if ("call", s.made_by) not in self._sets]
            alike = [s for s in alone if structure(s.watched.run.model) == key]
        if not search and any(relation_of(s.watched.run, newest.watched.run) is None for s in alike):
            return  # other data: trainings that have nothing to do with each other
        if key not in self._sets and len(alike) < SET:
            return
        new = [newest] if key in self._sets else alike
        group = self._sets.setdefault(key, TrainingSet(search=search))
        for story in new:
            group.add(story, _member(story), _compiled_settings(story.watched.run))
        self.stories = [s for s in self.stories if s is group.poorest or s not in alike]
        if group.poorest not in self.stories:
            self.stories.append(group.poorest)

    def conclude(self) -> Iterator[Diagnosis]:
        """The diagnoses, in the order in which the trainings began."""
        self._call = None
        self._outside.clear()
        for story in self.stories:
            group = next((g for g in self._sets.values() if g.poorest is story), None)
            watched = story.whole()
            if group is not None:
                watched = replace(watched, facts=replace(watched.facts, story=group.facts()))
            yield conclude(watched, story.options)


def structure(model: Any) -> Any:
    """What models of one structure have in common; the model itself where that is not known yet."""
    if not getattr(model, "built", False):
        return id(model)
    layers = tuple(
        (
            type(layer).__name__,
            getattr(getattr(layer, "activation", None), "__name__", ""),
            tuple(tuple(w.shape) for w in layer.weights),
        )
        for layer in model.layers
    )
    return type(model).__name__, layers, str(getattr(model, "loss", None)), type(getattr(model, "optimizer", None)).__name__


def fingerprint(model: Any) -> bytes:
    """Of the first, the middle and the last trainable weight; empty while the model is not built."""
    weights = model.trainable_weights if getattr(model, "built", False) else []
    some = [weights[i] for i in sorted({0, len(weights) // 2, len(weights) - 1})] if weights else []
    return (
        hashlib.blake2b(b"".join(np.ascontiguousarray(to_numpy(w)).tobytes() for w in some), digest_size=8).digest()
        if some
        else b""
    )


def _settings(run: Run) -> dict[str, Any]:
    """What makes a stage: a change of one of these between two fits."""
    model = run.model
    optimizer = getattr(model, "optimizer", None)
    rows = rows_of(run.x) if in_memory(run) else None
    loss = str(getattr(model, "loss", None))
    return {
        "optimizer": id(optimizer),
        "trainable": len(model.trainable_weights),
        "rate": run.initial_rate,
        "rows": rows,
        "loss": loss,
    }


def _change(before: dict[str, Any], now: dict[str, Any]) -> str:
    """What is new in a stage, empty where nothing is."""
    changes = []
    if now["trainable"] != before["trainable"]:
        more = now["trainable"] > before["trainable"]
        changes.append("layers unfrozen" if more else "layers frozen")
    if now["optimizer"] != before["optimizer"]:
        changes.append("compiled again")
    elif now["rate"] is not None and before["rate"] is not None and not np.isclose(now["rate"], before["rate"]):
        changes.append(f"learning rate {now['rate']:.3g}")
    if now["rows"] != before["rows"]:
        changes.append("other data")
    return ", ".join(changes)


def _part(title: str, watched: Watched) -> PartFacts:
    training, run = watched.facts.training, watched.run
    losses = training.history.get("loss", ()) if training else ()
    return PartFacts(
        title=title,
        epochs=training.epochs_done if training else 0,
        steps=training.steps_done if training else 0,
        rows=rows_of(run.x) if in_memory(run) else None,
        rate=run.initial_rate,
        first_loss=losses[0] if losses else None,
        last_loss=losses[-1] if losses else None,
        scores={name: values[-1] for name, values in training.history.items() if values} if training else {},
        raised=summary_of(watched.exception) if watched.exception is not None else None,
    )


def _grown(part: PartFacts, more: PartFacts) -> PartFacts:
    return replace(
        more,
        title=part.title,
        fits=part.fits + 1,
        epochs=part.epochs + more.epochs,
        steps=part.steps + more.steps,
        rate=part.rate,
        first_loss=part.first_loss if part.first_loss is not None else more.first_loss,
    )


def _member(story: Story) -> PartFacts:
    """A whole story as one row of a set."""
    part = story.parts[0]
    for more in story.parts[1:]:
        part = _grown(part, more)
    return replace(part, settings=story.tried)


def _compiled_settings(run: Run) -> dict[str, Any]:
    """What trainings of one call commonly differ in, where the library does not tell what it tries."""
    optimizer = getattr(run.model, "optimizer", None)
    found = {
        "learning rate": run.initial_rate,
        "optimizer": type(optimizer).__name__,
        "batch size": run.fit_arguments.get("batch_size"),
        "weights": run.model.count_params() if getattr(run.model, "built", False) else None,
    }
    return {name: value for name, value in found.items() if value is not None}
