"""Makes the small tokenizers, and what Python's `tokenizers` and Pillow say, that the tests compare with.

    pip install tokenizers sentencepiece pillow numpy
    python make.py

The tokenizers are trained here, on the lines below, so that their files are small; their parts (normalizers, splitters,
models, special tokens) are those of BERT, GPT-2, CLIP, XLM-RoBERTa, SigLIP and Llama.
"""
import base64
import hashlib
import json
import os
import tempfile

import numpy
import sentencepiece
from PIL import Image
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

LINES = [
    "The lighthouse keeper retired, and the sea, out of habit, kept looking up.",
    "Two cats walk into a bar; the bartender says: we don't serve cats! I'll wait, they've said.",
    "日本語と中文和한국어, עברית ו-العربية: مرحبا بالعالم",
    "Ça alors! Naïve café, façade, Ångström, ß, ﬁ, Ⅷ, ½, ①, Ａ",
    "👩‍👩‍👧‍👦 emoji 🏳️‍🌈 and\nline breaks\t\ttabs   spaces  \r\n end",
    "naïve naïve à la carte e\u0301a\u0308o\u0302 किताब กำ ꧁",
    "SHOUTING!!! and whispering… 1234567890 3.14 $5 50% #tag @name snake_case",
    "I'm he'll we've THEY'D it's 'quoted' \"double\" (paren) [bracket] {brace} <tag>",
    "",
    " ",
    "   leading and trailing   ",
    "a\u0000b\ufffdc\u200bd\u00ade\u2028f\u3000g",
    "<s>special [SEP] tokens</s> <|endoftext|> [MASK] in <mask> text <unk>",
    "ΣΊΣΥΦΟΣ İstanbul ŒUVRE ǅ",
    "word " * 60,
    "x" * 120 + " " + "supercalifragilisticexpialidocious",
    "Ünïcödé ‑ – — “quotes” ‚low‘ ¿qué? ¡sí! 。、！？",
    "𝒻𝒶𝓃𝒸𝓎 𝕞𝕒𝕥𝕙 ＦＵＬＬ ｗｉｄｔｈ ㍿ ㎏ ﷺ",
    "tab\tseparated\tvalues\n\n\nthree line breaks",
    "don't can't won't o'clock rock'n'roll",
]
CORPUS = LINES * 4 + [line.lower() for line in LINES]
CLIP = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def bert(lowercase):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(CORPUS, trainers.WordPieceTrainer(vocab_size=500, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]))
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return tokenizer


def gpt2(pattern=None):
    tokenizer = Tokenizer(models.BPE())
    if pattern is None:
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Split(Regex(pattern), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ])
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=450, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<|endoftext|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    # RoBERTa's mask takes the space before it along.
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return tokenizer


def clip():
    tokenizer = Tokenizer(models.BPE(unk_token="<|endoftext|>", end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(CLIP), "removed", invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=700, special_tokens=["<|startoftext|>", "<|endoftext|>"], end_of_word_suffix="</w>", initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.post_processor = processors.TemplateProcessing(single="<|startoftext|> $A <|endoftext|>", special_tokens=[("<|startoftext|>", 0), ("<|endoftext|>", 1)])
    return tokenizer


def unigram(charsmap, siglip):
    tokenizer = Tokenizer(models.Unigram())
    steps = [normalizers.Precompiled(charsmap)]
    if siglip:
        steps = [normalizers.Lowercase(), normalizers.Replace(Regex(r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]"), ""), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip(), *steps]
    else:
        steps = [*steps, normalizers.Replace(Regex(" {2,}"), " ")]
    tokenizer.normalizer = normalizers.Sequence(steps)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first" if siglip else "always")
    tokenizer.train_from_iterator(CORPUS, trainers.UnigramTrainer(vocab_size=420, unk_token="<unk>", special_tokens=["<s>", "<pad>", "</s>", "<unk>"]))
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>" if siglip else "<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return tokenizer


def llama():
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.train_from_iterator([" ".join(LINES[:8])[:300]], trainers.BpeTrainer(vocab_size=420, special_tokens=["<unk>", "<s>", "</s>", *[f"<0x{byte:02X}>" for byte in range(256)]]))
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return tokenizer


def words():
    tokenizer = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), pre_tokenizers.Punctuation("contiguous"), pre_tokenizers.Digits(individual_digits=True)])
    tokenizer.train_from_iterator(CORPUS, trainers.WordLevelTrainer(vocab_size=200, special_tokens=["[UNK]"]))
    return tokenizer


def charsmap():
    """A compiled normalisation of a few rules, in SentencePiece's own format."""
    with tempfile.TemporaryDirectory() as folder:
        rules, corpus = os.path.join(folder, "rules.tsv"), os.path.join(folder, "corpus.txt")
        pairs = {"ﬁ": "fi", "Ⅷ": "VIII", "½": "1⁄2", "①": "1", "Ａ": "A", "　": " ", "\t": " ", "\n": " ", "\u200b": "", "\u00ad": "", "é": "e", "e\u0301": "é", "…": "...", "㎏": "kg", "à": "a"}
        with open(rules, "w") as file:
            for source, target in pairs.items():
                file.write(" ".join(f"{ord(c):X}" for c in source) + "\t" + " ".join(f"{ord(c):X}" for c in target) + "\n")
        with open(corpus, "w") as file:
            file.write("\n".join(line for line in LINES if line.strip()))
        sentencepiece.SentencePieceTrainer.train(input=corpus, model_prefix=os.path.join(folder, "m"), vocab_size=200, normalization_rule_tsv=rules, hard_vocab_limit=False, minloglevel=2)
        model = sentencepiece_model_pb2.ModelProto()
        with open(os.path.join(folder, "m.model"), "rb") as file:
            model.ParseFromString(file.read())
        return model.normalizer_spec.precompiled_charsmap


def pictures():
    """What Pillow makes of a picture that `tests/picture.rs` draws too."""
    cases = []
    for width, height, new in [(97, 61, (32, 32)), (97, 61, (224, 224)), (640, 37, (224, 224)), (1, 1, (8, 8)), (300, 300, (299, 7)), (5, 400, (5, 50))]:
        y, x = numpy.mgrid[0:height, 0:width]
        pixels = numpy.stack([(x * 7 + y * 3) % 256, (x * y) % 256, (x * x + 5 * y) % 256], axis=2).astype(numpy.uint8)
        for name, filter in [("bilinear", Image.Resampling.BILINEAR), ("bicubic", Image.Resampling.BICUBIC)]:
            # Rows first, then columns, as Pillow up to 12 does always; 13 chooses.
            picture = Image.fromarray(pixels)
            resized = numpy.asarray(picture.resize((new[0], height), filter).resize(new, filter))
            cases.append({"width": width, "height": height, "size": list(new), "filter": name, "sha256": hashlib.sha256(resized.tobytes()).hexdigest()})
    return cases


here = os.path.dirname(os.path.abspath(__file__))
rules = charsmap()
made = {
    "bert-uncased": bert(True), "bert-cased": bert(False), "gpt2": gpt2(), "llama3": gpt2(LLAMA3), "clip": clip(),
    "xlm-roberta": unigram(rules, False), "siglip": unigram(rules, True), "llama": llama(), "words": words(),
}
cases = []
for name, tokenizer in made.items():
    tokenizer.save(os.path.join(here, f"{name}.json"), pretty=False)
    cases.append({"tokenizer": name, "ids": [tokenizer.encode(line).ids for line in LINES]})
with open(os.path.join(here, "reference.json"), "w") as file:
    json.dump({"lines": LINES, "tokenizers": cases, "pictures": pictures()}, file, ensure_ascii=False, separators=(",", ":"))
    file.write("\n")
