# %% [markdown]
# # Disease progression, 442 patients, 10 baseline variables
# A small network next to ridge regression, same folds.

# %%
import numpy as np
import keras
from keras import layers, regularizers
from sklearn.datasets import load_diabetes
from sklearn.linear_model import RidgeCV
from sklearn.metrics import r2_score
from sklearn.model_selection import KFold, train_test_split
from sklearn.preprocessing import StandardScaler

X, y = load_diabetes(return_X_y=True, scaled=False)
y = y.astype("float32")


# %%
def make_model():
    m = keras.Sequential([
        keras.Input((X.shape[1],)),
        layers.Dense(16, activation="relu", kernel_regularizer=regularizers.L2(1e-2)),
        layers.Dropout(0.1),
        layers.Dense(1),
    ])
    m.compile(optimizer=keras.optimizers.Adam(1e-2), loss="mse", metrics=["mae"])
    return m


# %% train
folds = KFold(4, shuffle=True, random_state=12)
net_r2, ridge_r2, histories = [], [], []
for i, (tr, te) in enumerate(folds.split(X)):
    keras.utils.set_random_seed(100 + i)
    fit_ix, stop_ix = train_test_split(tr, test_size=0.15, random_state=i)
    xs = StandardScaler().fit(X[fit_ix])
    ys = StandardScaler().fit(y[fit_ix, None])
    model = make_model()
    h = model.fit(xs.transform(X[fit_ix]), ys.transform(y[fit_ix, None]),
                  validation_data=(xs.transform(X[stop_ix]), ys.transform(y[stop_ix, None])),
                  epochs=60, batch_size=64, verbose=0,
                  callbacks=[keras.callbacks.EarlyStopping("val_loss", patience=12, restore_best_weights=True)])
    histories.append(h.history)
    pred = ys.inverse_transform(model.predict(xs.transform(X[te]), verbose=0))[:, 0]
    net_r2.append(r2_score(y[te], pred))
    ridge = RidgeCV(alphas=np.logspace(-2, 3, 20)).fit(xs.transform(X[tr]), y[tr])
    ridge_r2.append(r2_score(y[te], ridge.predict(xs.transform(X[te]))))
    print(f"fold {i}: epochs {len(h.history['loss'])}, loss {h.history['loss'][-1]:.3f}, "
          f"val_loss {min(h.history['val_loss']):.3f}, R2 net {net_r2[-1]:.3f}, ridge {ridge_r2[-1]:.3f}")

# %%
print("net  ", np.mean(net_r2).round(3), "+-", np.std(net_r2).round(3))
print("ridge", np.mean(ridge_r2).round(3), "+-", np.std(ridge_r2).round(3))
