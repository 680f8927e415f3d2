# %% [markdown]
# # Gearbox condition from vibration snippets
# 1-D convolutional net with squeeze-and-excite blocks, warm-up and cosine decay.

# %%
import numpy as np
import keras
from keras import layers, ops
from sklearn.metrics import classification_report
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(23)

CFG = {
    "length": 128,
    "widths": [16, 32, 48],
    "optimizer": {"lr": 2e-3, "warmup_epochs": 3, "epochs": 20},
    "batch": 64,
}
STATES = ["healthy", "worn tooth", "misaligned", "loose mount"]


def snippets(n=2400, seed=6):
    rng = np.random.default_rng(seed)
    t = np.arange(CFG["length"]) / 1000.0
    X, y = [], []
    for _ in range(n):
        k = rng.integers(4)
        f = rng.normal(60, 3)
        ph = rng.uniform(0, 2 * np.pi, 3)
        s = np.sin(2 * np.pi * f * t + ph[0])
        if k == 1:
            s = s + 0.9 * (np.sin(2 * np.pi * f / 3 * t + ph[1]) > 0.95) * rng.normal(0, 2, len(t))
        if k == 2:
            s = s + 0.45 * np.sin(4 * np.pi * f * t + ph[1])
        if k == 3:
            s = s * (1 + 0.5 * np.sin(2 * np.pi * 14 * t + ph[2]))
        X.append(s + rng.normal(0, 0.45, len(t)))
        y.append(k)
    return np.array(X, "float32")[..., None], np.array(y)


X, y = snippets()
x_train, x_val, y_train, y_val = train_test_split(X, y, test_size=0.2, stratify=y, random_state=1)
mean, std = x_train.mean(), x_train.std()
x_train, x_val = (x_train - mean) / std, (x_val - mean) / std
print(x_train.shape, x_val.shape)


# %%
class WarmupCosine(keras.optimizers.schedules.LearningRateSchedule):
    """Linear warm-up to the peak, then half a cosine down to zero."""

    def __init__(self, peak, warmup, total):
        self.peak, self.warmup, self.total = peak, warmup, total

    def __call__(self, step):
        step = ops.cast(step, "float32")
        ramp = self.peak * (step + 1.0) / self.warmup
        progress = ops.clip((step - self.warmup) / (self.total - self.warmup), 0.0, 1.0)
        cosine = self.peak * 0.5 * (1.0 + ops.cos(np.pi * progress))
        return ops.where(step < self.warmup, ramp, cosine)

    def get_config(self):
        return {"peak": self.peak, "warmup": self.warmup, "total": self.total}


def se_block(x, filters, ratio=4):
    h = layers.Conv1D(filters, 9, padding="same", use_bias=False)(x)
    h = layers.LayerNormalization()(h)
    h = layers.Activation("swish")(h)
    w = layers.GlobalAveragePooling1D(keepdims=True)(h)
    w = layers.Dense(filters // ratio, activation="relu")(w)
    w = layers.Dense(filters, activation="sigmoid")(w)
    return layers.MaxPooling1D(2)(layers.Multiply()([h, w]))


def build():
    inp = keras.Input((CFG["length"], 1))
    x = inp
    for width in CFG["widths"]:
        x = se_block(x, width)
    x = layers.GlobalMaxPooling1D()(x)
    x = layers.Dropout(0.1)(x)
    out = layers.Dense(len(STATES), activation="softmax")(x)
    opt = CFG["optimizer"]
    schedule = WarmupCosine(opt["lr"], opt["warmup_epochs"], opt["epochs"])
    model = keras.Model(inp, out)
    model.compile(optimizer=keras.optimizers.AdamW(schedule, weight_decay=1e-4),
                  loss="sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    return model


# %% train
model = build()
history = model.fit(x_train, y_train, validation_data=(x_val, y_val), batch_size=CFG["batch"],
                    epochs=CFG["optimizer"]["epochs"], verbose=2)

# %%
print(classification_report(y_val, model.predict(x_val, verbose=0).argmax(1), target_names=STATES, zero_division=0))
