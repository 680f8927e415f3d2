# %% [markdown]
# # Responder prediction from a 60-marker panel
# 360 patients from the study centre; a second hospital sent 240 more that we keep apart until the end.

# %%
import numpy as np
import keras
from keras import layers, regularizers
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(0)
rng = np.random.default_rng(17)

# %%
N, P = 600, 60
latent = rng.normal(size=(N, 6))
loadings = rng.normal(size=(6, P)) * 0.5
markers = latent @ loadings + rng.normal(size=(N, P))
effect = 0.55 * latent[:, 0] - 0.45 * latent[:, 1] + 0.4 * latent[:, 2] * latent[:, 3]
responder = (effect + rng.logistic(0, 0.55, N) > 0).astype("int32")
X, y = np.exp(0.4 * markers[:360] + 1.0), responder[:360]
X_ext, y_ext = np.exp(0.4 * markers[360:] + 1.0), responder[360:]
X, X_ext = np.log(X), np.log(X_ext)


# %%
def build():
    m = keras.Sequential([
        keras.Input((P,)),
        layers.Dense(64, activation="relu", kernel_regularizer=regularizers.L2(1e-4)),
        layers.Dense(32, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ])
    m.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return m


model = build()
model.summary()

# %% train
cv = StratifiedKFold(n_splits=6, shuffle=True, random_state=4)
scores, curves = [], []
for fold, (tr, va) in enumerate(cv.split(X, y), start=1):
    scaler = StandardScaler().fit(X[tr])
    hist = model.fit(scaler.transform(X[tr]), y[tr], validation_data=(scaler.transform(X[va]), y[va]),
                     epochs=25, batch_size=16, verbose=0)
    curves.append(hist.history)
    loss, acc = model.evaluate(scaler.transform(X[va]), y[va], verbose=0)
    scores.append(acc)
    print(f"fold {fold}: first epoch loss {hist.history['loss'][0]:.3f}, "
          f"last epoch acc {hist.history['accuracy'][-1]:.3f}, held-out acc {acc:.3f}")
print(f"CV accuracy {np.mean(scores):.3f} +- {np.std(scores):.3f}")

# %%
sc = StandardScaler().fit(X)
print("second hospital:", model.evaluate(sc.transform(X_ext), y_ext, verbose=0)[1])
