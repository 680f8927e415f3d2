# %% [markdown]
# # Churn of mobile contracts
# Training on the contracts of January to September, validation on October to December.
# Plan and shop go through embeddings, the rest is numeric.

# %%
import numpy as np
import pandas as pd
import keras
from keras import layers
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(17)

CFG = {
    "cat_cols": ["plan", "shop"],
    "num_cols": ["tenure", "bill", "calls"],
    "embed_dim": 6,
    "hidden": [48, 24],
    "lr": 3e-3,
    "batch_size": 128,
    "epochs": 40,
    "monitor": "val_auc",
    "mode": "min",
    "patience": 5,
}

PLANS = ["Basic2G", "Classic", "Family", "Flex", "Prepaid", "Pro", "Student", "Unlimited"]
PLAN_EFFECT = dict(zip(PLANS, [0.4, -1.6, -1.2, 1.5, 1.9, -1.7, 1.1, -0.6]))
SHOPS = ["S%02d" % i for i in range(15)]


def contracts(n=9000, seed=8):
    rng = np.random.default_rng(seed)
    month = rng.integers(1, 13, n)
    df = pd.DataFrame({
        "month": month,
        "plan": rng.choice(PLANS, n),
        "shop": rng.choice(SHOPS, n),
        "tenure": rng.gamma(2.0, 14.0, n),
        "bill": rng.normal(32, 9, n),
        "calls": rng.poisson(2.2, n),
    })
    # the 2G plan was withdrawn in autumn, two shops were closed
    df = df[~((df.month >= 10) & ((df.plan == "Basic2G") | df["shop"].isin(["S01", "S04"])))]
    shop_effect = dict(zip(SHOPS, rng.normal(0, 0.7, len(SHOPS))))
    logit = (-0.6 + df.plan.map(PLAN_EFFECT) + df["shop"].map(shop_effect)
             - 0.03 * (df.tenure - 28) + 0.03 * (df.bill - 32) + 0.25 * (df.calls - 2.2))
    df["churn"] = (rng.random(len(df)) < 1 / (1 + np.exp(-logit))).astype(int)
    return df.reset_index(drop=True)


df = contracts()
train_df, val_df = df[df.month < 10].copy(), df[df.month >= 10].copy()
print(len(train_df), len(val_df), "churn", train_df.churn.mean().round(3), val_df.churn.mean().round(3))


# %%
def encode(frame):
    """Integer codes for the embedding layers."""
    return {c: frame[c].astype("category").cat.codes.to_numpy("int32") for c in CFG["cat_cols"]}


scaler = StandardScaler().fit(train_df[CFG["num_cols"]])


def to_inputs(frame):
    inputs = encode(frame)
    inputs["numeric"] = scaler.transform(frame[CFG["num_cols"]]).astype("float32")
    return inputs, frame["churn"].to_numpy("float32")


x_train, y_train = to_inputs(train_df)
x_val, y_val = to_inputs(val_df)


# %%
def build():
    cats = [keras.Input((), name=c, dtype="int32") for c in CFG["cat_cols"]]
    numeric = keras.Input((len(CFG["num_cols"]),), name="numeric")
    sizes = {"plan": len(PLANS), "shop": len(SHOPS)}
    parts = [layers.Embedding(sizes[i.name], CFG["embed_dim"])(i) for i in cats]
    x = layers.Concatenate()(parts + [numeric])
    for units in CFG["hidden"]:
        x = layers.Dense(units, activation="relu")(x)
        x = layers.Dropout(0.2)(x)
    out = layers.Dense(1, activation="sigmoid")(x)
    model = keras.Model(cats + [numeric], out)
    model.compile(optimizer=keras.optimizers.Adam(CFG["lr"]), loss="binary_crossentropy",
                  metrics=[keras.metrics.AUC(name="auc"), "accuracy"])
    return model


# %% train
model = build()
callbacks = [
    keras.callbacks.EarlyStopping(monitor=CFG["monitor"], mode=CFG["mode"], patience=CFG["patience"],
                                  restore_best_weights=True),
]
history = model.fit(x_train, y_train, validation_data=(x_val, y_val), epochs=CFG["epochs"],
                    batch_size=CFG["batch_size"], callbacks=callbacks, verbose=2)

# %%
score = val_df.assign(p=model.predict(x_val, verbose=0).ravel())
print(score.groupby("plan")[["p", "churn"]].mean().round(3))
print(model.evaluate(x_val, y_val, verbose=0, return_dict=True))
