"""Writes step.json: losses, gradients and AdamW steps of the training step's objective, by JAX's autodiff in f64.

An oracle for src/step.rs, written from the formulas and sharing no code with it:
    python -m venv v && v/bin/pip install jax numpy && v/bin/python step_oracle.py > step.json
"""

import json

import jax

jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
import numpy as np

ORDER = ["hidden_weights", "hidden_bias", "utility", "features", "taste", "threshold", "offset", "tie", "position", "mean"]


def case(hidden, seed, lightest=0.5, heaviest=1.0):
    rng = np.random.default_rng(seed)
    n, d, r, persons, duels, approvals = 7, 5, 3, 4, 23, 11
    k = hidden or d
    shapes = dict(hidden_weights=(d, hidden or 0), hidden_bias=(hidden or 0,), utility=(k,), features=(k, r), taste=(persons, r),
                  threshold=(persons,), offset=(n,), tie=(1,), position=(1,), mean=(1,))
    sizes = [int(np.prod(shapes[name])) for name in ORDER]
    x = rng.normal(size=(n, d)).astype(np.float32)
    theta = (0.7 * rng.normal(size=sum(sizes))).astype(np.float32)
    precision = rng.uniform(0.0, 0.2, size=sum(sizes)).astype(np.float32)
    left = rng.integers(0, n, duels)
    right = (left + rng.integers(1, n, duels)) % n
    outcome = np.eye(3)[rng.integers(0, 3, duels)] * rng.uniform(lightest, heaviest, (duels, 1))
    verdict = np.eye(2)[rng.integers(0, 2, approvals)] * rng.uniform(lightest, heaviest, (approvals, 1))
    total = outcome.sum() + verdict.sum()
    outcome, verdict = (outcome / total).astype(np.float32), (verdict / total).astype(np.float32)
    duel_person, person, candidate = rng.integers(0, persons, duels), rng.integers(0, persons, approvals), rng.integers(0, n, approvals)

    def loss(flat):
        cut, start = {}, 0
        for name, size in zip(ORDER, sizes):
            cut[name] = flat[start:start + size].reshape(shapes[name])
            start += size
        h = jnp.tanh(x.astype(np.float64) @ cut["hidden_weights"] + cut["hidden_bias"]) if hidden else x.astype(np.float64)
        crowd = h @ cut["utility"] + cut["offset"]
        everyone = crowd[None, :] + cut["taste"] @ (h @ cut["features"]).T
        s = everyone[duel_person, left] - everyone[duel_person, right] + cut["position"][0]
        tau = 1e-3 + jax.nn.softplus(cut["tie"][0] - 2.0)
        p_left, p_right = jax.nn.sigmoid(s - tau), jax.nn.sigmoid(-s - tau)
        logs = jnp.log(jnp.stack([p_left, p_right, 1.0 - p_left - p_right], axis=1))
        like = jax.nn.sigmoid(everyone[person, candidate] - cut["mean"][0] - cut["threshold"][person])
        likes = jnp.log(jnp.stack([like, 1.0 - like], axis=1))
        return -(outcome * logs).sum() - (verdict * likes).sum() + 0.5 * (precision * flat**2).sum()

    value, gradient = jax.value_and_grad(loss)(theta.astype(np.float64))
    flat, moment, square, rate, decay = theta.astype(np.float64), 0.0, 0.0, 0.02, 0.01
    for t in range(1, 21):
        g = np.asarray(jax.grad(loss)(flat))
        moment, square = 0.9 * moment + 0.1 * g, 0.99 * square + 0.01 * g * g
        flat = flat - rate * ((moment / (1 - 0.9**t)) / (np.sqrt(square / (1 - 0.99**t)) + 1e-9) + decay * flat)
    number = lambda values: [float(np.float32(v)) for v in np.asarray(values).ravel()]
    return dict(hidden=hidden, candidates=n, dimension=d, rank=r, persons=persons, embeddings=number(x), parameters=number(theta),
                precision=number(precision), duelPerson=duel_person.tolist(), duelLeft=left.tolist(), duelRight=right.tolist(),
                duelWeight=number(outcome), approvalPerson=person.tolist(), approvalCandidate=candidate.tolist(),
                approvalWeight=number(verdict), loss=float(value), gradient=number(gradient), rate=rate, decay=decay, steps=20,
                after=number(flat), lossAfter=float(loss(flat)))


# The last one's votes weigh what strengths of 1 to 100 weigh.
print(json.dumps([case(None, 1), case(4, 2), case(None, 3, 0.02, 2.0)], separators=(",", ":")))
