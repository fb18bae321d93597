"""Makes clap.json: what `ClapFeatureExtractor` of Hugging Face's `transformers` gives for short and long sounds.

    pip install transformers numpy
    python make_clap.py

Only the fusion of crops needs PyTorch, and that is not asked for here. The sounds are made by integer formulas that the Rust test
repeats. Written down are some places of each spectrogram, and what all its rows add up to.
"""
import json
import os

import numpy

from transformers.models.clap.feature_extraction_clap import ClapFeatureExtractor


def sound(count, step):
    """A rough sweep, in 512 steps; silence where `step` is 0."""
    at = numpy.arange(count, dtype=numpy.int64)
    return ((at * at // step % 512 - 256) / 512 if step else at * 0.0).astype(numpy.float32)


# name, settings beside the usual ones, samples, step
CASES = [
    # The settings of laion/clap-htsat-unfused and of larger_clap_general.
    ("unfused, short", {"truncation": "rand_trunc", "padding": "repeatpad", "frequency_min": 50}, 100_000, 97),
    ("unfused, exactly its length", {"truncation": "rand_trunc", "padding": "repeatpad", "frequency_min": 50}, 480_000, 997),
    ("unfused, silence", {"truncation": "rand_trunc", "padding": "repeatpad", "frequency_min": 50}, 48_000, 0),
    # Those of laion/clap-htsat-fused.
    ("fused, short", {"truncation": "fusion", "padding": "repeatpad", "frequency_min": 50}, 130_001, 97),
    ("repeated to its length", {"truncation": "rand_trunc", "padding": "repeat"}, 70_000, 89),
    ("filled with silence", {"truncation": "fusion", "padding": "pad"}, 30_000, 61),
    ("five seconds, 32 bands, at 32 kHz", {"truncation": "rand_trunc", "feature_size": 32, "sampling_rate": 32_000, "hop_length": 320, "max_length_s": 5, "frequency_max": 12_000, "fft_window_size": 2048}, 20_000, 31),
]


def case(name, settings, samples, step):
    extractor = ClapFeatureExtractor(**settings)
    mel = extractor(sound(samples, step), sampling_rate=extractor.sampling_rate)["input_features"][0]
    # Of a fusion of four, which are one and the same where nothing is cut.
    mel = numpy.asarray(mel[0], numpy.float64)
    frames, bands = mel.shape
    rows = [0, 1, 7, frames // 5, frames // 3, frames // 2, frames - 100, frames - 2, frames - 1]
    columns = [0, 1, 3, bands // 4, bands // 2, bands - 2, bands - 1]
    values = [[float(f"{mel[row, column]:.7g}") for column in columns] for row in rows]
    preprocessor = {key: value for key, value in extractor.to_dict().items() if key not in ("processor_class",)}
    return {
        "name": name, "samples": samples, "step": step, "shape": [frames, bands], "rows": rows, "columns": columns, "values": values,
        "sum": float(f"{mel.sum():.10g}"), "preprocessor": preprocessor,
    }


cases = [case(*each) for each in CASES]
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "clap.json"), "w", encoding="utf-8") as file:
    file.write("[\n" + ",\n".join(json.dumps(each) for each in cases) + "\n]\n")
