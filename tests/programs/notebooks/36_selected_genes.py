# %% [markdown]
# # Responder prediction from expression profiles
# 110 patients, 3000 transcripts, response yes/no. Cross-validation is excellent, but the second hospital
# (80 patients, same platform) reports coin-flip accuracy.

# %%
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(40)
rng = np.random.default_rng(40)


# %%
def cohort(n):
    response = rng.integers(0, 2, n)
    expr = rng.lognormal(2.0, 0.5, (n, 3000))
    expr[:, :4] *= np.exp(0.08 * response)[:, None]
    return np.log2(expr + 1).astype("float32"), response


X, y = cohort(110)
X_ext, y_ext = cohort(80)
print(X.shape, y.mean(), X_ext.shape)

# %%
selector = SelectKBest(f_classif, k=40).fit(X, y)
X_sel = selector.transform(X)
X_ext_sel = selector.transform(X_ext)
print("lowest F kept:", np.sort(selector.scores_)[-40])


# %%
def make_model(n_features):
    m = keras.Sequential(
        [
            keras.Input((n_features,)),
            layers.Dense(16, activation="relu"),
            layers.Dropout(0.3),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    m.compile(optimizer=keras.optimizers.Adam(3e-3), loss="binary_crossentropy", metrics=["accuracy"])
    return m


# %% train
scores = []
for fold, (tr, va) in enumerate(StratifiedKFold(5, shuffle=True, random_state=40).split(X_sel, y)):
    scaler = StandardScaler().fit(X_sel[tr])
    model = make_model(X_sel.shape[1])
    history = model.fit(
        scaler.transform(X_sel[tr]), y[tr],
        validation_data=(scaler.transform(X_sel[va]), y[va]), epochs=15, batch_size=16, verbose=0,
    )
    scores.append(history.history["val_accuracy"][-1])
    print(f"fold {fold}: val accuracy {scores[-1]:.3f}")

# %%
print("cross-validation:", np.mean(scores).round(3), "+/-", np.std(scores).round(3))
scaler = StandardScaler().fit(X_sel)
final = make_model(X_sel.shape[1])
final.fit(scaler.transform(X_sel), y, epochs=15, batch_size=16, verbose=0)
print("second hospital:", final.evaluate(scaler.transform(X_ext_sel), y_ext, verbose=0)[1])
