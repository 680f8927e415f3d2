# %%
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(34)
rng = np.random.default_rng(34)

# %%
good = ["great", "lovely", "superb", "enjoyed", "fun"]
bad = ["awful", "boring", "poor", "hated", "dull"]
filler = ["the", "film", "was", "and", "a", "story", "actor", "with", "music", "it", "scene", "plot"]
texts, labels = [], []
for _ in range(1000):
    label = int(rng.integers(0, 2))
    words = list(rng.choice(filler, rng.integers(3, 9))) + list(rng.choice(good if label else bad, 2))
    rng.shuffle(words)
    texts.append(" ".join(words))
    labels.append(label)
vocab = {w: i + 1 for i, w in enumerate(sorted(set(" ".join(texts).split())))}
maxlen = 200
encoded = [[vocab[w] for w in t.split()] for t in texts]
x = keras.utils.pad_sequences(encoded, maxlen=maxlen, padding="post")
y = np.array(labels)
x_train, y_train, x_test, y_test = x[:800], y[:800], x[800:], y[800:]

# %%
model = keras.Sequential([
    layers.Input((maxlen,)),
    layers.Embedding(len(vocab) + 1, 16),
    layers.SimpleRNN(16),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])

# %% train
history = model.fit(x_train, y_train, epochs=6, batch_size=32, validation_data=(x_test, y_test), verbose=0)

# %%
print(model.evaluate(x_test, y_test, verbose=0))
