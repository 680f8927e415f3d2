import keras
from keras import layers, regularizers
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

SOURCE = "style of tutorials that build a linear SVM in Keras"
TITLE = "Support vector machine as one Dense unit: squared hinge, labels -1 and +1, no output activation"
TASK = "binary classification"


def side(y_true, y_pred):
    return keras.ops.mean(keras.ops.cast(y_true * y_pred > 0, "float32"))


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = load_breast_cancer(return_X_y=True)
    y = (2.0 * y - 1.0)[:, None]
    xt, xv, yt, yv = train_test_split(x, y, test_size=0.25, stratify=y, random_state=seed)
    sc = StandardScaler().fit(xt)
    model = keras.Sequential([
        keras.Input((30,)),
        layers.Dense(1, kernel_regularizer=regularizers.L2(0.01)),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="squared_hinge", metrics=[side])
    return dict(model=model, x=sc.transform(xt), y=yt,
                fit=dict(epochs=30, batch_size=32, validation_data=(sc.transform(xv), yv)))


def good(history, model, x, y):
    return bool(((model.predict(x, verbose=0).ravel() > 0) == (y.ravel() > 0)).mean() > 0.95
                and history.history["val_side"][-1] > 0.92)
