# %%
import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_iris
from sklearn.preprocessing import MinMaxScaler

keras.utils.set_random_seed(3)

# %%
# synthetic flower measurements with a small GAN
data = load_iris().data.astype("float32")
scaler = MinMaxScaler((-1, 1))
real = scaler.fit_transform(data).astype("float32")
latent_dim = 8

# %%
def build_generator():
    return keras.Sequential([
        layers.Input((latent_dim,)),
        layers.Dense(32), layers.LeakyReLU(0.2),
        layers.Dense(32), layers.LeakyReLU(0.2),
        layers.Dense(4, activation="tanh"),
    ], name="generator")

def build_discriminator():
    return keras.Sequential([
        layers.Input((4,)),
        layers.Dense(32), layers.LeakyReLU(0.2),
        layers.Dense(32), layers.LeakyReLU(0.2),
        layers.Dense(1, activation="sigmoid"),
    ], name="discriminator")

generator = build_generator()
discriminator = build_discriminator()
discriminator.compile(loss="binary_crossentropy", optimizer=keras.optimizers.Adam(1e-3, beta_1=0.5), metrics=["accuracy"])

discriminator.trainable = False
z = keras.Input((latent_dim,))
gan = keras.Model(z, discriminator(generator(z)))
gan.compile(loss="binary_crossentropy", optimizer=keras.optimizers.Adam(1e-3, beta_1=0.5))

# %% train
batch = 64
ones, zeros = np.ones((batch, 1)), np.zeros((batch, 1))
for step in range(1200):
    real_batch = real[np.random.randint(0, len(real), batch)]
    noise = np.random.normal(size=(batch, latent_dim)).astype("float32")
    fake_batch = generator(noise, training=False).numpy()
    d_loss_real = discriminator.train_on_batch(real_batch, ones)
    d_loss_fake = discriminator.train_on_batch(fake_batch, zeros)
    noise = np.random.normal(size=(batch, latent_dim)).astype("float32")
    g_loss = gan.train_on_batch(noise, ones)
    if step % 200 == 0:
        print(step, "d_real", d_loss_real, "d_fake", d_loss_fake, "g", g_loss)

# %%
samples = generator.predict(np.random.normal(size=(500, latent_dim)), verbose=0)
gap = np.abs(samples.mean(0) - real.mean(0)).mean() + np.abs(samples.std(0) - real.std(0)).mean()
print(scaler.inverse_transform(samples[:3]))
print("gap to real data (mean + std):", round(float(gap), 3))
