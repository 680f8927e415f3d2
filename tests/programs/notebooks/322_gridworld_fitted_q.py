# %%
import numpy as np
import keras
from keras import layers

# %% 5x5 warehouse grid, goal bottom right, pits cost -1
rng = np.random.default_rng(14)
G, GOAL, PITS = 5, (4, 4), {(1, 3), (3, 1), (2, 2)}
MOVES = [(-1, 0), (1, 0), (0, -1), (0, 1)]

def act(s, a):
    n = (min(max(s[0] + MOVES[a][0], 0), G - 1), min(max(s[1] + MOVES[a][1], 0), G - 1))
    if n == GOAL:
        return n, 1.0, True
    if n in PITS:
        return n, -1.0, True
    return n, -0.02, False

def one_hot(s):
    v = np.zeros(G * G, "float32")
    v[s[0] * G + s[1]] = 1
    return v

# %% random-walk log of the old controller
free = [(i, j) for i in range(G) for j in range(G) if (i, j) != GOAL and (i, j) not in PITS]
log = []
for _ in range(1500):
    s, a = free[rng.integers(len(free))], int(rng.integers(4))
    n, r, end = act(s, a)
    log.append((one_hot(s), a, r, one_hot(n), end))
S, A, R, S2, D = map(np.array, zip(*log))

# %%
keras.utils.set_random_seed(14)
q = keras.Sequential([keras.Input((G * G,)), layers.Dense(64, activation="relu"), layers.Dense(4)])
q.compile(optimizer=keras.optimizers.Adam(3e-3), loss=keras.losses.Huber())
gamma = 0.95

# %% train
for sweep in range(20):
    target = q.predict(S, verbose=0, batch_size=512)
    boot = R + gamma * q.predict(S2, verbose=0, batch_size=512).max(axis=1) * (1.0 - D)
    target[np.arange(len(A)), A] = boot
    h = q.fit(S, target, epochs=3, batch_size=64, verbose=0)
    print(sweep, "loss", round(h.history["loss"][-1], 4), "mean maxQ", round(float(target.max(1).mean()), 3))

# %%
policy = {s: int(q.predict(one_hot(s)[None], verbose=0).argmax()) for s in free}
reached = 0
for s in free:
    for _ in range(20):
        s, r, end = act(s, policy[s])
        if end:
            reached += r > 0
            break
print("start cells from which the goal is reached:", reached / len(free))
