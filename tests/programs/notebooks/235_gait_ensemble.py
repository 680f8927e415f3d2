# %% [markdown]
# # Gait disorder: five-fold ensemble over patients
# Several walks per patient, so folds are made of whole patients. Early stopping looks at
# patients set aside inside the training fold, never at the fold that is scored.

# %%
import numpy as np
import keras
from keras import layers
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.model_selection import GroupShuffleSplit, StratifiedGroupKFold
from sklearn.preprocessing import RobustScaler

FEATURES = ["cadence", "step_len", "asym", "sway", "dbl_support", "jerk", "turn_time", "age"]
CFG = {"folds": 5, "units": 20, "l2": 1e-3, "lr": 4e-3, "batch": 32, "epochs": 60}


def walks(n_patients=160, seed=20):
    rng = np.random.default_rng(seed)
    X, y, who = [], [], []
    for p in range(n_patients):
        ill = rng.random() < 0.22
        age = rng.normal(66, 9)
        base = rng.normal(0, 1, 7) * 0.8
        base[0] -= 0.03 * (age - 66) + 1.0 * ill
        base[2] += 1.3 * ill
        base[3] += 1.1 * ill
        base[6] += 0.9 * ill
        for _ in range(rng.integers(4, 11)):
            w = base + rng.normal(0, 0.6, 7)
            X.append(np.r_[w * [8, 6, 3, 2, 1.5, 4, 0.6] + [108, 64, 5, 9, 24, 30, 2.4], age])
            y.append(int(ill))
            who.append(p)
    X, y, who = np.array(X, "float32"), np.array(y), np.array(who)
    order = rng.permutation(len(y))
    return X[order], y[order], who[order]


X, y, patient = walks()
print(X.shape, "ill share", y.mean().round(3), "patients", len(set(patient)))


# %%
def build(seed):
    keras.utils.set_random_seed(seed)
    reg = keras.regularizers.L2(CFG["l2"])
    model = keras.Sequential([
        keras.Input((len(FEATURES),)),
        layers.GaussianNoise(0.2),
        layers.Dense(CFG["units"], activation="tanh", kernel_regularizer=reg),
        layers.Dropout(0.3),
        layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(optimizer=keras.optimizers.RMSprop(CFG["lr"]), loss="binary_crossentropy",
                  metrics=[keras.metrics.AUC(curve="PR", name="pr_auc")], jit_compile=False)
    return model


def weights_of(y):
    pos = y.mean()
    return {0: 0.5 / (1 - pos), 1: 0.5 / pos}


def run_member(x_fit, y_fit, x_stop, y_stop, seed):
    model = build(seed)
    stop = keras.callbacks.EarlyStopping(monitor="val_pr_auc", mode="max", patience=6,
                                         restore_best_weights=True)
    hist = model.fit(x_fit, y_fit, validation_data=(x_stop, y_stop), epochs=CFG["epochs"],
                     batch_size=CFG["batch"], class_weight=weights_of(y_fit), callbacks=[stop], verbose=0)
    return model, hist


# %% train
oof = np.zeros(len(y))
members, histories = [], []
splitter = StratifiedGroupKFold(CFG["folds"], shuffle=True, random_state=0)
for fold, (tr, te) in enumerate(splitter.split(X, y, patient)):
    inner = GroupShuffleSplit(1, test_size=0.25, random_state=fold)
    a, b = next(inner.split(X[tr], y[tr], patient[tr]))
    fit, stop = tr[a], tr[b]
    scaler = RobustScaler().fit(X[fit])
    model, hist = run_member(scaler.transform(X[fit]), y[fit], scaler.transform(X[stop]), y[stop], 100 + fold)
    oof[te] = model(scaler.transform(X[te])).numpy().ravel()
    members.append((scaler, model))
    histories.append(hist.history)
    print("fold %d  epochs %d  loss %.3f  AP %.3f" % (fold, len(hist.history["loss"]), hist.history["loss"][-1],
                                                      average_precision_score(y[te], oof[te])))

# %%
print("out-of-fold per walk: AUC %.3f  AP %.3f" % (roc_auc_score(y, oof), average_precision_score(y, oof)))

# the ensemble on patients of another clinic, walks averaged per patient
X_new, y_new, who_new = walks(n_patients=120, seed=21)
p_new = np.mean([m(s.transform(X_new)).numpy().ravel() for s, m in members], axis=0)
ids = np.unique(who_new)
p_pat = [p_new[who_new == i].mean() for i in ids]
y_pat = [y_new[who_new == i][0] for i in ids]
print("ensemble, new walks:    AUC %.3f  AP %.3f" % (roc_auc_score(y_new, p_new), average_precision_score(y_new, p_new)))
print("ensemble, new patients: AUC %.3f  AP %.3f" % (roc_auc_score(y_pat, p_pat), average_precision_score(y_pat, p_pat)))
