"""The peer of `cargo xtask bench --only board`: evalica on the comparisons that bench_board wrote.

usage: python3 board.py FOLDER  → one JSON object: seconds of the fit, and how far the two results are apart.
"""

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import evalica
import numpy as np

RUNS = 9

folder = Path(sys.argv[1])
pairs = np.fromfile(folder / "comparisons.bin", "<u4").reshape(-1, 2)
ratings = np.fromfile(folder / "ratings.bin", "<f8")

# evalica's own compiled core, fed with arrays of its own types: neither turning names into numbers nor turning Python
# lists into arrays, which takes longer than the fit, is what is compared.
core = evalica._brzo  # noqa: SLF001
arguments = {
    "xs": pairs[:, 0].astype(np.uintp),
    "ys": pairs[:, 1].astype(np.uintp),
    "winners": np.full(len(pairs), int(evalica.Winner.X), np.uint8),
    "weights": np.ones(len(pairs)),
    "total": len(ratings),
    "win_weight": 1.0,
    "tie_weight": 0.5,
    # Tight enough that both results agree to 1e-4; looser stops far from the answer.
    "tolerance": 1e-8,
    "limit": 1000,
}

seconds = []
for _ in range(RUNS + 1):
    start = time.perf_counter()
    scores, iterations = core.bradley_terry(**arguments)
    seconds.append(time.perf_counter() - start)
# The first run warms up.
fit = sorted(seconds[1:])[RUNS // 2]

theirs = np.log(np.asarray(scores))
difference = np.abs((theirs - theirs.mean()) - (ratings - ratings.mean())).max()
print(json.dumps({"fit": fit, "difference": float(difference), "iterations": int(iterations), "version": version("evalica")}))
