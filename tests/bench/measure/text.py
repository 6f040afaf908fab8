"""The text that every model is trained on: of the chapter's size, the same on every machine."""
import itertools
import random

CHARACTERS, VOCABULARY = 10_000, 1027
STEPS, ROWS = 35, 32  # T, N
BATCHES = (CHARACTERS // ROWS - 1) // STEPS  # of an epoch


def zipf_text():
    """So many Chinese characters, as often as Zipf's law has it: the r-th most frequent 1/r times the first; each occurs."""
    alphabet = [chr(0x4E00 + i) for i in range(VOCABULARY)]
    weights = list(itertools.accumulate(1 / rank for rank in range(1, VOCABULARY + 1)))
    source = random.Random(1)
    text = alphabet + source.choices(alphabet, cum_weights=weights, k=CHARACTERS - VOCABULARY)
    source.shuffle(text)
    return "".join(text)
