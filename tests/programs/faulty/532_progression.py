import keras
from keras import layers
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

SOURCE = "course notebook; pattern: 'bigger network to squeeze out more' on sklearn diabetes"
TITLE = "Diabetes regression: training error nearly zero, test error worse than linear regression"
TRUTH = {"capacity-too-large"}
ALSO = {"epochs-too-many", "too-little-data", "regularization", "dropout"}
TASK = "regression"


def _case(seed, widths):
    keras.utils.set_random_seed(seed)
    x, y = load_diabetes(return_X_y=True)
    xa, xb, ya, yb = train_test_split(x, y, test_size=0.3, random_state=seed)
    sx, sy = StandardScaler().fit(xa), StandardScaler().fit(ya[:, None])
    xa, xb = (sx.transform(v).astype("float32") for v in (xa, xb))
    ya, yb = (sy.transform(v[:, None]).astype("float32") for v in (ya, yb))
    model = keras.Sequential([keras.Input((10,))])
    for w in widths:
        model.add(layers.Dense(w, activation="relu"))
    model.add(layers.Dense(1))
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="mse", metrics=["mae"])
    return dict(model=model, x=xa, y=ya, fit=dict(epochs=40, batch_size=32, validation_data=(xb, yb)))


def build(seed=0):
    return _case(seed, (384, 384, 192))


def fixed(seed=0):
    return _case(seed, (8,))


def good(history, model, x, y):
    return bool(history.history["val_loss"][-1] < 0.58)
