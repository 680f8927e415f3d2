import keras
import numpy as np
from keras import layers

SOURCE = "style of course notebooks on headline classification"
TITLE = "Headlines padded to 40 although most have 6-10 words, table of 1000 for 300 words, heavy dropout: still fine?"
TASK = "classification"


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    topic = np.random.default_rng(31).dirichlet(np.full(300, 0.1), 4)
    y = rng.integers(0, 4, 2000)
    heads = [rng.choice(300, rng.integers(6, 11), p=0.8 * topic[k] + 0.2 / 300) + 2 for k in y]
    x = keras.utils.pad_sequences(heads, maxlen=40, padding="post", value=0)
    emb = keras.Input((40,), dtype="int32")
    h = layers.Embedding(1000, 24, mask_zero=True)(emb)      # table larger than today's vocabulary
    h = layers.GlobalAveragePooling1D()(h)
    h = layers.Dropout(0.5)(h)
    h = layers.Dense(32, activation="relu")(h)
    h = layers.Dropout(0.5)(h)
    model = keras.Model(emb, layers.Dense(4)(h))
    model.compile(keras.optimizers.Adam(0.004), keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return dict(model=model, x=x, y=y.astype("int32"), fit=dict(epochs=14, batch_size=32, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.88)
