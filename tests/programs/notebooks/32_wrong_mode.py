# %% [markdown]
# # Subscription churn
# 4,000 accounts, 24 usage features, roughly 35 % churn within 90 days.

# %%
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.datasets import make_classification
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(17)

# %%
X, y = make_classification(
    n_samples=4000, n_features=24, n_informative=12, n_redundant=4, n_clusters_per_class=4,
    weights=[0.65], class_sep=0.9, flip_y=0.02, random_state=17,
)
accounts = pd.DataFrame(X, columns=[f"usage_{i:02d}" for i in range(24)])
accounts["churned"] = y
print(accounts.churned.value_counts(normalize=True))

# %%
train, test = train_test_split(accounts, test_size=0.2, stratify=accounts.churned, random_state=17)
train, val = train_test_split(train, test_size=0.2, stratify=train.churned, random_state=17)
cols = [c for c in accounts if c.startswith("usage_")]
scaler = StandardScaler().fit(train[cols])
Xs = {k: scaler.transform(v[cols]).astype("float32") for k, v in dict(train=train, val=val, test=test).items()}
ys = {k: v.churned.to_numpy("float32") for k, v in dict(train=train, val=val, test=test).items()}


# %%
def build():
    inp = keras.Input((24,))
    x = layers.Dense(64, activation="relu")(inp)
    x = layers.Dropout(0.1)(x)
    x = layers.Dense(32, activation="relu")(x)
    out = layers.Dense(1, activation="sigmoid")(x)
    m = keras.Model(inp, out)
    m.compile(
        optimizer=keras.optimizers.Adam(5e-4),
        loss="binary_crossentropy",
        metrics=[keras.metrics.AUC(name="auc"), "accuracy"],
    )
    return m


model = build()

# %% train
callbacks = [
    keras.callbacks.EarlyStopping(monitor="val_auc", mode="min", patience=4, restore_best_weights=True, verbose=1),
]
history = model.fit(
    Xs["train"], ys["train"], validation_data=(Xs["val"], ys["val"]),
    epochs=40, batch_size=64, callbacks=callbacks, verbose=2,
)

# %%
p = model.predict(Xs["test"], verbose=0).ravel()
print("epochs run:", len(history.epoch))
print("test AUC:", roc_auc_score(ys["test"], p), " accuracy:", ((p > 0.5) == ys["test"]).mean())
