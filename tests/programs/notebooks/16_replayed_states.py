# %%
# DQN: small robot on a 5x5 warehouse floor has to reach the charger
import random
from collections import deque
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

SEED = 0
random.seed(SEED); np.random.seed(SEED); tf.random.set_seed(SEED)

# %%
class Warehouse:
    SIZE, MOVES = 5, [(-1, 0), (1, 0), (0, -1), (0, 1)]
    shelves = {(1, 1), (1, 3), (3, 2)}
    goal = (4, 4)

    def reset(self):
        while True:
            self.pos = (random.randrange(5), random.randrange(5))
            if self.pos != self.goal and self.pos not in self.shelves:
                break
        self.t = 0
        return self.obs()

    def obs(self):
        o = np.zeros(25, "float32")
        o[self.pos[0] * 5 + self.pos[1]] = 1
        return o

    def step(self, a):
        self.t += 1
        y, x = self.pos[0] + self.MOVES[a][0], self.pos[1] + self.MOVES[a][1]
        reward = -0.02
        if 0 <= y < 5 and 0 <= x < 5 and (y, x) not in self.shelves:
            self.pos = (y, x)
        else:
            reward = -0.1
        done = self.pos == self.goal
        if done:
            reward = 1.0
        return self.obs(), reward, done or self.t >= 30, done

# %%
def q_net():
    return keras.Sequential([keras.Input((25,)), layers.Dense(64, activation="relu"), layers.Dense(4)])

model, target_model = q_net(), q_net()
target_model.set_weights(model.get_weights())
opt = keras.optimizers.Adam(2e-3)
GAMMA, BATCH = 0.95, 64
memory = deque(maxlen=5000)

@tf.function
def learn(s, a, r, s2, terminal):
    q_next = tf.reduce_max(target_model(s2), axis=1)
    target = r + GAMMA * (1.0 - terminal) * q_next
    with tf.GradientTape() as tape:
        q = tf.reduce_sum(model(s) * tf.one_hot(a, 4), axis=1)
        loss = tf.reduce_mean(tf.square(target - q))
    g = tape.gradient(loss, model.trainable_variables)
    opt.apply_gradients(zip(g, model.trainable_variables))
    return loss

@tf.function
def q_values(s):
    return model(s)

# %% train
env = Warehouse()
eps, steps, returns = 1.0, 0, []
for episode in range(220):
    state = env.reset()
    total, end = 0.0, False
    while not end:
        if random.random() < eps:
            action = random.randrange(4)
        else:
            action = int(np.argmax(q_values(state[None])[0]))
        next_state, reward, end, terminal = env.step(action)
        state = next_state
        memory.append((state, action, reward, next_state, float(terminal)))
        total += reward
        steps += 1
        if len(memory) >= 200 and steps % 2 == 0:
            s, a, r, s2, d = map(np.array, zip(*random.sample(memory, BATCH)))
            learn(s, a.astype("int32"), r.astype("float32"), s2, d.astype("float32"))
        if steps % 100 == 0:
            target_model.set_weights(model.get_weights())
    eps = max(0.05, eps * 0.98)
    returns.append(total)
    if episode % 20 == 0:
        print(f"episode {episode:4d} eps {eps:.2f} mean return {np.mean(returns[-20:]):.2f}")

# %%
ok = 0
for _ in range(100):
    s, end = env.reset(), False
    while not end:
        s, r, end, terminal = env.step(int(np.argmax(q_values(s[None])[0])))
    ok += terminal
print("charger reached in", ok, "of 100 greedy runs")
