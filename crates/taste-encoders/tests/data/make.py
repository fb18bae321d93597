"""Makes oracle.json: what independent libraries say about the pieces of visual@1 and text@1.

    python -m venv venv && venv/bin/pip install numpy scipy scikit-image pillow PyWavelets
    venv/bin/python make.py > oracle.json

The synthetic pictures are made by the same integer formulas in tests/oracle.rs, so no pixels are stored.
"""

import json
import math
from collections import Counter

import numpy as np
import pywt
from scipy import ndimage
from skimage.color import rgb2lab


def picture(name, width, height):
    """RGBA, uint8, by integer formulas that the Rust test repeats."""
    y, x = np.mgrid[0:height, 0:width].astype(np.int64)
    if name == "waves":
        r, g, b, a = x * 255 // max(width - 1, 1), (x * y) % 256, y * 255 // max(height - 1, 1), 255 + 0 * x
    elif name == "checks":
        on = ((x // 16 + y // 16) % 2) * 255
        r, g, b, a = on, on // 2 + 40, 200 - on // 2, 255 + 0 * x
    elif name == "noise":
        h = (x * 374761393 + y * 668265263) % 4294967296
        h = ((h ^ (h >> 13)) * 1274126177) % 4294967296
        r, g, b, a = h >> 24, (h >> 16) % 256, (h >> 8) % 256, h % 256
    else:
        raise ValueError(name)
    return np.stack([r, g, b, a], -1).astype(np.uint8)


def area_average(plane, cells):
    """Exact area averages along both axes, as a product with a matrix of overlaps."""

    def overlaps(length):
        matrix = np.zeros((cells, length))
        for cell in range(cells):
            start, end = cell * length / cells, (cell + 1) * length / cells
            for pixel in range(int(start), min(length, math.ceil(end))):
                matrix[cell, pixel] = max(0, min(end, pixel + 1) - max(start, pixel))
        return matrix / (length / cells)

    return overlaps(plane.shape[0]) @ plane @ overlaps(plane.shape[1]).T


def visual(rgba):
    rgba = rgba.astype(float)
    alpha = rgba[..., 3:] / 255
    over_white = rgba[..., :3] * alpha + 255 * (1 - alpha)
    fine = np.stack([area_average(over_white[..., c], 128) for c in range(3)], -1)
    coarse = np.floor(fine.reshape(64, 2, 64, 2, 3).mean((1, 3)) + 0.5)
    luma = fine @ np.array([0.299, 0.587, 0.114]) / 255
    lab = rgb2lab(coarse / 255)
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    r, g, b = coarse[..., 0], coarse[..., 1], coarse[..., 2]
    rg, yb = r - g, (r + g) / 2 - b
    colourfulness = math.hypot(rg.std(), yb.std()) + 0.3 * math.hypot(rg.mean(), yb.mean())
    gx, gy = (ndimage.sobel(luma, axis=axis)[1:-1, 1:-1] / 8 for axis in (1, 0))
    gradient = np.hypot(gx, gy)
    angle = np.degrees(np.arctan2(gy, gx)) % 180
    sectors = np.floor((angle + 11.25) / 22.5).astype(int) % 8
    orientation = np.array([gradient[sectors == k].sum() for k in range(8)])
    counts = np.bincount(np.minimum((gradient * 50).astype(int), 15).ravel(), minlength=16)
    shares = counts[counts > 0] / counts.sum()
    haar, plane = [], luma
    for _ in range(5):
        # pywt's orthonormal details are twice the averages used here.
        plane, details = pywt.dwt2(plane, "haar", mode="periodization")
        plane = plane / 2
        haar.append(math.log10(math.sqrt(sum(((d / 2) ** 2).mean() for d in details)) + 1e-3))
    laplacian = ndimage.laplace(luma)[1:-1, 1:-1]
    centred = luma - luma.mean()
    mirrored = [centred[:, ::-1], centred[::-1], centred[::-1, ::-1]]
    grid = lambda plane: plane.reshape(4, plane.shape[0] // 4, 4, -1).mean((1, 3)).ravel().tolist()
    colours = np.unique((coarse.astype(int) // 16).reshape(-1, 3), axis=0, return_counts=True)[1]
    return {
        "mean L": [lab[..., 0].mean()],
        "mean a": [lab[..., 1].mean()],
        "mean b": [lab[..., 2].mean()],
        "standard deviation of L": [lab[..., 0].std()],
        "standard deviation of a": [lab[..., 1].std()],
        "standard deviation of b": [lab[..., 2].std()],
        "mean chroma": [chroma.mean()],
        "standard deviation of chroma": [chroma.std()],
        "colourfulness of Hasler and Süsstrunk": [colourfulness],
        "L on the grid": grid(lab[..., 0]),
        "a on the grid": grid(lab[..., 1]),
        "b on the grid": grid(lab[..., 2]),
        "mean gradient": [gradient.mean()],
        "share of cells with a gradient over 0.04, over 0.12": [(gradient > 0.04).mean(), (gradient > 0.12).mean()],
        "gradient in 8 orientations, the first along x, as shares": (
            (orientation + 0.125) / (orientation.sum() + 1)
        ).tolist(),
        "entropy of the gradient's 16-bin histogram, of 4 bits": [float(-(shares * np.log2(shares)).sum() / 4)],
        "log10 root mean square of Haar details, finest of 5 levels first": haar,
        "log10 mean square of the Laplacian (sharpness)": [math.log10((laplacian**2).mean() + 1e-6)],
        "log10 number of colours at 4 bits a channel": [math.log10(len(colours))],
        "share of the most frequent colour": [colours.max() / 4096],
        "correlation with the mirror image left-right, up-down, and with the half turn": [
            float(np.corrcoef(centred.ravel(), other.ravel())[0, 1]) for other in mirrored
        ],
        "natural logarithm of width / height": [math.log(rgba.shape[1] / rgba.shape[0])],
    }


TEXTS = [
    "Why did the chicken cross the road? To get to the other side!",
    "業界No.1、草刈り業者チェーン【公式】",
    "Ещё не вечер… И всё же: пора!",
]


def text(content):
    visible = [c for c in content if not c.isspace()]
    folded = [c.lower() for c in visible]
    counts = np.array(list(Counter(folded).values()))
    shares = counts / counts.sum()
    letters = [c for c in visible if c.isalpha()]
    cased = [c for c in letters if c.lower() != c.upper()]
    return {
        "ln characters": [math.log1p(len(visible))],
        "share of letters": [len(letters) / len(visible)],
        "share of digits": [sum(c.isdigit() for c in visible) / len(visible)],
        "capitals, as a share of letters that have them": [sum(c.isupper() for c in cased) / max(len(cased), 1)],
        "ln question marks": [math.log1p(content.count("?"))],
        "ln exclamation marks": [math.log1p(content.count("!"))],
        "ln different characters / ln characters": [math.log1p(len(counts)) / math.log1p(len(visible))],
        "entropy of the characters, bits": [float(-(shares * np.log2(shares)).sum())],
        "Latin, as a share of the letters": [sum(c.isascii() for c in letters) / len(letters)],
    }


if __name__ == "__main__":
    pictures = [("waves", 300, 200), ("checks", 128, 128), ("noise", 97, 211), ("waves", 50, 40)]
    rounded = lambda groups: {name: [float(f"{v:.9g}") for v in values] for name, values in groups.items()}
    oracle = {
        "pictures": [
            {"name": n, "width": w, "height": h, "groups": rounded(visual(picture(n, w, h)))} for n, w, h in pictures
        ],
        "texts": [{"text": t, "groups": rounded(text(t))} for t in TEXTS],
    }
    print(json.dumps(oracle, ensure_ascii=False, indent=1))
