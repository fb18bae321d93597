"""Makes shared_encoders.json: what Python's onnxruntime, PIL and tokenizers give for the real encoders of ../shared/encoders.

    python -m venv venv && venv/bin/pip install numpy pillow onnx onnxruntime tokenizers
    venv/bin/python make.py ENCODERS_FOLDER > shared_encoders.json

The picture is made by the integer formula that the Rust test repeats.
"""

import json
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper
from PIL import Image
from tokenizers import Tokenizer

TEXTS = [
    "A man walks into a bar. Ouch!",
    "Why did the chicken cross the road? To get to the other side!",
    "Naïve café, 100% déjà-vu: 業界No.1",
    "word " * 400,
]


def picture(width=320, height=200):
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x * 255 // (width - 1), (x * y) // 7 % 256, y * 255 // (height - 1)], -1).astype(np.uint8)


def sound(count=30_000):
    """A rough sweep at 16 kHz, by an integer formula that the Rust test repeats."""
    at = np.arange(count, dtype=np.int64)
    return ((at * at // 97 % 512 - 256) / 512).astype(np.float32)


def log_mel(samples):
    """YAMNet's patches as its own code computes them (tf.signal.stft, linear_to_mel_weight_matrix, pad_waveform)."""
    padding = max(0, 15_600 - len(samples)) + -max(0, len(samples) - 15_600) % 7_680
    samples = np.pad(samples.astype(np.float64), (0, padding))
    frames = np.lib.stride_tricks.sliding_window_view(samples, 400)[::160]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    magnitudes = np.abs(np.fft.rfft(frames * window, 512))
    mel = lambda hertz: 1127 * np.log1p(hertz / 700)
    edges = np.linspace(mel(125), mel(7500), 66)
    bins = mel(np.arange(1, 257) * 16_000 / 512)[:, None]
    rise = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    weights = np.pad(np.maximum(0, np.minimum(rise, fall)), ((1, 0), (0, 0)))
    rows = np.log(magnitudes @ weights + 0.001)
    return np.stack([rows[start : start + 96] for start in range(0, len(rows) - 95, 48)]).astype(np.float32)


def heard(folder):
    """What is put into the network, at some places, and its embedding: the mean of the patches'."""
    patches = log_mel(sound())
    session = onnxruntime.InferenceSession(f"{folder}/yamnet_trunk_int8w.onnx", providers=["CPUExecutionProvider"])
    rows = session.run(None, {session.get_inputs()[0].name: patches[:, None]})[0].reshape(len(patches), -1)
    places = [[p, f, b] for p in range(3) for f in (0, 41, 95) for b in (0, 9, 31, 63)]
    values = [float(f"{patches[tuple(place)]:.6g}") for place in places]
    return {"patches": len(patches), "places": places, "values": values, "embedding": unit(rows.mean(0))}


def unit(vector):
    vector = np.asarray(vector, np.float64)
    return [float(f"{v:.5g}") for v in vector / np.linalg.norm(vector)]


def steady(path):
    """The graph with its activations not rounded to 8 bits, as crates/taste-preprocess/src/steady.rs makes it."""
    model = onnx.load(path)
    constants = {constant.name: numpy_helper.to_array(constant) for constant in model.graph.initializer}
    nodes = []
    for node in model.graph.node:
        if node.op_type == "DynamicQuantizeLinear":
            nodes.append(helper.make_node("Identity", [node.input[0]], [node.output[0]]))
            model.graph.initializer.append(numpy_helper.from_array(np.array(1, np.float32), node.output[1]))
        elif node.op_type == "MatMulInteger":
            weights = constants[node.input[1]].astype(np.float32) - constants[node.input[3]].astype(np.float32)
            model.graph.initializer.append(numpy_helper.from_array(weights, node.output[0] + "/weights"))
            nodes.append(helper.make_node("MatMul", [node.input[0], node.output[0] + "/weights"], [node.output[0]]))
        else:
            nodes.append(node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model.SerializeToString()


def session(path):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # As OrtGraph does: the same numbers on processors with and without VNNI.
    options.add_session_config_entry("session.x64quantprecision", "1")
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def main(folder):
    tokenizer = Tokenizer.from_file(f"{folder}/minilm_tokenizer.json")
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    minilm = session(steady(f"{folder}/minilm_l6_int8.onnx"))
    texts = []
    for text in TEXTS:
        ids = np.array([tokenizer.encode(text).ids], np.int64)
        out = minilm.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0]
        texts.append({"text": text, "ids": ids[0].tolist(), "embedding": unit(out)})
    resized = Image.fromarray(picture()).resize((224, 224), Image.BILINEAR)
    x = (np.asarray(resized, np.float32) / 255 - 0.5) / 0.5
    mobilenet = session(f"{folder}/mobilenetv2_qat_int8w.onnx")
    out = mobilenet.run(None, {"x": x.transpose(2, 0, 1)[None]})[0][0]
    picture_case = {"width": 320, "height": 200, "embedding": unit(out)}
    rows = ",\n".join("  " + json.dumps(case, ensure_ascii=False) for case in texts)
    print(f'{{\n "texts": [\n{rows}\n ],\n "picture": {json.dumps(picture_case)},\n "sound": {json.dumps(heard(folder))}\n}}')


main(sys.argv[1])
