"""A clock counts what the process could work, and no pause outlasts its patience."""

from __future__ import annotations

import time

from keras_magic.clock import PATIENCE, Clock


def work(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_work_counts_in_full():
    clock = Clock(10)
    work(0.3)
    assert 0.29 < clock.elapsed <= clock.wall
    assert clock.left < 9.72
    assert not clock.over


def test_a_pause_counts_in_part_where_others_hold_the_machine(monkeypatch):
    monkeypatch.setattr("keras_magic.clock.busy", lambda: True)
    clock = Clock(0.25)
    time.sleep(0.3)
    assert clock.elapsed < 0.2 < clock.wall
    assert not clock.over
    time.sleep(0.25 * PATIENCE)
    assert clock.over
    assert clock.share == 1.0


def test_a_pause_counts_in_full_on_an_idle_machine(monkeypatch):
    monkeypatch.setattr("keras_magic.clock.busy", lambda: False)
    clock = Clock(0.1)
    time.sleep(0.11)
    assert clock.over


def test_a_part_never_outlasts_the_whole():
    clock = Clock(1.0)
    assert clock.part(0.5).seconds == 0.5
    assert 0.9 < clock.part(5.0).seconds <= 1.0
    assert Clock(0.0).part(5.0).seconds == 0.0


def test_without_limit():
    assert not Clock().over


def test_what_is_done_while_it_is_stopped_does_not_count():
    clock = Clock(1.0)
    with clock.stopped():
        work(0.2)
    assert clock.elapsed < 0.1
    assert clock.left > 0.9
    assert clock.wall >= 0.2
