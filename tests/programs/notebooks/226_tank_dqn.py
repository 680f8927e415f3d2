# %% [markdown]
# # Level control of a buffer tank with DQN
# Three valve actions, the reward is the negative distance to the set point.

# %%
import random
from collections import deque

import numpy as np
import tensorflow as tf
import keras
from keras import layers

keras.utils.set_random_seed(1)

HP = dict(episodes=130, steps=40, gamma=0.95, lr=1e-3, batch=64, memory=6000, warmup=300,
          eps_start=1.0, eps_end=0.05, eps_decay=2500, sync=150)


# %%
class TankEnv:
    """State: level error, flow, disturbance. Actions: close, hold, open."""

    def __init__(self, seed=0):
        self.rng = np.random.default_rng(seed)

    def reset(self):
        self.t = 0
        self.state = np.array([self.rng.uniform(-1.5, 1.5), 0.0, self.rng.normal(0, 0.1)], "float32")
        return self.state

    def step(self, action):
        s = self.state
        s[1] = 0.8 * s[1] + 0.12 * (action - 1)
        s[0] = s[0] + s[1] + 0.3 * s[2]
        s[2] = 0.9 * s[2] + self.rng.normal(0, 0.03)
        self.t += 1
        overflow = abs(s[0]) > 2.5
        reward = -abs(float(s[0])) - (10.0 if overflow else 0.0)
        return self.state, reward, bool(overflow), self.t >= HP["steps"]


class ReplayMemory:
    def __init__(self, size):
        self.data = deque(maxlen=size)

    def add(self, *transition):
        self.data.append(transition)

    def sample(self, n):
        s, a, r, s2, end = zip(*random.sample(self.data, n))
        return (np.array(s, "float32"), np.array(a, "int32"), np.array(r, "float32"),
                np.array(s2, "float32"), np.array(end, "float32"))


def q_network():
    return keras.Sequential([
        keras.Input((3,)),
        layers.Dense(48, activation="relu"),
        layers.Dense(48, activation="relu"),
        layers.Dense(3),
    ])


class Agent:
    def __init__(self):
        self.online, self.target = q_network(), q_network()
        self.target.set_weights(self.online.get_weights())
        self.opt = keras.optimizers.Adam(HP["lr"])
        self.opt.build(self.online.trainable_variables)
        self.huber = keras.losses.Huber()

    @tf.function
    def q(self, s):
        return self.online(s)

    def act(self, s, eps):
        if np.random.random() < eps:
            return np.random.randint(3)
        return int(np.argmax(self.q(tf.constant(s[None]))[0]))

    @tf.function
    def learn(self, s, a, r, s2, end):
        best = tf.argmax(self.online(s2), axis=1, output_type=tf.int32)
        nxt = tf.gather(self.target(s2), best, batch_dims=1)
        goal = r + HP["gamma"] * (1.0 - end) * nxt
        with tf.GradientTape() as tape:
            q = tf.gather(self.online(s), a, batch_dims=1)
            loss = self.huber(goal[:, None], q[:, None])
        grads = tape.gradient(loss, self.online.trainable_variables)
        self.opt.apply_gradients(zip(grads, self.online.trainable_variables))
        return loss


# %% train
env, agent, memory = TankEnv(), Agent(), ReplayMemory(HP["memory"])
returns, losses, step = [], [], 0
for episode in range(HP["episodes"]):
    s, total, finished = env.reset(), 0.0, False
    while not finished:
        eps = max(HP["eps_end"], HP["eps_start"] - step / HP["eps_decay"])
        a = agent.act(s, eps)
        s2, r, overflow, timeout = env.step(a)
        memory.add(s, a, r, s2, overflow)
        s, total, finished = s2, total + r, overflow or timeout
        step += 1
        if len(memory.data) >= HP["warmup"]:
            losses.append(float(agent.learn(*map(tf.constant, memory.sample(HP["batch"])))))
        if step % HP["sync"] == 0:
            agent.target.set_weights(agent.online.get_weights())
    returns.append(total)
    if (episode + 1) % 10 == 0:
        print("episode %3d  return %7.2f  eps %.2f  loss %.4f"
              % (episode + 1, np.mean(returns[-10:]), eps, np.mean(losses[-200:] or [np.nan])))


# %%
def evaluate(policy, n=30):
    env, out = TankEnv(seed=77), []
    for _ in range(n):
        s, total, finished = env.reset(), 0.0, False
        while not finished:
            s, r, overflow, timeout = env.step(policy(s))
            total, finished = total + r, overflow or timeout
        out.append(total)
    return np.mean(out)


print("agent ", evaluate(lambda s: agent.act(s, 0.0)))
print("random", evaluate(lambda s: np.random.randint(3)))
print("hold  ", evaluate(lambda s: 1))
