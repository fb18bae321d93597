"""Makes kinds.json: what rankings, points, stars and approvals are worth on a board. Nothing here is ours.

    python -m venv /tmp/oracles && /tmp/oracles/bin/pip install numpy scipy choix
    /tmp/oracles/bin/python crates/taste-model/tests/data/make_kinds.py

  rankings   random rankings of four out of eight, drawn from a Plackett-Luce model; `pairs` is choix's Bradley-Terry fit to
             every pair of each (rank-breaking), whose ridge is scaled as a pair's weight of 2/4 asks for; `full` is choix's
             maximum-likelihood fit of the Plackett-Luce model itself, which has no ridge
  approvals  answers of a Rasch model, P(for) = expit(u - a), of persons of very different thresholds; `pairs` is scipy's
             optimum of the conditional likelihood of every pair that a person answered differently, at 2/m, with a ridge of 1
"""

import itertools
import json
from pathlib import Path

import choix
import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit

HERE = Path(__file__).parent
random = np.random.default_rng(20260117)


def rankings():
    n, k, count = 8, 4, 400
    truth = np.linspace(-1.2, 1.2, n)
    said = []
    for _ in range(count):
        shown = random.permutation(n)[:k]
        # Gumbel noise and a sort is a draw from Plackett-Luce.
        order = np.argsort(-(truth[shown] + random.gumbel(size=k)))
        said.append([int(candidate) for candidate in shown[order]])
    pairs = [pair for ranking in said for pair in itertools.combinations(ranking, 2)]
    # choix penalises alpha * |x|^2; our ridge is 1, and each pair weighs 2/k: alpha = (1 / 2) / (2 / k).
    fit = choix.opt_pairwise(n, pairs, alpha=0.5 / (2 / k), tol=1e-12)
    full = choix.opt_rankings(n, said, tol=1e-12)
    return dict(candidates=n, said=said, truth=truth.tolist(), pairs=(fit - fit.mean()).tolist(), full=(full - full.mean()).tolist())


def approvals():
    n, persons = 6, 300
    truth = np.linspace(-1.0, 1.0, n)
    said = []
    for _ in range(persons):
        threshold = random.choice([-2.0, 0.0, 2.0])
        rated = np.sort(random.permutation(n)[: random.integers(2, n + 1)])
        said.append([[int(i), int(random.random() < expit(truth[i] - threshold))] for i in rated])
    weights = np.zeros((n, n))
    for answers in said:
        for (one, liked), (other, also) in itertools.combinations(answers, 2):
            if liked != also:
                weights[(one, other) if liked else (other, one)] += 2 / len(answers)

    def loss(u):
        return -(weights * log_expit(u[:, None] - u[None, :])).sum() + 0.5 * (u @ u)

    fit = minimize(loss, np.zeros(n), method="BFGS", options=dict(gtol=1e-9)).x
    return dict(candidates=n, said=said, truth=truth.tolist(), pairs=(fit - fit.mean()).tolist())


kinds = dict(rankings=rankings(), approvals=approvals())
(HERE / "kinds.json").write_text(json.dumps(kinds) + "\n")
for name, kind in kinds.items():
    for key in ("truth", "pairs", "full"):
        if key in kind:
            print(name, key, np.round(kind[key], 3))
