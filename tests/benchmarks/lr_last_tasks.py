"""The last tasks of the learning-rate benchmark, by someone who knew neither the rules nor the other tasks: fast mode learned from
`THIRD`; `FOURTH` was run once, with the rules as they are."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
from keras import layers

from tests.benchmarks.lr_tasks import Built


def mlp_triangle(seed: int) -> Built:
    """Three side lengths: no triangle, acute or obtuse. Adam."""
    r = np.random.default_rng(9101)
    s = r.uniform(1, 10, (1000, 3))
    a, b, c = np.sort(s, axis=1).T
    y = np.where(a + b <= c, 0, np.where(a * a + b * b > c * c, 1, 2)).astype("int32")
    x = (s / 10).astype("float32")
    m = keras.Sequential(
        [
            keras.Input((3,)),
            layers.Dense(64, activation="relu"),
            layers.Dense(64, activation="relu"),
            layers.Dense(3, activation="softmax"),
        ]
    )
    m.compile(optimizer=keras.optimizers.Adam(), loss="sparse_categorical_crossentropy")
    return m, x, y


def cnn_bn_pips(seed: int) -> Built:
    """How many pips (1 to 4) lie on a 16 x 16 tile. CNN with BatchNormalization, SGD 0.9."""
    r = np.random.default_rng(9102)
    n = 800
    x = r.normal(0, 0.1, (n, 16, 16, 1))
    y = r.integers(0, 4, n).astype("int32")
    cells = [(i, j) for i in range(3) for j in range(3)]
    for k in range(n):
        for q in r.choice(9, y[k] + 1, replace=False):
            i, j = cells[q]
            u, v = 1 + 5 * i + r.integers(0, 2), 1 + 5 * j + r.integers(0, 2)
            x[k, u : u + 3, v : v + 3, 0] += r.uniform(0.8, 1.2)
    x = x.astype("float32")
    m = keras.Sequential(
        [
            keras.Input((16, 16, 1)),
            layers.Conv2D(8, 3, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(16, 3, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(4),
        ]
    )
    m.compile(optimizer=keras.optimizers.SGD(momentum=0.9), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return m, x, y


def cnn_seven_segment(seed: int) -> Built:
    """Seven-segment digits, shifted, noisy. Plain CNN, SGD 0.9."""
    r = np.random.default_rng(9103)
    n = 1000
    seg = ["abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcdfg"]
    box = {"a": (0, 1, 1, 5), "g": (4, 5, 1, 5), "d": (8, 9, 1, 5)}
    box |= {"f": (1, 4, 0, 1), "b": (1, 4, 5, 6), "e": (5, 8, 0, 1), "c": (5, 8, 5, 6)}
    y = r.integers(0, 10, n).astype("int32")
    x = np.zeros((n, 14, 12, 1))
    for k in range(n):
        p, q = r.integers(1, 5), r.integers(1, 6)
        for s in seg[y[k]]:
            i0, i1, j0, j1 = box[s]
            x[k, p + i0 : p + i1, q + j0 : q + j1, 0] = r.uniform(0.6, 1.0)
    x = np.clip(x + r.normal(0, 0.08, x.shape), 0, 1).astype("float32")
    m = keras.Sequential(
        [
            keras.Input((14, 12, 1)),
            layers.Conv2D(12, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(24, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(48, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    m.compile(optimizer=keras.optimizers.SGD(momentum=0.9), loss="sparse_categorical_crossentropy")
    return m, x, y


def lstm_leaky_tank(seed: int) -> Built:
    """Final level of a leaking tank, from inflow and valve. LSTM, RMSprop."""
    r = np.random.default_rng(9104)
    n, t = 900, 20
    inflow = r.gamma(1.0, 0.5, (n, t))
    valve = (r.random((n, t)) < 0.2).astype(float)
    level = np.zeros(n)
    for k in range(t):
        level = np.minimum((level + inflow[:, k]) * np.where(valve[:, k] > 0, 0.3, 0.93), 4.0)
    x = np.stack([inflow, valve], axis=-1).astype("float32")
    y = level.astype("float32")[:, None]
    m = keras.Sequential(
        [
            keras.Input((t, 2)),
            layers.LSTM(24),
            layers.Dense(16, activation="relu"),
            layers.Dense(1),
        ]
    )
    m.compile(optimizer=keras.optimizers.RMSprop(), loss="mse")
    return m, x, y


def gru_walk_quadrant(seed: int) -> Built:
    """Compass moves (one-hot): in which quadrant does the walk end. GRU, Adam."""
    r = np.random.default_rng(9105)
    n, t = 800, 16
    bias = r.dirichlet(np.ones(4) * 1.5, n)
    mv = np.array([r.choice(4, t, p=p) for p in bias])
    step = np.array([[0, 1], [1, 0], [0, -1], [-1, 0]])
    end = step[mv].sum(axis=1)
    y = ((end[:, 0] >= 0) * 2 + (end[:, 1] >= 0)).astype("int32")
    x = np.eye(4)[mv].astype("float32")
    m = keras.Sequential(
        [
            keras.Input((t, 4)),
            layers.GRU(24),
            layers.Dense(4, activation="softmax"),
        ]
    )
    m.compile(optimizer=keras.optimizers.Adam(), loss="sparse_categorical_crossentropy")
    return m, x, y


def text_tickets(seed: int) -> Built:
    """Support tickets as word ids, padded with 0; three departments. Embedding, AdamW."""
    r = np.random.default_rng(9106)
    n, vocab, length = 900, 400, 24
    base = 1.0 / np.arange(1, vocab)
    y = r.integers(0, 3, n).astype("int32")
    topic = r.permutation(np.arange(41, vocab))[:180].reshape(3, 60)
    x = np.zeros((n, length), "int32")
    for k in range(n):
        ln = r.integers(10, length + 1)
        words = r.choice(np.arange(1, vocab), ln, p=base / base.sum())
        hit = r.random(ln) < 0.35
        words[hit] = r.choice(topic[y[k]], hit.sum())
        x[k, :ln] = words
    m = keras.Sequential(
        [
            keras.Input((length,), dtype="int32"),
            layers.Embedding(vocab, 16),
            layers.GlobalAveragePooling1D(),
            layers.Dense(24, activation="relu"),
            layers.Dense(3, activation="softmax"),
        ]
    )
    m.compile(optimizer=keras.optimizers.AdamW(weight_decay=0.004), loss="sparse_categorical_crossentropy")
    return m, x, y


def autoencoder_spectra(seed: int) -> Built:
    """Mixtures of four chemical spectra, 48 channels. Dense autoencoder, RMSprop."""
    r = np.random.default_rng(9107)
    g = np.arange(48)
    pure = np.array(
        [
            sum(
                h * np.exp(-0.5 * ((g - c) / w) ** 2)
                for h, c, w in zip(r.uniform(0.4, 1, 3), r.uniform(3, 45, 3), r.uniform(1.5, 4, 3), strict=True)
            )
            for _ in range(4)
        ]
    )
    mix = r.exponential(0.6, (800, 4))
    x = 1 - np.exp(-mix @ pure) + r.normal(0, 0.01, (800, 48))
    x = np.clip(x, 0, 1).astype("float32")
    m = keras.Sequential(
        [
            keras.Input((48,)),
            layers.Dense(32, activation="relu"),
            layers.Dense(6, activation="relu"),
            layers.Dense(32, activation="relu"),
            layers.Dense(48, activation="sigmoid"),
        ]
    )
    m.compile(optimizer=keras.optimizers.RMSprop(), loss="mse")
    return m, x, x.copy()


def regression_bike_rentals(seed: int) -> Built:
    """Bikes rented in an hour, the target left as a count. MLP, Adam."""
    r = np.random.default_rng(9108)
    n = 1100
    hour = r.integers(0, 24, n)
    temp = r.normal(14, 8, n)
    rain = r.exponential(1.0, n) * (r.random(n) < 0.3)
    work = (r.random(n) < 5 / 7).astype(float)
    rush = np.exp(-(((hour - 8) / 1.5) ** 2)) + 1.2 * np.exp(-(((hour - 17.5) / 2) ** 2))
    idle = np.exp(-(((hour - 14) / 4.5) ** 2))
    mean = (25 + 330 * (work * rush + (1 - work) * idle) + 90 * idle) * np.clip(0.3 + temp / 22, 0.1, 1.6) * np.exp(-0.5 * rain)
    y = r.poisson(mean).astype("float32")[:, None]
    f = np.stack(
        [
            np.sin(hour * np.pi / 12),
            np.cos(hour * np.pi / 12),
            np.sin(hour * np.pi / 6),
            np.cos(hour * np.pi / 6),
            temp,
            rain,
            work,
        ],
        axis=1,
    )
    x = ((f - f.mean(0)) / f.std(0)).astype("float32")
    m = keras.Sequential(
        [
            keras.Input((7,)),
            layers.Dense(64, activation="relu"),
            layers.Dense(32, activation="relu"),
            layers.Dense(1),
        ]
    )
    m.compile(optimizer=keras.optimizers.Adam(), loss="mse")
    return m, x, y


def tabular_loans(seed: int) -> Built:
    """Will a loan be repaid; numeric and one-hot columns. MLP with dropout, AdamW."""
    r = np.random.default_rng(9109)
    n = 1200
    income = r.lognormal(10.4, 0.5, n)
    loan = r.lognormal(9.6, 0.7, n)
    age = r.integers(20, 70, n)
    late = r.poisson(0.8, n)
    job = r.integers(0, 5, n)
    term = r.choice([12, 24, 36, 60], n)
    score = (
        2.2 * np.log(income / loan)
        - 1.5
        - 1.5 * late
        + 0.03 * (age - 40)
        + np.array([1.5, 0.5, -0.5, -1.5, 0])[job]
        - 0.02 * (term - 30)
        + 2.0 * (late == 0) * (job > 2)
    )
    y = (2.5 * score + r.logistic(0, 1.0, n) > 0).astype("float32")[:, None]
    num = np.stack([np.log(income), np.log(loan), age, late, term, r.normal(size=n), r.normal(size=n)], axis=1)
    num = (num - num.mean(0)) / num.std(0)
    x = np.concatenate([num, np.eye(5)[job]], axis=1).astype("float32")
    m = keras.Sequential(
        [
            keras.Input((12,)),
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.3),
            layers.Dense(32, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    m.compile(optimizer=keras.optimizers.AdamW(), loss="binary_crossentropy")
    return m, x, y


def conv1d_heartbeat(seed: int) -> Built:
    """Pulse traces: regular, one beat left out, or one beat doubled. 1D CNN, SGD 0.9."""
    r = np.random.default_rng(9110)
    n, t = 900, 72
    y = r.integers(0, 3, n).astype("int32")
    g = np.arange(t)
    x = np.zeros((n, t))
    for k in range(n):
        at = r.uniform(4, 10) + 12.0 * np.arange(6) + r.normal(0, 0.4, 6)
        h = r.uniform(0.85, 1.15, 6)
        odd = r.integers(1, 5)
        if y[k] == 1:
            h[odd] = 0.0
        if y[k] == 2:
            at, h = np.append(at, at[odd] + 4.5), np.append(h, h[odd])
        for a, b in zip(at, h, strict=True):
            x[k] += b * (np.exp(-0.5 * ((g - a) / 0.9) ** 2) - 0.35 * np.exp(-0.5 * ((g - a - 2) / 1.1) ** 2))
    x = (x + r.normal(0, 0.06, x.shape)).astype("float32")[..., None]
    m = keras.Sequential(
        [
            keras.Input((t, 1)),
            layers.Conv1D(16, 7, activation="relu"),
            layers.MaxPooling1D(2),
            layers.Conv1D(32, 7, activation="relu"),
            layers.GlobalMaxPooling1D(),
            layers.Dense(32, activation="relu"),
            layers.Dense(3, activation="softmax"),
        ]
    )
    m.compile(optimizer=keras.optimizers.SGD(momentum=0.9), loss="sparse_categorical_crossentropy")
    return m, x, y


def two_input_dating(seed: int) -> Built:
    """How well a user and an item match, from the features of both. Functional model, SGD."""
    r = np.random.default_rng(9111)
    n = 1000
    u, v = r.normal(size=(n, 8)), r.normal(size=(n, 5))
    a, b = r.normal(size=(8, 2)) / 8**0.5, r.normal(size=(5, 2)) / 5**0.5
    y = (3 + 0.9 * np.tanh(2 * (u @ a)[:, 0] + (v @ b)[:, 0]) + 0.8 * (u @ a)[:, 1] * (v @ b)[:, 1] + r.normal(0, 0.1, n)).astype(
        "float32"
    )[:, None]
    i, j = keras.Input((8,), name="user"), keras.Input((5,), name="item")
    p = layers.Dense(32, activation="relu")(i)
    q = layers.Dense(32, activation="relu")(j)
    h = layers.Concatenate()([p, q])
    h = layers.Dense(32, activation="relu")(h)
    m = keras.Model([i, j], layers.Dense(1)(h))
    m.compile(optimizer=keras.optimizers.SGD(), loss="mse")
    return m, [u.astype("float32"), v.astype("float32")], y


def softmax_languages(seed: int) -> Built:
    """Letter counts of a short text: which of six invented languages. Linear model, SGD."""
    r = np.random.default_rng(9112)
    n = 1000
    freq = r.dirichlet(np.ones(26) * 1.5, 6)
    y = r.integers(0, 6, n).astype("int32")
    x = np.array([r.multinomial(r.integers(30, 80), freq[k]) for k in y], "float32")
    x = x / x.sum(axis=1, keepdims=True)
    x = ((x - x.mean(0)) / x.std(0)).astype("float32")
    m = keras.Sequential([keras.Input((26,)), layers.Dense(6, activation="softmax")])
    m.compile(optimizer=keras.optimizers.SGD(), loss="sparse_categorical_crossentropy")
    return m, x, y


def _std(a):
    return ((a - a.mean(0)) / (a.std(0) + 1e-8)).astype("float32")


def triangle_kinds_adam(seed: int) -> Built:
    """Three side lengths: no triangle / acute / obtuse."""
    r = np.random.default_rng(4101)
    x = r.uniform(0.5, 3.0, (6000, 3))
    s = np.sort(x, 1)
    gap = s[:, 0] + s[:, 1] - s[:, 2]
    ang = s[:, 0] ** 2 + s[:, 1] ** 2 - s[:, 2] ** 2
    y = np.where(gap < 0, 0, np.where(ang > 0, 1, 2))
    idx = np.concatenate([np.where(y == k)[0][:300] for k in range(3)])
    r.shuffle(idx)
    x, y = x[idx].astype("float32"), y[idx].astype("int32")
    m = keras.Sequential(
        [
            keras.Input((3,)),
            layers.Dense(64, activation="relu"),
            layers.Dense(32, activation="relu"),
            layers.Dense(3, activation="softmax"),
        ]
    )
    m.compile(optimizer=keras.optimizers.Adam(), loss="sparse_categorical_crossentropy")
    return m, x, y


def mlp_loan(seed: int) -> Built:
    """Loan approval from six standardised columns, with one rule-like interaction."""
    r = np.random.default_rng(4102)
    n = 1000
    income = r.lognormal(10.5, 0.5, n)
    debt = income * r.beta(2, 4, n)
    age = r.uniform(18, 75, n)
    years = np.minimum(r.exponential(6, n), age - 17)
    late = r.poisson(1.2, n)
    own = r.integers(0, 2, n)
    score = (
        1.6 * np.log(income / 36000)
        - 5 * (debt / income - 0.33)
        + 0.12 * (years - 5)
        - 0.9 * (late - 1.2) * (1 - 0.6 * own)
        + 0.5 * own
    )
    y = (score + r.normal(0, 0.25, n) > 0.2).astype("float32")
    x = _std(np.stack([income, debt, age, years, late, own], 1))
    m = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(32, activation="relu"),
            layers.Dense(16, activation="relu"),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    m.compile(optimizer=keras.optimizers.SGD(), loss="binary_crossentropy")
    return m, x, y


def cnn_glyphs(seed: int) -> Built:
    """12x12 drawings of L, T, plus and X at random places with clutter."""
    r = np.random.default_rng(4103)
    n = 640
    g = np.zeros((4, 5, 5))
    g[0, :, 0] = g[0, 4, :] = 1
    g[1, 0, :] = g[1, :, 2] = 1
    g[2, 2, :] = g[2, :, 2] = 1
    for i in range(5):
        g[3, i, i] = g[3, i, 4 - i] = 1
    y = r.integers(0, 4, n).astype("int32")
    x = np.abs(r.normal(0, 0.12, (n, 12, 12, 1)))
    for i in range(n):
        a, b = r.integers(0, 8, 2)
        x[i, a : a + 5, b : b + 5, 0] += g[y[i]] * r.uniform(0.7, 1.0)
    x = np.clip(x, 0, 1).astype("float32")
    m = keras.Sequential(
        [
            keras.Input((12, 12, 1)),
            layers.Conv2D(8, 3, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling2D(),
            layers.Conv2D(16, 3, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Flatten(),
            layers.Dense(4, activation="softmax"),
        ]
    )
    m.compile(optimizer=keras.optimizers.SGD(momentum=0.9), loss="sparse_categorical_crossentropy")
    return m, x, y


def cnn_cellular(seed: int) -> Built:
    """Space-time images of elementary cellular automata: which of five rules made it?"""
    r = np.random.default_rng(4104)
    n, rules = 500, (30, 90, 110, 150, 184)
    y = r.integers(0, 5, n)
    x = np.zeros((n, 14, 14, 1), "float32")
    for i in range(n):
        tab = np.array([(rules[y[i]] >> k) & 1 for k in range(8)])
        row = r.integers(0, 2, 14)
        for t in range(14):
            x[i, t, :, 0] = row
            row = tab[4 * np.roll(row, 1) + 2 * row + np.roll(row, -1)]
    flip = r.random(x.shape) < 0.01
    x = np.where(flip, 1 - x, x).astype("float32")
    m = keras.Sequential(
        [
            keras.Input((14, 14, 1)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.Conv2D(16, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.GlobalAveragePooling2D(),
            layers.Dense(5),
        ]
    )
    m.compile(optimizer=keras.optimizers.Adam(), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return m, x, y.astype("int32")


def lstm_regime(seed: int) -> Built:
    """Noise series that either drifts persistently, is independent, or alternates."""
    r = np.random.default_rng(4105)
    n, T = 800, 20
    y = r.integers(0, 3, n)
    phi = np.array([-0.9, 0.0, 0.95])[y]
    e = r.normal(0, 1, (n, T))
    x = np.zeros((n, T))
    x[:, 0] = e[:, 0]
    for t in range(1, T):
        x[:, t] = phi * x[:, t - 1] + np.sqrt(1 - phi**2) * e[:, t]
    m = keras.Sequential(
        [keras.Input((T, 1)), layers.LSTM(24), layers.Dense(16, activation="relu"), layers.Dense(3, activation="softmax")]
    )
    m.compile(optimizer=keras.optimizers.RMSprop(), loss="sparse_categorical_crossentropy")
    return m, x[..., None].astype("float32"), y.astype("int32")


def gru_tank(seed: int) -> Built:
    """Inflow and valve state per hour; predict the final level of a leaking tank."""
    r = np.random.default_rng(4106)
    n, T = 700, 16
    inflow = r.gamma(1.5, 0.4, (n, T))
    valve = (r.random((n, T)) < 0.3).astype(float)
    lev = np.zeros(n)
    for t in range(T):
        lev = np.minimum(0.9 * lev + inflow[:, t], 4.0) * (1 - 0.5 * valve[:, t])
    x = np.stack([inflow, valve], -1).astype("float32")
    m = keras.Sequential([keras.Input((T, 2)), layers.GRU(24), layers.Dense(1)])
    m.compile(optimizer=keras.optimizers.Adam(), loss="mse")
    return m, x, lev.astype("float32")[:, None]


def text_topics(seed: int) -> Built:
    """Bag-like 'articles' of 30 word ids, four topics sharing half of their words."""
    r = np.random.default_rng(4107)
    n, V, L = 900, 400, 30
    p = np.zeros((4, V))
    common = 1.0 / np.arange(1, V)
    for k in range(4):
        t = np.zeros(V - 1)
        t[r.choice(V - 1, 60, replace=False)] = r.gamma(1.0, 1.0, 60)
        p[k, 1:] = 0.55 * common / common.sum() + 0.45 * t / t.sum()
    y = r.integers(0, 4, n)
    x = np.zeros((n, L), "int32")
    for i in range(n):
        k = r.integers(18, L + 1)
        x[i, :k] = r.choice(V, k, p=p[y[i]])
    m = keras.Sequential(
        [
            keras.Input((L,), dtype="int32"),
            layers.Embedding(V, 32),
            layers.GlobalAveragePooling1D(),
            layers.Dense(32, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(4, activation="softmax"),
        ]
    )
    m.compile(optimizer=keras.optimizers.AdamW(), loss="sparse_categorical_crossentropy")
    return m, x, y.astype("int32")


def mixtures_autoencoder_rmsprop(seed: int) -> Built:
    """Emission spectra: mixtures of five element line patterns, compressed to 6 numbers."""
    r = np.random.default_rng(4108)
    n, D = 800, 48
    grid = np.arange(D)
    base = np.zeros((5, D))
    for k in range(5):
        for c in r.uniform(0, D, 5):
            base[k] += r.uniform(0.3, 1) * np.exp(-0.5 * ((grid - c) / 1.5) ** 2)
    x = r.dirichlet(np.full(5, 0.6), n) @ base
    x = np.clip(x / base.max() + r.normal(0, 0.01, (n, D)), 0, 1).astype("float32")
    m = keras.Sequential(
        [
            keras.Input((D,)),
            layers.Dense(32, activation="relu"),
            layers.Dense(6, activation="relu"),
            layers.Dense(32, activation="relu"),
            layers.Dense(D, activation="sigmoid"),
        ]
    )
    m.compile(optimizer=keras.optimizers.RMSprop(), loss="mse")
    return m, x, x


def regression_rent(seed: int) -> Built:
    """Monthly rent in euros (raw, about 300 to 2500) from standardised flat data."""
    r = np.random.default_rng(4109)
    n = 600
    area = r.gamma(6, 11, n) + 15
    dist = r.exponential(4, n)
    floor = r.integers(0, 8, n)
    lift = r.integers(0, 2, n)
    built = r.integers(1900, 2024, n)
    rent = 180 + 11 * area * np.exp(-0.06 * dist) - 25 * floor * (1 - lift) + 0.05 * (built - 1960) ** 2 + r.normal(0, 40, n)
    x = _std(np.stack([area, dist, floor, lift, built], 1))
    m = keras.Sequential(
        [keras.Input((5,)), layers.Dense(64, activation="relu"), layers.Dense(64, activation="relu"), layers.Dense(1)]
    )
    m.compile(optimizer=keras.optimizers.RMSprop(), loss="mae")
    return m, x, rent.astype("float32")[:, None]


def regression_braking(seed: int) -> Built:
    """Stopping distance in metres (raw, about 5 to 150) from speed, friction, slope, reaction."""
    r = np.random.default_rng(4110)
    n = 900
    v = r.uniform(5, 30, n)
    mu = r.uniform(0.4, 0.9, n)
    slope = r.normal(0, 0.04, n)
    react = r.gamma(8, 0.12, n)
    d = v * react + v**2 / (2 * 9.81 * (mu + slope)) + r.normal(0, 1.5, n)
    x = _std(np.stack([v, mu, slope, react], 1))
    m = keras.Sequential(
        [keras.Input((4,)), layers.Dense(32, activation="relu"), layers.Dense(32, activation="relu"), layers.Dense(1)]
    )
    m.compile(optimizer=keras.optimizers.SGD(), loss="mse")
    return m, x, d.astype("float32")[:, None]


def attention_lookup(seed: int) -> Built:
    """Ten (key, value) tokens, one of them flagged; report the flagged token's value class."""
    r = np.random.default_rng(4111)
    n, T = 900, 10
    val = r.integers(0, 5, (n, T))
    pos = r.integers(0, T, n)
    x = np.zeros((n, T, 8), "float32")
    x[..., :5] = np.eye(5)[val]
    x[np.arange(n), pos, 5] = 1.0
    x[..., 6:] = r.normal(0, 0.5, (n, T, 2))
    y = val[np.arange(n), pos].astype("int32")
    i = keras.Input((T, 8))
    h = layers.Dense(32)(i)
    a = layers.MultiHeadAttention(num_heads=2, key_dim=16)(h, h)
    h = layers.LayerNormalization()(layers.Add()([h, a]))
    f = layers.Dense(32, activation="relu")(h)
    h = layers.LayerNormalization()(layers.Add()([h, f]))
    h = layers.GlobalMaxPooling1D()(h)
    m = keras.Model(i, layers.Dense(5, activation="softmax")(h))
    m.compile(optimizer=keras.optimizers.AdamW(weight_decay=0.01), loss="sparse_categorical_crossentropy")
    return m, x, y


def deep_mlp_arm(seed: int) -> Built:
    """Seven-layer MLP: hand position (x, y) of a three-joint arm from its joint angles."""
    r = np.random.default_rng(4112)
    n = 1200
    th = r.uniform(-1.3, 1.3, (n, 3))
    c = np.cumsum(th, 1)
    ln = np.array([1.0, 0.7, 0.4])
    y = np.stack([(ln * np.cos(c)).sum(1), (ln * np.sin(c)).sum(1)], 1)
    y += r.normal(0, 0.02, y.shape)
    m = keras.Sequential([keras.Input((3,))] + [layers.Dense(32, activation="relu") for _ in range(6)] + [layers.Dense(2)])
    m.compile(optimizer=keras.optimizers.SGD(momentum=0.9), loss="mse")
    return m, th.astype("float32"), y.astype("float32")


THIRD: dict[str, Callable[[int], Built]] = {
    f.__name__: f
    for f in (
        mlp_triangle,
        cnn_bn_pips,
        cnn_seven_segment,
        lstm_leaky_tank,
        gru_walk_quadrant,
        text_tickets,
        autoencoder_spectra,
        regression_bike_rentals,
        tabular_loans,
        conv1d_heartbeat,
        two_input_dating,
        softmax_languages,
    )
}
FOURTH: dict[str, Callable[[int], Built]] = {
    f.__name__: f
    for f in (
        triangle_kinds_adam,
        mlp_loan,
        cnn_glyphs,
        cnn_cellular,
        lstm_regime,
        gru_tank,
        text_topics,
        mixtures_autoencoder_rmsprop,
        regression_rent,
        regression_braking,
        attention_lookup,
        deep_mlp_arm,
    )
}
