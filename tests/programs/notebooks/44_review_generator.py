# %%
import numpy as np
import keras
from keras import layers
import tensorflow as tf

keras.utils.set_random_seed(11)

# %%
positive = "great lovely superb tasty friendly cosy perfect delicious warm excellent fresh".split()
negative = "awful rude cold bland dirty slow horrible stale noisy terrible greasy".split()
neutral = ("the food was waiter we table came with our menu evening and place at dinner had a "
           "very restaurant service drinks dessert for me my family").split()

rng = np.random.default_rng(5)
def review(label):
    own, other = (positive, negative) if label else (negative, positive)
    words = list(rng.choice(neutral, 14)) + list(rng.choice(own, 2)) + list(rng.choice(other, 1))
    rng.shuffle(words)
    return " ".join(words)

labels = rng.integers(0, 2, 1600)
texts = np.array([review(l) for l in labels])
train_texts, test_texts = texts[:1280], texts[1280:]
train_labels, test_labels = labels[:1280], labels[1280:]

# %%
vectorize = layers.TextVectorization(max_tokens=500, output_sequence_length=20)
vectorize.adapt(train_texts)
train_ids = vectorize(train_texts).numpy()
test_ids = vectorize(test_texts).numpy()

# %%
BATCH = 64
def batches(ids, y):
    order = np.random.permutation(len(ids))
    for start in range(0, len(ids), BATCH):
        take = order[start:start + BATCH]
        yield ids[take], y[take]

steps = len(train_ids) // BATCH

# %%
model = keras.Sequential([
    layers.Input((20,)),
    layers.Embedding(500, 16),
    layers.GlobalAveragePooling1D(),
    layers.Dense(16, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer=keras.optimizers.Adam(5e-3), loss="binary_crossentropy", metrics=["accuracy"])

# %% train
history = model.fit(batches(train_ids, train_labels), steps_per_epoch=steps, epochs=12,
                    validation_data=(test_ids, test_labels), verbose=2)

# %%
loss, acc = model.evaluate(test_ids, test_labels, verbose=0)
print("test accuracy:", round(acc, 3))
