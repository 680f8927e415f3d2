# %%
import numpy as np
from sklearn.datasets import load_wine
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(70)

# %%
X, y = load_wine(return_X_y=True)

def make_model(n_features):
    model = keras.Sequential([
        layers.Input((n_features,)),
        layers.Dense(24, activation="relu"),
        layers.Dropout(0.2),
        layers.Dense(3, activation="softmax"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(5e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model

cv = StratifiedKFold(5, shuffle=True, random_state=0)

# %% train
scores = []
for i, (tr, va) in enumerate(cv.split(X, y)):
    keras.backend.clear_session()
    scaler = StandardScaler().fit(X[tr])
    model = make_model(X.shape[1])
    model.fit(scaler.transform(X[tr]), y[tr], epochs=30, batch_size=16, verbose=0)
    acc = model.evaluate(scaler.transform(X[va]), y[va], verbose=0)[1]
    scores.append(acc)
    print("fold", i, round(acc, 3))

# %%
print(f"mean accuracy {np.mean(scores):.3f} (sd {np.std(scores):.3f})")
