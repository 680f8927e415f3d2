# %%
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.metrics import average_precision_score, recall_score, precision_score

keras.utils.set_random_seed(13)

# %%
# defective bearings, about 2 % positives
rng = np.random.default_rng(13)
n = 9000
y = (rng.random(n) < 0.02).astype("int32")
X = rng.normal(0, 1, (n, 12))
X[:, 0] += 1.6 * y
X[:, 3] += 1.2 * y
X[:, 7] *= 1 + 0.9 * y
X[:, 9] -= 1.0 * y
print("share of defects", y.mean())

X_tr, X_te, y_tr, y_te = train_test_split(X, y, stratify=y, test_size=0.3, random_state=13)
X_tr, X_va, y_tr, y_va = train_test_split(X_tr, y_tr, stratify=y_tr, test_size=0.2, random_state=13)
sc = StandardScaler().fit(X_tr)
X_tr, X_va, X_te = sc.transform(X_tr), sc.transform(X_va), sc.transform(X_te)

# %%
neg, pos = np.bincount(y_tr)
class_weight = {0: len(y_tr) / (2 * neg), 1: len(y_tr) / (2 * pos)}
print(class_weight)

model = keras.Sequential([
    keras.Input((12,)),
    layers.Dense(24, activation="relu", kernel_regularizer=keras.regularizers.l2(1e-3)),
    layers.Dropout(0.3),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(
    optimizer=keras.optimizers.Adam(1e-3),
    loss="binary_crossentropy",
    metrics=["accuracy", keras.metrics.AUC(curve="PR", name="pr_auc"), keras.metrics.Recall(name="recall")],
)
stop = keras.callbacks.EarlyStopping("val_pr_auc", mode="max", patience=8, restore_best_weights=True)

# %% train
history = model.fit(X_tr, y_tr, validation_data=(X_va, y_va), epochs=30, batch_size=128,
                    class_weight=class_weight, callbacks=[stop], verbose=2)

# %%
p = model.predict(X_te, verbose=0).ravel()
print("AP", average_precision_score(y_te, p), "(random:", y_te.mean(), ")")
print("recall", recall_score(y_te, p > 0.5), "precision", precision_score(y_te, p > 0.5), "acc", ((p > .5) == y_te).mean())
