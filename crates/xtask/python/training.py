"""The peer of `cargo xtask bench --only training`: PyTorch on the problem that bench_step wrote.

usage: python3 training.py FOLDER THREADS  → one JSON object: steps a second, the loss of the first step and after the warm-up.

Eager, as PyTorch is meant to be written: parameters as tensors, autograd, its own AdamW in the fused form, and
`index_select` where an index would do, because its gradient is faster.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import softplus

folder = Path(sys.argv[1])
torch.set_num_threads(int(sys.argv[2]))
problem = json.loads((folder / "problem.json").read_text())


def floats(name):
    return torch.from_numpy(np.fromfile(folder / f"{name}.f32", "<f4"))


def integers(name):
    return torch.from_numpy(np.fromfile(folder / f"{name}.i64", "<i8"))


n, d, r, persons = (problem[name] for name in ("candidates", "dimension", "rank", "persons"))
embeddings = floats("embeddings").reshape(n, d)
# In the order of taste-train's `Layout`, without a hidden layer.
shapes = {
    "utility": (d,),
    "features": (d, r),
    "taste": (persons, r),
    "threshold": (persons,),
    "offset": (n,),
    "tie": (1,),
    "position": (1,),
    "mean": (1,),
}
start = floats("parameters")
pieces = start.split([int(np.prod(shape)) for shape in shapes.values()])
p = {name: torch.nn.Parameter(piece.clone().reshape(shape)) for (name, shape), piece in zip(shapes.items(), pieces)}

by_duel = [part.chunk(problem["batches"]) for part in map(integers, ("duel_person", "duel_left", "duel_right"))]
duel_weight = floats("duel_weight").reshape(-1, 3).chunk(problem["batches"])
by_approval = [part.chunk(problem["batches"]) for part in map(integers, ("approval_person", "approval_candidate"))]
approval_weight = floats("approval_weight").reshape(-1, 2).chunk(problem["batches"])
batches = [
    (*(part[at] for part in by_duel), *duel_weight[at].t().contiguous(), *(part[at] for part in by_approval), *approval_weight[at].t().contiguous())
    for at in range(problem["batches"])
]

optimiser = torch.optim.AdamW(
    p.values(), lr=problem["rate"], betas=(problem["beta_1"], problem["beta_2"]), eps=problem["epsilon"], weight_decay=0.0, fused=True
)
steps = 0


def step():
    global steps
    person, left, right, w_left, w_right, w_tie, approver, candidate, w_for, w_against = batches[steps % len(batches)]
    steps += 1
    optimiser.zero_grad(set_to_none=True)
    utility = embeddings @ p["utility"] + p["offset"]
    features = embeddings @ p["features"]
    gap = utility.index_select(0, left) - utility.index_select(0, right)
    own = (features.index_select(0, left) - features.index_select(0, right)) * p["taste"].index_select(0, person)
    s = gap + own.sum(1) + p["position"]
    tau = problem["least_tie"] + softplus(p["tie"] + problem["tie_shift"])
    a, b = tau - s, tau + s
    tie = softplus(-a) + softplus(-b) - torch.log(1.0 - torch.exp(-2.0 * tau))
    loss = w_left @ softplus(a) + w_right @ softplus(b) + w_tie @ tie
    own = features.index_select(0, candidate) * p["taste"].index_select(0, approver)
    t = utility.index_select(0, candidate) + own.sum(1) - p["mean"] - p["threshold"].index_select(0, approver)
    loss = loss + w_for @ softplus(-t) + w_against @ softplus(t)
    loss = loss + 0.5 * problem["precision"] * sum(parameter.square().sum() for parameter in p.values())
    loss.backward()
    optimiser.step()
    # A number, as the other side has one after each step.
    return loss.item()


first = last = step()
for _ in range(1, problem["warm_up"]):
    last = step()
rates = []
for _ in range(problem["turns"]):
    started, done = time.perf_counter(), 0
    while time.perf_counter() - started < problem["turn_seconds"]:
        step()
        done += 1
    rates.append(done / (time.perf_counter() - started))
print(json.dumps({"rate": sorted(rates)[len(rates) // 2], "first_loss": first, "last_loss": last, "version": torch.__version__}))
