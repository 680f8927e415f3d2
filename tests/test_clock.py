"""A clock counts what the process could work, and no pause outlasts its patience."""

from __future__ import annotations

import time

import pytest

from keras_magic.clock import PATIENCE, Clock


class Machine:
    """One whose clock goes on when the test says so."""

    def __init__(self) -> None:
        self.wall = self.cpu = 500.0

    def work(self, seconds: float) -> None:
        self.wall += seconds
        self.cpu += seconds

    def wait(self, seconds: float) -> None:
        self.wall += seconds


@pytest.fixture
def machine(monkeypatch):
    made = Machine()
    monkeypatch.setattr(time, "perf_counter", lambda: made.wall)
    monkeypatch.setattr(time, "process_time", lambda: made.cpu)
    return made


@pytest.fixture(params=[False, True])
def held(request, monkeypatch):
    """Whether others hold the machine."""
    monkeypatch.setattr("keras_magic.clock.busy", lambda: request.param)
    return request.param


def test_work_counts_in_full(machine, held):
    clock = Clock(10)
    machine.work(3)
    assert (clock.elapsed, clock.wall, clock.left, clock.share) == (3, 3, 7, 0.3)
    assert not clock.over
    machine.work(7)
    assert clock.over


def test_a_pause_counts_in_part_where_others_hold_the_machine(machine, held):
    clock = Clock(3)
    machine.wait(3)
    assert clock.elapsed == (3 / PATIENCE if held else 3)
    assert clock.over == (not held)
    machine.wait(3 * (PATIENCE - 1))
    assert clock.over
    assert clock.share == 1.0


def test_a_part_never_outlasts_the_whole(machine, held):
    clock = Clock(1.0)
    assert clock.part(0.5).seconds == 0.5
    assert clock.part(5.0).seconds == 1.0
    machine.work(0.75)
    assert clock.part(0.5).seconds == 0.25
    assert Clock(0.0).part(5.0).seconds == 0.0


def test_without_limit():
    assert not Clock().over


def test_what_is_done_while_it_is_stopped_does_not_count(machine, held):
    clock = Clock(1.0)
    with clock.stopped():
        machine.work(2)
    assert (clock.elapsed, clock.left, clock.wall) == (0.0, 1.0, 2)
