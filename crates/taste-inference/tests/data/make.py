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
    print(f'{{\n "texts": [\n{rows}\n ],\n "picture": {json.dumps(picture_case)}\n}}')


main(sys.argv[1])
