# %%
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.model_selection import StratifiedKFold
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(37)

# %%
# will a customer accept the call-back offer? answers are noisy, nobody gets above ~75 %
rng = np.random.default_rng(37)
n = 3000
df = pd.DataFrame({
    "age": rng.integers(18, 85, n), "tenure": rng.gamma(2, 3, n),
    "contacts": rng.poisson(2, n), "balance": rng.normal(1500, 900, n),
})
lin = 0.9 * (df.tenure - 6) / 4 - 0.8 * (df.contacts - 2) + 0.8 * (np.abs(df.age - 50) - 17) / 10
p = 1 / (1 + np.exp(-lin))
df["accept"] = (rng.random(n) < p).astype(int)
print("best possible accuracy:", np.maximum(p, 1 - p).mean())

X = df.drop(columns="accept").to_numpy("float32")
y = df["accept"].to_numpy()

# %%
def make_model():
    m = keras.Sequential([
        keras.Input((X.shape[1],)),
        layers.Dense(24, activation="relu"),
        layers.Dropout(0.2),
        layers.Dense(12, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ])
    m.compile(keras.optimizers.Adam(5e-3), "binary_crossentropy", metrics=["accuracy"])
    return m

# %% train
scores, baseline = [], []
for fold, (tr, te) in enumerate(StratifiedKFold(3, shuffle=True, random_state=37).split(X, y)):
    sc = StandardScaler().fit(X[tr])
    model = make_model()
    model.fit(sc.transform(X[tr]), y[tr], epochs=20, batch_size=64, verbose=0,
              validation_data=(sc.transform(X[te]), y[te]))
    acc = model.evaluate(sc.transform(X[te]), y[te], verbose=0)[1]
    base = LogisticRegression().fit(sc.transform(X[tr]), y[tr]).score(sc.transform(X[te]), y[te])
    print(f"fold {fold}: network {acc:.3f}  logistic regression {base:.3f}")
    scores.append(acc)
    baseline.append(base)

# %%
print("mean", np.mean(scores), "+-", np.std(scores), "logreg", np.mean(baseline))
