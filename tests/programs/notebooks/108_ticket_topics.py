# %%
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(45)
rng = np.random.default_rng(45)

# %%
topics = {
    0: ["invoice", "refund", "charge", "payment", "card"],
    1: ["login", "password", "reset", "account", "email"],
    2: ["crash", "error", "slow", "freeze", "bug"],
}
common = ["my", "the", "please", "help", "with", "again", "today", "is", "not", "when", "i", "app"]
docs, y = [], []
for _ in range(1200):
    k = int(rng.integers(0, 3))
    words = list(rng.choice(common, rng.integers(4, 10))) + list(rng.choice(topics[k], rng.integers(1, 4)))
    rng.shuffle(words)
    docs.append(words)
    y.append(k)
index = {w: i + 1 for i, w in enumerate(sorted({w for d in docs for w in d}))}
x = keras.utils.pad_sequences([[index[w] for w in d] for d in docs], maxlen=14)
y = np.array(y)
x_train, y_train, x_test, y_test = x[:900], y[:900], x[900:], y[900:]

# %%
model = keras.Sequential([
    layers.Input((14,)),
    layers.Embedding(len(index) + 1, 16, mask_zero=True),
    layers.GlobalAveragePooling1D(),
    layers.Dense(16, activation="relu"),
    layers.Dense(3, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(0.005), loss="sparse_categorical_crossentropy", metrics=["accuracy"])

# %% train
history = model.fit(x_train, y_train, epochs=15, batch_size=32, validation_data=(x_test, y_test), verbose=0)

# %%
print(model.evaluate(x_test, y_test, verbose=0))
