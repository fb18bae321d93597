"""The peers of `cargo xtask bench --only board`, on the comparisons that bench_board wrote.

usage: python3 board.py FOLDER CANDIDATES evalica|arena-rank  → one JSON object: seconds, and how far the results are apart.

evalica fits strengths. arena-rank adds up comparisons, fits, and has sandwich intervals: what a board does.
"""

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np

folder, candidates, peer = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
# evalica's matrices are dense: ten thousand candidates take it a minute. arena-rank takes seconds for a thousand.
RUNS = 9 if candidates <= 1000 and peer == "evalica" else 1
winners, losers, _ = np.fromfile(folder / f"{candidates}-comparisons.bin", "<u4").reshape(-1, 3).T
ratings = np.fromfile(folder / f"{candidates}-ratings.bin", "<f8")


def evalica():
    import evalica

    # Its own compiled core, fed with arrays of its own types: neither turning names into numbers nor turning Python lists
    # into arrays, which takes longer than the fit, is what is compared.
    core = evalica._brzo  # noqa: SLF001
    arguments = {
        "xs": winners.astype(np.uintp),
        "ys": losers.astype(np.uintp),
        "winners": np.full(len(winners), int(evalica.Winner.X), np.uint8),
        "weights": np.ones(len(winners)),
        "total": candidates,
        "win_weight": 1.0,
        "tie_weight": 0.5,
        # Tight enough that both results agree to 1e-4; looser stops far from the answer.
        "tolerance": 1e-8,
        "limit": 1000,
    }
    return lambda: np.log(np.asarray(core.bradley_terry(**arguments)[0]))


def arena_rank():
    import jax
    import jax.numpy as jnp
    from arena_rank.models.bradley_terry import BradleyTerry
    from arena_rank.utils.data_utils import PairDataset
    import pandas

    jax.config.update("jax_enable_x64", True)
    # Numbers for names, which it would sort as texts.
    frame = pandas.DataFrame({"model_a": winners, "model_b": losers, "winner": "model_a"})

    def board():
        dataset = PairDataset.from_pandas(frame)
        model = BradleyTerry(n_competitors=candidates, scale=1.0, base=float(np.e), init_rating=0.0)
        results = model.compute_ratings_and_cis(dataset)
        assert np.isfinite(np.asarray(results["rating_lower"])).all()
        return np.asarray(jax.block_until_ready(jnp.asarray(model.params["ratings"])))

    return board


run = {"evalica": evalica, "arena-rank": arena_rank}[peer]()
# The first run warms up, and arena-rank's compiles.
if candidates <= 1000:
    run()
quickest = np.inf
for _ in range(RUNS):
    start = time.perf_counter()
    theirs = run()
    quickest = min(quickest, time.perf_counter() - start)
difference = np.abs((theirs - theirs.mean()) - (ratings - ratings.mean())).max()
print(json.dumps({"seconds": quickest, "difference": float(difference), "version": version(peer)}))
