# %% [markdown]
# # Who will like which recipe
# Thumbs up / down log: 600 users, 300 recipes. Neural matrix factorisation.

# %%
import numpy as np
import pandas as pd
import keras
from keras import layers, regularizers
from sklearn.metrics import roc_auc_score

keras.utils.set_random_seed(14)
rng = np.random.default_rng(14)

# %%
n_users, n_items, k = 600, 300, 5
U = rng.normal(size=(n_users, k))
V = rng.normal(size=(n_items, k))
bu, bi = rng.normal(0, 0.5, n_users), rng.normal(0, 0.7, n_items)
rows = 40000
log = pd.DataFrame({"user": rng.integers(0, n_users, rows), "recipe": rng.integers(0, n_items, rows)}).drop_duplicates()
logit = 0.9 * (U[log.user] * V[log.recipe]).sum(1) + bu[log.user] + bi[log.recipe]
log["like"] = (rng.random(len(log)) < 1 / (1 + np.exp(-logit))).astype("float32")
log = log.sample(frac=1.0, random_state=14).reset_index(drop=True)
split = int(0.85 * len(log))
train, valid = log.iloc[:split], log.iloc[split:]
print(len(train), len(valid), log.like.mean())

# %%
EMB = 16


def tower(name, size):
    inp = keras.Input((1,), dtype="int32", name=name)
    e = layers.Embedding(size, EMB, embeddings_regularizer=regularizers.L2(1e-6), name=f"{name}_emb")(inp)
    b = layers.Embedding(size, 1, name=f"{name}_bias")(inp)
    return inp, layers.Flatten()(e), layers.Flatten()(b)


u_in, u, ub = tower("user", n_users)
r_in, r, rb = tower("recipe", n_items)
dot = layers.Dot(axes=1)([u, r])
deep = layers.Concatenate()([u, r])
deep = layers.Dense(32, activation="relu")(deep)
deep = layers.Dropout(0.3)(deep)
deep = layers.Dense(1)(deep)
prob = layers.Activation("sigmoid", name="like")(layers.Add()([dot, ub, rb, deep]))
model = keras.Model({"user": u_in, "recipe": r_in}, prob)

lr = keras.optimizers.schedules.InverseTimeDecay(initial_learning_rate=1e-3, decay_steps=1, decay_rate=0.9)


def inputs(d):
    return {"user": d.user.to_numpy()[:, None], "recipe": d.recipe.to_numpy()[:, None]}


# %% train
model.compile(optimizer=keras.optimizers.Adam(learning_rate=lr), loss="binary_crossentropy",
              metrics=["accuracy", keras.metrics.AUC(name="auc")])
history = model.fit(inputs(train), train.like.to_numpy(), batch_size=128, epochs=10,
                    validation_data=(inputs(valid), valid.like.to_numpy()), verbose=2)

# %%
p = model.predict(inputs(valid), verbose=0)[:, 0]
print("valid AUC", roc_auc_score(valid.like, p), " scores between", p.min(), "and", p.max())
