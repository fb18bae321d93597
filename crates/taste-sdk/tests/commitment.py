"""Writes commitment.txt: the digest that guess.rs must reach, by another SHA-256 than ours."""

import hashlib
import pathlib

text = (
    "tastemaker.prediction/1\n"
    f"round 0x{'09' * 32}\n"
    f"question duel 0x{'01' * 32} 0x{'02' * 32}\n"
    f"model 0x{'00' * 32}\n"
    "probability 710000\nlow 500000\nhigh 900000\n"
    f"salt 0x{'07' * 32}\n"
)
digest = hashlib.sha256(text.encode()).hexdigest()
pathlib.Path(__file__).with_name("commitment.txt").write_text(f"0x{digest}\n")
