# %%
import random
import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

random.seed(7)
tf.random.set_seed(7)

# %% small review generator (the real file can't leave the company laptop)
things = "room bed shower breakfast staff lobby view parking pool wifi towels balcony sauna bar elevator location carpet minibar".split()
good = "spotless cozy friendly quiet delicious lovely bright generous helpful charming modern fresh comfy superb".split()
bad = "filthy noisy rude cold stale broken cramped smelly slow moldy overpriced stained gloomy awful".split()
filler = "we stayed two nights in march with kids and the honestly overall really also again quite there was when arrived".split()

def review(pos):
    w = []
    for _ in range(random.randint(3, 6)):
        w += random.sample(filler, random.randint(2, 4))
        pool = good if random.random() < (0.82 if pos else 0.18) else bad
        w += [random.choice(things), random.choice(pool)]
    return " ".join(w)

labels = [random.randint(0, 1) for _ in range(2600)]
texts = [review(l) for l in labels]
train_texts, val_texts = texts[:2000], texts[2000:]
y_train, y_val = np.array(labels[:2000]), np.array(labels[2000:])

# %%
MAXLEN, VOCAB = 48, 400

def encode(corpus):
    vectorizer = layers.TextVectorization(max_tokens=VOCAB, output_sequence_length=MAXLEN)
    vectorizer.adapt(corpus)
    return vectorizer(tf.constant(corpus)).numpy()

X_train = encode(train_texts)
X_val = encode(val_texts)

# %%
clf = tf.keras.Sequential([
    layers.Input((MAXLEN,)),
    layers.Embedding(VOCAB, 16),
    layers.GlobalAveragePooling1D(),
    layers.Dense(16, activation="relu"),
    layers.Dropout(0.3),
    layers.Dense(1, activation="sigmoid"),
])
clf.compile(loss="binary_crossentropy", optimizer=tf.keras.optimizers.Adam(3e-3), metrics=["accuracy"])

# %% train
h = clf.fit(X_train, y_train, epochs=12, batch_size=32, validation_data=(X_val, y_val), verbose=2)

# %%
print("validation accuracy:", clf.evaluate(X_val, y_val, verbose=0)[1])
