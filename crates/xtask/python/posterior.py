"""The peer of `cargo xtask bench --only posterior`: the same two computations in numpy, on what bench_posterior wrote.

usage: python3 posterior.py FOLDER  → one JSON object: seconds of one score of all candidates and of one vote learned, and how
far the results are apart.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np

folder = Path(sys.argv[1])
read = lambda name, kind="<f8": np.fromfile(folder / name, kind)  # noqa: E731
mean, utilities, after = read("mean.f64"), read("utilities.f64"), read("after.f64")
covariance = read("covariance.f64").reshape(len(mean), len(mean))
rows = read("rows.f32", "<f4").reshape(-1, len(mean))
# As numpy likes them best: one matrix in a row, in the precision of the features.
utility, features = rows[:, 0].copy(), np.ascontiguousarray(rows[:, 1:])
NODES, WEIGHTS = np.polynomial.hermite.hermgauss(20)
LOG_WEIGHTS = np.log(WEIGHTS) + NODES**2


def score():
    return features @ mean[:-1].astype(np.float32) + utility


def learn():
    """One rank-one step for *left* of candidates 0 and 1: mode by Newton, then 20 quadrature nodes around it."""
    towards = np.append(features[0] - features[1], np.float32(0)).astype(float)
    crowd = float(utility[0]) - float(utility[1])
    gain = covariance @ towards
    variance = float(towards @ gain)
    middle = crowd + float(towards @ mean)
    x = middle
    for _ in range(100):
        p = 1 / (1 + np.exp(x))
        bend = -p * (1 - p) - 1 / variance
        step = -(p - (x - middle) / variance) / bend
        x += step
        if abs(step) <= 1e-12:
            break
    p = 1 / (1 + np.exp(x))
    nodes = x + np.sqrt(2 / (1 / variance + p * (1 - p))) * NODES
    log = -np.log1p(np.exp(-nodes)) - (nodes - middle) ** 2 / (2 * variance) + LOG_WEIGHTS
    mass = np.exp(log - log.max())
    mass /= mass.sum()
    new = float(mass @ nodes)
    spread = float(mass @ (nodes - new) ** 2)
    return (
        mean + gain * ((new - middle) / variance),
        covariance - np.outer(gain, gain) * ((variance - spread) / variance**2),
    )


def quickest(run, turns):
    run()
    seconds = []
    for _ in range(9):
        start = time.perf_counter()
        for _ in range(turns):
            run()
        seconds.append((time.perf_counter() - start) / turns)
    return min(seconds)


difference = max(np.abs(score() - utilities).max(), np.abs(learn()[0] - after).max())
print(
    json.dumps(
        {
            "score": quickest(score, 5),
            "learn": quickest(learn, 200),
            "difference": float(difference),
            "version": np.__version__,
        }
    )
)
