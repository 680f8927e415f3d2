# %%
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(14)

# %%
# short chat messages -> does the customer want to cancel?
rng = np.random.default_rng(14)
verbs = {1: ["cancel", "terminate", "stop", "quit", "end"], 0: ["extend", "upgrade", "renew", "keep", "change"]}
filler = "please i want to my the subscription contract plan today now could you help with account line".split()
vocab = {w: i + 1 for i, w in enumerate(sorted(set(filler) | set(verbs[0]) | set(verbs[1])))}

def message(label):
    n = rng.integers(5, 10)
    words = list(rng.choice(filler, n))
    words[rng.integers(0, n)] = rng.choice(verbs[label])
    return [vocab[w] for w in words]

y = rng.integers(0, 2, 1600)
seqs = [message(l) for l in y]
X = keras.utils.pad_sequences(seqs, maxlen=120, padding="post")
X_train, y_train, X_test, y_test = X[:1200], y[:1200], X[1200:], y[1200:]
print(X[0])

# %%
model = keras.Sequential([
    layers.Input((120,)),
    layers.Embedding(len(vocab) + 1, 16),
    layers.LSTM(24),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer=keras.optimizers.Adam(5e-3), loss="binary_crossentropy", metrics=["accuracy"])

# %% train
model.fit(X_train, y_train, epochs=8, batch_size=32, validation_data=(X_test, y_test), verbose=2)

# %%
print("test accuracy:", round(model.evaluate(X_test, y_test, verbose=0)[1], 3))
