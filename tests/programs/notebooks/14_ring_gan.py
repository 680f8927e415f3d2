# %%
# GAN for synthetic wind vectors (u, v) - the real ones lie on a ring around the mean speed
import numpy as np
import keras
from keras import layers
from keras.optimizers import Adam

keras.utils.set_random_seed(6)
LATENT = 8
BATCH = 64

# %%
rng = np.random.default_rng(6)

def real_samples(n):
    ang = rng.uniform(0, 2 * np.pi, n)
    r = rng.normal(2.0, 0.12, n)
    return np.column_stack([r * np.cos(ang), r * np.sin(ang)]).astype("float32")

X = real_samples(6000)

# %%
def build_generator():
    return keras.Sequential([
        keras.Input((LATENT,)),
        layers.Dense(48),
        layers.LeakyReLU(negative_slope=0.2),
        layers.Dense(48),
        layers.LeakyReLU(negative_slope=0.2),
        layers.Dense(2),
    ], name="generator")

def build_discriminator():
    return keras.Sequential([
        keras.Input((2,)),
        layers.Dense(64),
        layers.LeakyReLU(negative_slope=0.2),
        layers.Dense(64),
        layers.LeakyReLU(negative_slope=0.2),
        layers.Dense(1, activation="sigmoid"),
    ], name="discriminator")

discriminator = build_discriminator()
discriminator.compile(loss="binary_crossentropy", optimizer=Adam(1e-3, beta_1=0.5), metrics=["accuracy"])

generator = build_generator()
z = keras.Input((LATENT,))
discriminator.trainable = False
validity = discriminator(generator(z))
combined = keras.Model(z, validity)
combined.compile(loss="binary_crossentropy", optimizer=Adam(5e-4, beta_1=0.5))

# %% train
ones, zeros = np.ones((BATCH, 1)), np.zeros((BATCH, 1))
for step in range(1000):
    real = X[rng.integers(0, len(X), BATCH)]
    fake = np.asarray(generator(rng.normal(size=(BATCH, LATENT)).astype("float32")))
    d_real = discriminator.train_on_batch(real, ones)
    d_fake = discriminator.train_on_batch(fake, zeros)
    g = combined.train_on_batch(rng.normal(size=(BATCH, LATENT)).astype("float32"), ones)
    if step % 100 == 0:
        print(step, "D", np.round(d_real, 3), np.round(d_fake, 3), "G", np.round(g, 3))

# %%
gen = generator.predict(rng.normal(size=(2000, LATENT)), verbose=0)
radius = np.hypot(gen[:, 0], gen[:, 1])
print("mean radius", radius.mean(), "std", radius.std(), "(real 2.0 / 0.12)")
print("mean", gen.mean(0), "std", gen.std(0), "real std", X.std(0))
