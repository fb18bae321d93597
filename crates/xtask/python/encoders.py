"""Images and sentences a second by Python's onnxruntime with PIL and tokenizers, of what `bench_encoders.rs` embedded.

usage: python encoders.py ENCODERS FOLDER THREADS  → one line of JSON

Both sides have the same threads. Here they are onnxruntime's, and sentences go in batches of 32 of like length, which is
how it is quickest. `cosine` is the least between its embeddings and ours. MiniLM is run twice: the file as it is, whose activations are
rounded to 8 bits, and the steady graph that ours makes of it (`steady_sentences`, `steady_cosine`).
"""

import json
import statistics
import sys
import time
from pathlib import Path

import numpy
import onnxruntime
import PIL
import tokenizers
from PIL import Image

encoders, folder, threads = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
TURNS = 5


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def unit(rows):
    return rows / numpy.linalg.norm(rows, axis=1, keepdims=True)


minilm, mobilenet = session(encoders / "minilm_l6_int8.onnx"), session(encoders / "mobilenetv2_qat_int8w.onnx")
steady = session(folder / "minilm_steady.onnx")
tokenizer = tokenizers.Tokenizer.from_file(str(encoders / "minilm_tokenizer.json"))
tokenizer.enable_truncation(256)
tokenizer.no_padding()
sentences = json.loads((folder / "sentences.json").read_text())
names = [entry.name for entry in minilm.get_inputs()]


def embed_sentences(minilm=minilm):
    encoded = tokenizer.encode_batch(sentences)
    order = sorted(range(len(encoded)), key=lambda at: len(encoded[at].ids))
    rows = [None] * len(encoded)
    for start in range(0, len(order), 32):
        part = order[start : start + 32]
        longest = max(len(encoded[at].ids) for at in part)
        ids = numpy.zeros((len(part), longest), numpy.int64)
        mask = numpy.zeros_like(ids)
        for row, at in enumerate(part):
            ids[row, : len(encoded[at].ids)] = encoded[at].ids
            mask[row, : len(encoded[at].ids)] = 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": numpy.zeros_like(ids)}
        result = minilm.run(None, {name: given[name] for name in names})[0]
        if result.ndim == 3:
            result = (result * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
        for at, row in zip(part, unit(result)):
            rows[at] = row
    return rows


pictures = [path.read_bytes() for path in sorted(folder.glob("*.jpg"))]


def embed_pictures():
    import io

    rows = []
    for picture in pictures:
        pixels = Image.open(io.BytesIO(picture)).convert("RGB").resize((224, 224), Image.Resampling.BILINEAR)
        given = (numpy.asarray(pixels, numpy.float32) / 255 - 0.5) / 0.5
        result = mobilenet.run(None, {mobilenet.get_inputs()[0].name: given.transpose(2, 0, 1)[None]})[0]
        rows.append(unit(result.reshape(1, -1))[0])
    return rows


def measured(embed, count):
    seconds = []
    for _ in range(TURNS + 1):
        start = time.perf_counter()
        embed()
        seconds.append(time.perf_counter() - start)
    return count / statistics.median(seconds[1:])


ours = json.loads((folder / "rows.json").read_text())


def least_cosine(kind, rows):
    return min(float(numpy.dot(mine, theirs)) for mine, theirs in zip(ours[kind], rows))


print(
    json.dumps(
        {
            "sentences": measured(embed_sentences, len(sentences)),
            "images": measured(embed_pictures, len(pictures)),
            "cosine": min(least_cosine("sentences", embed_sentences()), least_cosine("images", embed_pictures())),
            "steady_sentences": measured(lambda: embed_sentences(steady), len(sentences)),
            "steady_cosine": least_cosine("sentences", embed_sentences(steady)),
            "version": f"onnxruntime {onnxruntime.__version__}, PIL {PIL.__version__}, tokenizers {tokenizers.__version__}",
        }
    )
)
