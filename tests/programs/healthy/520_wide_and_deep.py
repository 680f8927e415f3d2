import keras
import numpy as np
import tensorflow as tf
from keras import layers

SOURCE = "style of the keras.io structured-data example with feature preprocessing layers"
TITLE = "Wide and deep on raw strings, postcodes and euros: lookups and scaling live in the model"
TASK = "binary classification"
JOBS = ["nurse", "baker", "clerk", "driver", "teacher", "farmer", "smith", "painter"]


def build(seed=0):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    n = 3000
    job, code = rng.choice(JOBS, n), rng.integers(0, 40, n) * 250 + 10115
    age, pay = rng.integers(18, 70, n), rng.normal(32000, 9000, n)
    by_job, by_code = np.random.default_rng(3).normal(0, 2.0, 8), np.random.default_rng(4).normal(0, 2.0, 40)
    z = by_job[[JOBS.index(j) for j in job]] + by_code[(code - 10115) // 250]
    z += 0.08 * (age - 44) + (pay - 32000) / 9000 * np.where(age > 50, 1.5, 0.5)
    y = (z + rng.logistic(0, 0.3, n) > 0).astype("float32")
    x = {"job": tf.constant(job[:, None]), "code": code.astype("int64")[:, None],
         "numbers": np.stack([age, pay], axis=1).astype("float32")}

    job_in = keras.Input((1,), dtype="string", name="job")
    code_in = keras.Input((1,), dtype="int64", name="code")
    num_in = keras.Input((2,), name="numbers")
    norm = layers.Normalization()
    norm.adapt(x["numbers"][:2400])
    j = layers.StringLookup(vocabulary=JOBS)(job_in)
    c = layers.IntegerLookup(vocabulary=sorted(set(code.tolist())))(code_in)
    wide = layers.Concatenate()([layers.CategoryEncoding(9, output_mode="multi_hot")(j),
                                 layers.CategoryEncoding(41, output_mode="multi_hot")(c)])
    deep = layers.Concatenate()([layers.Flatten()(layers.Embedding(9, 3)(j)), layers.Flatten()(layers.Embedding(41, 4)(c)),
                                 norm(num_in)])
    deep = layers.Dense(32, activation="relu")(deep)
    out = layers.Dense(1, activation="sigmoid")(layers.Concatenate()([wide, deep]))
    model = keras.Model({"job": job_in, "code": code_in, "numbers": num_in}, out)
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="binary_crossentropy", metrics=["accuracy"])
    return dict(model=model, x=x, y=y, fit=dict(epochs=12, batch_size=64, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.9)
