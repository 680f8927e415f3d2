# %%
import random
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras.utils import pad_sequences

# %%
# event codes of support calls (menu choice, hold, transfer, ...): will the caller hang up angry?
random.seed(13)
def call():
    n = random.randint(4, 14)
    seq = [random.randint(1, 40) for _ in range(n)]
    score = sum((c <= 8) - (c > 32) for c in seq)
    if score == 0:
        seq[random.randrange(n)] = random.choice([3, 36])
        score = sum((c <= 8) - (c > 32) for c in seq)
    return seq, int(score > 0)

calls, angry = zip(*[call() for _ in range(2400)])
angry = np.array(angry)

# %%
MAX_LEN = 120          # a few very long calls exist in the full export
X = pad_sequences(calls, maxlen=MAX_LEN, padding="post")
X_train, X_val = X[:2000], X[2000:]
y_train, y_val = angry[:2000], angry[2000:]
print(X.shape, angry.mean())

# %%
keras.utils.set_random_seed(13)
model = keras.Sequential([
    layers.Input((MAX_LEN,)),
    layers.Embedding(41, 16),
    layers.LSTM(24),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="binary_crossentropy", metrics=["accuracy"])

# %% train
model.fit(X_train, y_train, validation_data=(X_val, y_val), epochs=8, batch_size=64, verbose=2)

# %%
print("val accuracy", model.evaluate(X_val, y_val, verbose=0)[1])
