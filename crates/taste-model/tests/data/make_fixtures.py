"""Makes the fixtures that taste-model is tested against. Nothing here is ours: numbers come from scipy (quadrature, grids),
choix and evalica (Bradley-Terry), statsmodels (clustered covariance), onnx and ONNX Runtime (the model file).

    python -m venv /tmp/oracles && /tmp/oracles/bin/pip install numpy scipy choix evalica statsmodels onnx onnxruntime
    /tmp/oracles/bin/python crates/taste-model/tests/data/make_fixtures.py

Fixtures (all small, all seeded):
  predictions.json  answers and information gains with the predictor integrated over a normal, by scipy.integrate.quad
  posterior.json    mean and covariance of (z, a) after votes, by integration on a grid (r = 1)
  position.json     log-strengths, position term and model variances by statsmodels, where the side shown counts
  board.json        log-strengths by choix (with ridge) and evalica (ties as half wins); clustered variances by statsmodels
  head.onnx/.json   a model file written by the onnx package and what ONNX Runtime answers for it
"""

import json
import math
from pathlib import Path

import choix
import evalica
import numpy as np
import onnx
import onnxruntime
import statsmodels.api as sm
from onnx import TensorProto, helper, numpy_helper
from scipy import integrate
from scipy.special import expit

HERE = Path(__file__).parent


def write(name, value):
    (HERE / name).write_text(json.dumps(value, indent=1) + "\n")


def normal_mean(f, m, v):
    sd = math.sqrt(v)
    density = lambda x: math.exp(-0.5 * ((x - m) / sd) ** 2) / (sd * math.sqrt(2 * math.pi))
    points = sorted({m, 0.0, m - sd, m + sd})
    return integrate.quad(lambda x: f(x) * density(x), m - 12 * sd, m + 12 * sd, points=points, limit=500, epsabs=1e-13)[0]


def duel(d, tie, position):
    left, right = expit(d + position - tie), expit(-d - position - tie)
    return left, 1 - left - right, right


def entropy(ps):
    return -sum(p * math.log(p) for p in ps if p > 0)


def predictions():
    rows = []
    for m in (-4.0, -0.7, 0.0, 1.3, 9.0):
        for v in (0.01, 0.5, 3.0, 40.0):
            for tie, position in ((0.0, 0.0), (0.45, 0.12)):
                answers = [normal_mean(lambda x, k=k: duel(x, tie, position)[k], m, v) for k in range(3)]
                gain = entropy(answers) - normal_mean(lambda x: entropy(duel(x, tie, position)), m, v)
                approval = normal_mean(expit, m, v)
                rows.append(dict(mean=m, variance=v, tie=tie, position=position, answers=answers, gain=gain, approval=approval))
    write("predictions.json", rows)


def log_votes(votes, z, a, tie, position, t, neither):
    """Log-likelihood of votes on a grid of (z, a); a candidate is (utility, feature)."""
    u = lambda c: c[0] + z * c[1]
    ls = lambda x: -np.logaddexp(0, -x)
    total = np.zeros(np.broadcast(z, a).shape)
    for kind, candidates, outcome, weight in votes:
        if kind == "duel" and outcome == "neither":
            for c in candidates:
                total = total + weight * neither * ls(-(u(c) - a) / t)
        elif kind == "duel":
            d = (u(candidates[0]) - u(candidates[1])) / t + position
            total = total + weight * {
                "left": lambda: ls(d - tie),
                "right": lambda: ls(-d - tie),
                "tie": lambda: np.log1p(-math.exp(-2 * tie)) + ls(tie - d) + ls(tie + d),
            }[outcome]()
        else:
            s = (u(candidates[0]) - a) / t
            total = total + weight * ls(s if outcome == "for" else -s)
    return total


def posterior():
    base = dict(tie=0.4, position=0.15, temperature=0.8, neither=0.5)
    prior = dict(covariance=[[1.2, 0.3], [0.3, 0.7]], threshold=0.25)
    a, b, c = (0.3, 1.1), (-0.2, -0.6), (0.1, 0.4)
    sequences = {
        "one win": [("duel", [a, b], "left", 1.0)],
        "one surprise": [("duel", [a, b], "right", 1.0)],
        "one tie": [("duel", [a, b], "tie", 1.0)],
        "one strong win": [("duel", [b, a], "left", 2.0)],
        "one for": [("approval", [a], "for", 1.0)],
        "one weak against": [("approval", [c], "against", 0.3)],
        "neither": [("duel", [a, b], "neither", 1.0)],
        "ten mixed": [
            ("duel", [a, b], "left", 1.0), ("duel", [b, c], "right", 1.0), ("approval", [a], "for", 1.0),
            ("duel", [a, c], "tie", 1.0), ("approval", [b], "against", 1.0), ("duel", [c, a], "right", 1.5),
            ("duel", [b, c], "neither", 1.0), ("approval", [c], "for", 1.0), ("duel", [a, b], "right", 1.0),
            ("duel", [b, a], "right", 1.0),
        ],
        "contradictory": [("duel", [a, b], w, 1.0) for w in ("left", "right") * 10],
    }
    span = np.linspace(-9, 9, 2401)
    z, th = np.meshgrid(span, span + prior["threshold"], indexing="ij")
    precision = np.linalg.inv(np.array(prior["covariance"]))
    dz, da = z, th - prior["threshold"]
    log_prior = -0.5 * (precision[0, 0] * dz**2 + 2 * precision[0, 1] * dz * da + precision[1, 1] * da**2)
    rows = []
    for name, votes in sequences.items():
        log = log_prior + log_votes(votes, z, th, base["tie"], base["position"], base["temperature"], base["neither"])
        p = np.exp(log - log.max())
        p /= p.sum()
        mz, ma = (p * z).sum(), (p * th).sum()
        cov = [
            [(p * (z - mz) ** 2).sum(), (p * (z - mz) * (th - ma)).sum()],
            [(p * (z - mz) * (th - ma)).sum(), (p * (th - ma) ** 2).sum()],
        ]
        wire = [dict(kind=k, candidates=cs, outcome=o, weight=w) for k, cs, o, w in votes]
        rows.append(dict(name=name, votes=wire, mean=[mz, ma], covariance=cov))
    write("posterior.json", dict(likelihood=base, prior=prior, cases=rows))


def board():
    rng = np.random.default_rng(7)
    n, strength = 12, rng.normal(size=12)
    rows = []
    for person in range(40):
        for _ in range(rng.integers(3, 20)):
            i, j = rng.choice(n, 2, replace=False)
            if rng.random() < 0.12:
                rows.append((int(i), int(j), person, True))
            elif rng.random() < expit(strength[i] - strength[j]):
                rows.append((int(i), int(j), person, False))
            else:
                rows.append((int(j), int(i), person, False))
    wins = [(w, l) for w, l, _, tie in rows if not tie]
    # choix penalises alpha * |x|^2, so its alpha is half of our ridge.
    ridged = choix.opt_pairwise(n, wins, alpha=0.25, tol=1e-12)
    plain = choix.opt_pairwise(n, wins, alpha=0.0, tol=1e-12)
    xs, ys = [w for w, *_ in rows], [l for _, l, *_ in rows]
    outcomes = [evalica.Winner.Draw if tie else evalica.Winner.X for *_, tie in rows]
    result = evalica.bradley_terry(xs, ys, outcomes, tie_weight=0.5, tolerance=1e-12, limit=100000)
    tied = np.log(result.scores.reindex(range(n)).to_numpy())
    # Clustered covariance of theta_i - theta_0, without ties and ridge; candidate 0 is the reference.
    x = np.zeros((len(wins), n))
    for row, (w, l) in enumerate(wins):
        x[row, w], x[row, l] = 1, -1
    # Half of the rows are turned round: a response of nothing but ones is refused.
    y = np.ones(len(wins))
    y[::2], x[::2] = 0, -x[::2]
    groups = np.array([p for _, _, p, tie in rows if not tie])
    fit = sm.GLM(y, x[:, 1:], family=sm.families.Binomial()).fit(
        cov_type="cluster", cov_kwds=dict(groups=groups, use_correction=False), tol=1e-14, maxiter=200)
    model = sm.GLM(y, x[:, 1:], family=sm.families.Binomial()).fit(tol=1e-14, maxiter=200)
    write("board.json", dict(
        candidates=n, comparisons=rows, ridge_half=(ridged - ridged.mean()).tolist(), plain=(plain - plain.mean()).tolist(),
        tied=(tied - tied.mean()).tolist(), persons=len(set(groups.tolist())), cluster_variance=np.diag(fit.cov_params()).tolist(),
        model_variance=np.diag(model.cov_params()).tolist()))


def position():
    rng = np.random.default_rng(11)
    n, beta = 8, 0.6
    strength = rng.normal(size=n)
    rows = []
    for _ in range(900):
        # Low numbers are shown left more often.
        i, j = sorted(rng.choice(n, 2, replace=False))
        left, right = (i, j) if rng.random() < 0.8 else (j, i)
        won = rng.random() < expit(strength[left] - strength[right] + beta)
        rows.append((int(left), int(right), bool(won)))
    x = np.zeros((len(rows), n + 1))
    for row, (left, right, _) in enumerate(rows):
        x[row, left], x[row, right], x[row, n] = 1, -1, 1
    y = np.array([float(won) for *_, won in rows])
    fit = sm.GLM(y, x[:, 1:], family=sm.families.Binomial()).fit(tol=1e-14, maxiter=200)
    ratings = np.concatenate([[0.0], fit.params[:-1]])
    write("position.json", dict(
        candidates=n, duels=rows, ratings=(ratings - ratings.mean()).tolist(), position=float(fit.params[-1]),
        variances=np.diag(fit.cov_params()).tolist()))


def head():
    rng = np.random.default_rng(3)
    d, k, r = 5, 4, 2
    f = lambda *shape: rng.normal(size=shape).astype(np.float32)
    cov = np.array([[1.0, 0.2, 0.0], [0.2, 0.5, -0.1], [0.0, -0.1, 0.8]], np.float32)
    constants = {
        "standard.mean": f(d), "standard.inv_std": np.abs(f(d)) + 0.5, "hidden.weight": f(d, k), "hidden.bias": f(k),
        "utility.weight": f(k), "utility.bias": np.array(0.3, np.float32), "feature.weight": f(k, r),
        "prior.covariance": cov, "likelihood.values": np.array([0.4, 0.1, -0.2, 1.5, 0.25, 0.5], np.float32),
        "offset.ids": np.stack([np.full(32, 1, np.uint8), np.full(32, 2, np.uint8)]), "offset.values": f(2),
    }
    nodes = [
        ("Sub", ["embedding", "standard.mean"], "centred"), ("Mul", ["centred", "standard.inv_std"], "standardised"),
        ("MatMul", ["standardised", "hidden.weight"], "hidden.product"), ("Add", ["hidden.product", "hidden.bias"], "hidden.sum"),
        ("Tanh", ["hidden.sum"], "hidden"), ("MatMul", ["hidden", "utility.weight"], "utility.product"),
        ("Add", ["utility.product", "utility.bias"], "utility"), ("MatMul", ["hidden", "feature.weight"], "features"),
        ("Identity", ["prior.covariance"], "prior_covariance"), ("Identity", ["likelihood.values"], "likelihood"),
    ]
    info = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    graph = helper.make_graph(
        [helper.make_node(op, i, [o]) for op, i, o in nodes], "taste-model", [info("embedding", ["n", d])],
        [info("utility", ["n"]), info("features", ["n", r]), info("prior_covariance", [r + 1, r + 1]), info("likelihood", [6])],
        [numpy_helper.from_array(v, name) for name, v in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    helper.set_model_props(model, {
        "format": "tastemaker.taste-model/1", "encoder": "test@1", "round": "0x" + "ab" * 32, "log_size": "12",
        "log_root": "0x" + "cd" * 32, "seed": "18446744073709551615", "metrics": "{}", "parent": ""})
    onnx.checker.check_model(model, full_check=True)
    data = model.SerializeToString(deterministic=True)
    (HERE / "head.onnx").write_bytes(data)
    x = f(6, d)
    utility, features, prior, likelihood = onnxruntime.InferenceSession(data).run(None, {"embedding": x})
    write("head.json", dict(
        embeddings=x.tolist(), utility=utility.tolist(), features=features.tolist(), prior=prior.tolist(),
        likelihood=likelihood.tolist(), offsets=constants["offset.values"].tolist()))


if __name__ == "__main__":
    predictions()
    posterior()
    board()
    position()
    head()
