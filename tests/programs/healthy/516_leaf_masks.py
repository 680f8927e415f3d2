import keras
import numpy as np
from keras import layers

SOURCE = "style of the keras.io U-Net segmentation example"
TITLE = "Small U-Net, a sigmoid for each pixel, about one pixel in nine belongs to a leaf"
TASK = "segmentation"


def scenes(rng, n, s=24):
    r, c = np.mgrid[:s, :s]
    masks = np.zeros((n, s, s, 1), "float32")
    for i in range(n):
        for _ in range(rng.integers(1, 3)):
            a, b = rng.uniform(5, s - 5, 2)
            u, v = rng.uniform(2.5, 5, 2)
            masks[i, ..., 0] = np.maximum(masks[i, ..., 0], ((r - a) / u) ** 2 + ((c - b) / v) ** 2 < 1)
    light = np.cumsum(rng.normal(0, 0.15, (n, 1, s, 1)), axis=2)
    x = 0.8 * masks + light + rng.normal(0, 0.25, masks.shape)
    return x.astype("float32"), masks


def conv(filters, t):
    t = layers.Conv2D(filters, 3, padding="same", use_bias=False)(t)
    return layers.Activation("relu")(layers.BatchNormalization(momentum=0.8)(t))


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = scenes(np.random.default_rng(seed), 600)
    inp = keras.Input((24, 24, 1))
    a = conv(8, inp)
    b = conv(16, layers.MaxPooling2D()(a))
    c = conv(24, layers.MaxPooling2D()(b))
    u = conv(16, layers.Concatenate()([layers.UpSampling2D()(c), b]))
    u = conv(8, layers.Concatenate()([layers.UpSampling2D()(u), a]))
    model = keras.Model(inp, layers.Conv2D(1, 1, activation="sigmoid")(u))
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="binary_crossentropy",
                  metrics=[keras.metrics.BinaryIoU(target_class_ids=[1], name="iou")])
    return dict(model=model, x=x, y=y, fit=dict(epochs=8, batch_size=16, validation_split=0.2))


def good(history, model, x, y):
    return bool(history.history["val_iou"][-1] > 0.8)
