# %%
import numpy as np
from sklearn.datasets import make_classification
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(42)

# %%
# credit applications, 25 anonymised attributes, target = repaid yes/no
X, y = make_classification(n_samples=600, n_features=25, n_informative=6, n_redundant=2,
                           flip_y=0.25, class_sep=0.8, random_state=4)
print(X.shape, y.mean())

# %%
def build_model():
    model = keras.Sequential([
        layers.Input((25,)),
        layers.Dense(64, activation="relu"),
        layers.Dense(64, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model

skf = StratifiedKFold(n_splits=5, shuffle=True, random_state=1)
model = build_model()

# %% train
scores = []
for fold, (train_idx, val_idx) in enumerate(skf.split(X, y)):
    scaler = StandardScaler().fit(X[train_idx])
    X_tr, X_va = scaler.transform(X[train_idx]), scaler.transform(X[val_idx])
    model.fit(X_tr, y[train_idx], epochs=30, batch_size=32, verbose=0)
    loss, acc = model.evaluate(X_va, y[val_idx], verbose=0)
    scores.append(acc)
    print(f"fold {fold}: val accuracy {acc:.3f}")

# %%
print("cross-validated accuracy: %.3f +- %.3f" % (np.mean(scores), np.std(scores)))
