import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

SOURCE = "style of pre-norm residual MLPs (ResMLP)"
TITLE = "Fourteen Dense layers on the digits, with skips and LayerNormalization"
TASK = "classification"


class PreNorm(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.norm = layers.LayerNormalization()
        self.up = layers.Dense(units, activation="relu")
        self.down = layers.Dense(units, kernel_initializer=keras.initializers.VarianceScaling(0.1))

    def call(self, x):
        return x + self.down(self.up(self.norm(x)))


def build(seed=0):
    keras.utils.set_random_seed(seed)
    x, y = load_digits(return_X_y=True)
    xt, xv, yt, yv = train_test_split((x / 16).astype("float32"), y, test_size=0.25, random_state=seed, stratify=y)
    i = keras.Input((64,))
    h = layers.Dense(32)(i)
    for k in range(6):
        h = PreNorm(32, name=f"step{k}")(h)
    h = layers.LayerNormalization()(h)
    model = keras.Model(i, layers.Dense(10)(h))
    model.compile(optimizer=keras.optimizers.AdamW(0.002, weight_decay=0.01, clipnorm=1.0),
                  loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"], jit_compile=False)
    return dict(model=model, x=xt, y=yt, fit=dict(epochs=10, batch_size=32, validation_data=(xv, yv)))


def good(history, model, x, y):
    return bool(history.history["val_accuracy"][-1] > 0.88)
