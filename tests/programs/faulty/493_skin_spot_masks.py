import keras
import numpy as np
from keras import layers
from scipy.ndimage import uniform_filter

SOURCE = "synthetic; pattern: forum threads 'U-Net predicts all black masks, accuracy 0.98'"
TITLE = "Segmentation of small spots: pixel accuracy 0.98 at once but the predicted mask is empty"
TRUTH = {"class-imbalance"}
ALSO = {"metric-mismatch", "loss-mismatch"}
TASK = "segmentation"

SIZE = 20


def _slides(seed, n=600):
    rng = np.random.default_rng(seed)
    mask = np.zeros((n, SIZE, SIZE, 1), "float32")
    for k in range(n):
        r, c = rng.integers(0, SIZE - 3, 2)
        mask[k, r:r + 3, c:c + 3] = 1
    skin = uniform_filter(rng.normal(0, 1.0, (n, SIZE, SIZE, 1)), (0, 7, 7, 0)) * 2
    x = 1.0 * mask + skin + rng.normal(0, 1.0, mask.shape)
    return x.astype("float32"), mask


def _unet():
    i = keras.Input((SIZE, SIZE, 1))
    a = layers.Conv2D(8, 3, padding="same", activation="relu")(i)
    b = layers.MaxPooling2D(2)(a)
    b = layers.Conv2D(12, 3, padding="same", activation="relu")(b)
    u = layers.UpSampling2D(2)(b)
    u = layers.Concatenate()([u, a])
    u = layers.Conv2D(8, 3, padding="same", activation="relu")(u)
    return keras.Model(i, layers.Conv2D(1, 1, activation="sigmoid")(u))


def _case(seed, weighted):
    keras.utils.set_random_seed(seed)
    x, y = _slides(seed)
    model = _unet()
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="binary_crossentropy", metrics=["accuracy"])
    fit = dict(epochs=10, batch_size=32, validation_split=0.2)
    if weighted:
        fit["sample_weight"] = np.where(y[..., 0] > 0, 30.0, 1.0).astype("float32")
    return dict(model=model, x=x, y=y, fit=fit)


def build(seed=0):
    return _case(seed, False)


def fixed(seed=0):
    return _case(seed, True)


def good(history, model, x, y):
    p = model.predict(x[-120:], verbose=0) > 0.5
    t = y[-120:] > 0
    recall, specificity = (p & t).sum() / t.sum(), (~p & ~t).sum() / (~t).sum()
    return bool(recall > 0.5 and specificity > 0.8)
