"""Inputs that mean something else in the validation rows."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine, make_regression
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import train_test_split

from keras_magic.facts import InputFacts
from keras_magic.sources.unlike import unlike

GOOD, BAD, PLAIN = ([f"{kind}{i}" for i in range(count)] for kind, count in (("good", 20), ("bad", 20), ("plain", 30)))


def texts(rows, seed):
    """Reviews, the words of each with its label."""
    random = np.random.default_rng(seed)
    y = random.integers(0, 2, rows)
    words = [[*random.choice(PLAIN, 6), *random.choice(GOOD if label else BAD, 3)] for label in y]
    return [" ".join(map(str, random.permutation(row))) for row in words], y


def ids(corpus, vocabulary):
    """Ids of words by how often they come, as TextVectorization gives them."""
    counter = CountVectorizer().fit(vocabulary)
    order = counter.get_feature_names_out()[np.asarray(counter.transform(vocabulary).sum(0))[0].argsort()[::-1]]
    number = {word: i + 1 for i, word in enumerate(order)}
    return np.array([[number.get(word, 0) for word in text.split()] for text in corpus])


def table(name, *shape):
    return InputFacts(name="x", shape=shape, dtype="float32", role=name)


def seen(role, x, y, vx, vy):
    return unlike([table(role, *x.shape[1:])], [x], y, [vx], vy)


def split(load):
    x, y = load(return_X_y=True)
    x, vx, y, vy = train_test_split(x, y, test_size=0.4, random_state=0)
    return x, y, vx, vy


def test_two_vocabularies_are_seen_and_one_is_not():
    (train, y), (val, vy) = texts(800, 0), texts(400, 1)
    found = seen("tokens", ids(train, train), y, ids(val, val), vy)
    assert found.kind == "ids"
    assert found.across < 0.5 < min(found.train, found.validation)
    assert seen("tokens", ids(train, train), y, ids(val, train), vy) is None


def effects(return_X_y):
    """Every second column lowers the target."""
    x, y = make_regression(600, 12, n_informative=12, noise=5.0, random_state=0)
    return x * (-1) ** np.arange(12), y


@pytest.mark.parametrize("load", [effects, load_digits])
def test_columns_in_another_order_are_seen(load):
    x, y, vx, vy = split(load)
    order = np.random.default_rng(3).permutation(x.shape[1])
    assert seen("table", x, y, vx, vy) is None
    assert seen("table", x, y, vx[:, order], vy).kind == "columns"


def test_a_part_with_one_class_first_is_not():
    x, y = load_digits(return_X_y=True)
    order = np.argsort(y > 4, kind="stable")
    x, y = x[order], (y[order] > 4).astype("int64")
    assert seen("table", x[:900], y[:900], x[900:], y[900:]) is None


def test_components_fitted_twice_are_seen():
    x, y, vx, vy = split(load_digits)
    y, vy = (part.astype("int64") for part in (y, vy))
    one = PCA(10, random_state=0).fit(x)
    two = PCA(10, random_state=0).fit(np.random.default_rng(0).normal(size=(10, 64)) * x.std(0))
    assert seen("table", one.transform(x), y, one.transform(vx), vy) is None
    assert seen("table", one.transform(x), y, two.transform(vx), vy) is not None


@pytest.mark.parametrize("load", [load_breast_cancer, load_digits, load_diabetes, load_wine])
@pytest.mark.parametrize("change", ["scaled", "noisy", "none"])
def test_the_same_columns_are_not(load, change):
    """Scaled apart, noisier, or with targets without any relation: other checks tell these."""
    x, y, vx, vy = split(load)
    if change == "scaled":
        vx = vx * 3.0 + 7.0
    elif change == "noisy":
        vx = vx + np.random.default_rng(0).normal(size=vx.shape) * vx.std(0)
    else:
        vy = np.random.default_rng(0).permutation(vy)
    assert seen("table", x, y, vx, vy) is None


def test_a_stretch_of_time_with_a_relation_of_its_own_is_not():
    """Random walks correlate over each stretch, by chance."""
    random = np.random.default_rng(5)
    for _ in range(20):
        walk = random.normal(size=(1500, 6)).cumsum(0)
        x, y = walk[:, :5], walk[:, 5]
        assert seen("table", x[:1000], y[:1000], x[1000:], y[1000:]) is None
