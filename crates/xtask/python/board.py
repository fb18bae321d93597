"""The peer of `cargo xtask bench --only board`: evalica on the comparisons that bench_board wrote.

usage: python3 board.py FOLDER  → one JSON object: seconds of the fit, and how far the two results are apart.
"""

import json
import sys
import time
from pathlib import Path

import evalica
import numpy as np

folder = Path(sys.argv[1])
pairs = np.fromfile(folder / "comparisons.bin", "<u4").reshape(-1, 2)
ratings = np.fromfile(folder / "ratings.bin", "<f8")
total = len(ratings)

# evalica's own compiled core, fed with what it wants: turning names into numbers is not what is compared.
core = evalica._brzo  # noqa: SLF001
winners = [evalica.Winner.X] * len(pairs)
lists = {
    "xs": pairs[:, 0].tolist(),
    "ys": pairs[:, 1].tolist(),
    "winners": winners,
    "weights": [1.0] * len(pairs),
    "total": total,
    "win_weight": 1.0,
    "tie_weight": 0.5,
    # Tight enough that both results agree to 1e-4; looser stops far from the answer.
    "tolerance": 1e-8,
    "limit": 1000,
}

seconds = []
for _ in range(5):
    start = time.perf_counter()
    scores, iterations = core.bradley_terry(**lists)
    seconds.append(time.perf_counter() - start)

theirs = np.log(np.asarray(scores))
difference = np.abs((theirs - theirs.mean()) - (ratings - ratings.mean())).max()
print(
    json.dumps(
        {
            "fit": min(seconds),
            "difference": float(difference),
            "iterations": int(iterations),
            "version": __import__("importlib.metadata").metadata.version("evalica"),
        }
    )
)
