"""Makes factors.json: complete ratings of 300 persons on 6 candidates, and what maximum-likelihood factor analysis makes
of them: the covariance of a rank-2 model with noise a candidate, found by scipy's L-BFGS on the exact log-likelihood
(no step in common with expectation-maximisation or variational Bayes). And ridge.json: ridge regression with a variance
of each group of columns and a precision of each value, by numpy.

    python make.py    # numpy, scipy
"""

import json
import pathlib

import numpy as np
from scipy.optimize import minimize

here = pathlib.Path(__file__).parent
random = np.random.default_rng(7)

persons, candidates, rank = 300, 6, 2
loadings = random.normal(size=(candidates, rank)) * [1.2, 0.8]
noise = random.uniform(0.4, 1.2, candidates)
ratings = (
    random.normal(size=candidates)
    + random.normal(size=(persons, rank)) @ loadings.T
    + random.normal(size=(persons, candidates)) * np.sqrt(noise)
).round(2)
sample = np.cov(ratings.T, bias=True)


def covariance(theta):
    factor = theta[: candidates * rank].reshape(candidates, rank)
    return factor @ factor.T + np.diag(np.exp(theta[candidates * rank :]))


def loss(theta):
    matrix = covariance(theta)
    return np.linalg.slogdet(matrix)[1] + np.trace(np.linalg.solve(matrix, sample))


best = min(
    (
        minimize(loss, np.concatenate([random.normal(size=candidates * rank), np.zeros(candidates)]), method="L-BFGS-B",
                 options={"maxiter": 2000})
        for _ in range(5)
    ),
    key=lambda found: found.fun,
)
(here / "factors.json").write_text(
    json.dumps(
        {
            "persons": persons,
            "candidates": candidates,
            "ratings": ratings.ravel().tolist(),
            "mean": ratings.mean(0).round(6).tolist(),
            "covariance": covariance(best.x).ravel().round(5).tolist(),
            "loss": round(float(best.fun), 5),
        }
    )
    + "\n"
)

# Ridge by group: the weights that Regression must find where variances are given.
rows, width = 30, 4
design = random.normal(size=(rows, width)).round(3)
values = (1 + design @ [1.0, -0.5, 0.0, 0.2] + 0.3 * random.normal(size=rows)).round(3)
precision = random.uniform(2, 20, rows).round(2)
offset, groups = 0.1, [0.5, 0.02]
weight = 1 / (offset + 1 / precision)
full = np.column_stack([np.ones(rows), design])
prior = np.diag([1e-6] + [1 / groups[0]] * 2 + [1 / groups[1]] * 2)
weights = np.linalg.solve(full.T @ (weight[:, None] * full) + prior, full.T @ (weight * values))
(here / "ridge.json").write_text(
    json.dumps(
        {
            "design": design.ravel().tolist(),
            "values": values.tolist(),
            "precision": precision.tolist(),
            "offset": offset,
            "groups": groups,
            "weights": weights.round(8).tolist(),
        }
    )
    + "\n"
)
