"""In which order of the axes neighbours belong together."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_sample_images

from keras_magic.sources.continuity import continuity


def walks(rows=200, steps=60, channels=4):
    """Smooth independent channels, each with a level and a scale of its own: (rows, steps, channels)."""
    random = np.random.default_rng(0)
    noise = np.cumsum(random.normal(size=(rows, steps, channels)), axis=1)
    return noise * np.array([1.0, 50.0, 0.1, 7.0]) + np.array([0.0, 1e4, 3.0, -20.0])


def test_time_steps_belong_together():
    found = continuity(walks())
    assert found["given"] > 0.7
    assert found["swapped"] < 0.3


def test_swapped_axes_show_along_the_last_axis():
    found = continuity(walks().transpose(0, 2, 1))
    assert found["swapped"] > 0.7
    assert found["given"] < 0.2


@pytest.mark.parametrize("sensors", [2, 3])
def test_a_few_sensors_in_place_of_the_time_steps_show_too(sensors):
    found = continuity(walks(channels=4)[..., :sensors].transpose(0, 2, 1))
    assert found["swapped"] > 0.7
    assert abs(found["given"]) < 0.3
    assert continuity(walks()[..., :sensors])["given"] > 0.7


def test_a_reshape_in_place_of_a_transpose_shows_when_read_again():
    found = continuity(walks().transpose(0, 2, 1).reshape(200, 60, 4))
    assert min(found["seam"], found["reread"]) > found["given"] + 0.02
    assert found["seam"] > 0.9


def test_related_channels_are_no_sign_of_a_reshape():
    random = np.random.default_rng(1)
    level = np.cumsum(random.normal(size=(200, 60, 1)), axis=1)
    found = continuity(level + 0.02 * random.normal(size=(200, 60, 4)) + 0.2 * random.normal(size=(200, 60, 1)))
    assert min(found["seam"], found["reread"]) < found["given"] + 0.02


@pytest.mark.parametrize("values", [np.zeros((5, 40, 3)), np.zeros((100, 40, 1)), np.full((100, 40, 3), np.nan)])
def test_nothing_is_said_of_few_rows_one_channel_or_gaps(values):
    assert continuity(values) is None


def test_noise_has_no_order():
    found = continuity(np.random.default_rng(0).normal(size=(400, 30, 5)))
    assert max(map(abs, found.values())) < 0.3


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_colours_stored_in_planes_and_cut_into_pixels_show_at_the_seam(noise):
    """As CIFAR-10 is stored; also under noise, which bounds every correlation."""
    random = np.random.default_rng(1)
    photos = [photo / 255.0 for photo in load_sample_images().images]
    corners = [(photos[i % 2], *random.integers(0, 380, 2)) for i in range(200)]
    images = np.stack([photo[row : row + 32, column : column + 32] for photo, row, column in corners])
    images = images + noise * images.std() * random.normal(size=images.shape)
    as_they_are, cut = continuity(images), continuity(images.transpose(0, 3, 1, 2).reshape(images.shape))
    assert as_they_are["seam"] < as_they_are["beside"]
    assert cut["seam"] > cut["beside"] + 0.05
    assert cut["reread"] > 0.9 * cut["given"] > as_they_are["reread"]
