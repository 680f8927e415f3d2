# %%
import numpy as np
import keras
from keras import layers
from sklearn.datasets import make_classification
from sklearn.metrics import average_precision_score, balanced_accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.utils.class_weight import compute_class_weight

keras.utils.set_random_seed(101)

# %%
# card transactions, about 4 % fraud
X, y = make_classification(n_samples=6000, n_features=14, n_informative=8, n_redundant=2, weights=[0.96],
                           flip_y=0.003, class_sep=1.6, n_clusters_per_class=1, random_state=101)
X_tr, X_te, y_tr, y_te = train_test_split(X, y, test_size=0.25, stratify=y, random_state=0)
X_tr, X_va, y_tr, y_va = train_test_split(X_tr, y_tr, test_size=0.2, stratify=y_tr, random_state=0)
scaler = StandardScaler().fit(X_tr)
X_tr, X_va, X_te = map(scaler.transform, (X_tr, X_va, X_te))
w = compute_class_weight("balanced", classes=np.array([0, 1]), y=y_tr)

# %%
model = keras.Sequential([
    layers.Input((14,)),
    layers.Dense(32, activation="relu"),
    layers.Dropout(0.2),
    layers.Dense(16, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile("adam", "binary_crossentropy",
              metrics=[keras.metrics.AUC(curve="PR", name="pr_auc"), keras.metrics.Recall(name="recall"), keras.metrics.Precision(name="precision")])
stop = keras.callbacks.EarlyStopping(monitor="val_pr_auc", mode="max", patience=5, restore_best_weights=True)

# %% train
model.fit(X_tr, y_tr, validation_data=(X_va, y_va), epochs=30, batch_size=64,
          class_weight={0: w[0], 1: w[1]}, callbacks=[stop], verbose=2)

# %%
p = model.predict(X_te, verbose=0).ravel()
print("average precision:", round(average_precision_score(y_te, p), 3), "balanced accuracy:", round(balanced_accuracy_score(y_te, p > 0.5), 3))
