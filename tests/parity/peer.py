#!/usr/bin/python3
"""The seven rows of experiments/chapter.yaml in plain PyTorch: what one would write without the runner.

    tests/parity/peer.py 'GRU scratch' --seed 1 --epochs 160

trains one row on the text of `fortunes`, corpus tang300 (or on --text FILE), and prints one JSON object an epoch:
{"row", "seed", "epoch", "vocabulary", "perplexity", "seconds", "threads", "blas"}. tests/bench/compare times it; to run it by
hand, name the folder of an OpenMP BLAS in LD_LIBRARY_PATH.

Needs Debian's python3-torch and fortunes-zh. It shares no code with the runner: it is the independent side of the
comparison. Shapes: T time steps, N batch, V vocabulary, H hidden units.
"""
import argparse
import json
import math
import re
import time

import torch
from torch import nn
from torch.nn import functional

T, N = 35, 32
CLIP_NORM = 0.01
FORTUNES = "/usr/share/games/fortunes/"


def fortunes_text(corpus):
    """Records without their colours, one after another: as plugins/data/fortunes reads them."""
    with open(FORTUNES + corpus, encoding="utf-8") as file:
        text = re.sub(r"\x1b\[[0-9;]*m", "", file.read())
    return "\n".join(record.strip("\n") for record in re.split(r"^%\n", text, flags=re.M) if record.strip("\n"))


def tokens_of(text, max_chars):
    text = re.sub(r"\r\n|\r|\n", " ", text)[:max_chars]
    numbers = {character: number for number, character in enumerate(sorted(set(text)))}
    return torch.tensor([numbers[character] for character in text]), len(numbers)


def batches(tokens):
    """Consecutive sampling: row n of a batch goes on where row n of the one before ended. Yields [T, N] pairs."""
    length = len(tokens) // N
    rows = tokens[:N * length].view(N, length)
    for start in range(0, (length - 1) // T * T, T):
        yield rows[:, start:start + T].t(), rows[:, start + 1:start + T + 1].t()


class ScratchCell(nn.Module):
    """Weights N(0, 0.01), biases 0, one product a gate, input and state."""

    def __init__(self, inputs, hidden, gates):
        super().__init__()
        for gate in gates:
            setattr(self, "W_x" + gate, nn.Parameter(torch.randn(inputs, hidden) * 0.01))
            setattr(self, "W_h" + gate, nn.Parameter(torch.randn(hidden, hidden) * 0.01))
            setattr(self, "b_" + gate, nn.Parameter(torch.zeros(hidden)))

    def gate(self, name, x, h):
        return x @ getattr(self, "W_x" + name) + h @ getattr(self, "W_h" + name) + getattr(self, "b_" + name)


class ScratchGru(ScratchCell):
    states = 1

    def __init__(self, inputs, hidden):
        super().__init__(inputs, hidden, ["r", "z", "h"])

    def forward(self, x, state):
        (h,) = state
        r, z = torch.sigmoid(self.gate("r", x, h)), torch.sigmoid(self.gate("z", x, h))
        candidate = torch.tanh(x @ self.W_xh + r * (h @ self.W_hh) + self.b_h)
        return (z * h + (1 - z) * candidate,)


class ScratchLstm(ScratchCell):
    states = 2

    def __init__(self, inputs, hidden):
        super().__init__(inputs, hidden, ["i", "f", "o", "c"])

    def forward(self, x, state):
        h, c = state
        i, f, o = (torch.sigmoid(self.gate(name, x, h)) for name in "ifo")
        c = f * c + i * torch.tanh(self.gate("c", x, h))
        return (o * torch.tanh(c), c)


class ScratchModel(nn.Module):
    def __init__(self, cell, vocabulary, hidden=256):
        super().__init__()
        self.cell, self.vocabulary, self.hidden = cell(vocabulary, hidden), vocabulary, hidden
        self.W_hq = nn.Parameter(torch.randn(hidden, vocabulary) * 0.01)
        self.b_q = nn.Parameter(torch.zeros(vocabulary))

    def forward(self, tokens, state):
        state = state or (torch.zeros(N, self.hidden),) * self.cell.states
        logits = []
        for x in functional.one_hot(tokens, self.vocabulary).float():
            state = self.cell(x, state)
            logits.append(state[0] @ self.W_hq + self.b_q)
        return torch.stack(logits), state


class ModuleModel(nn.Module):
    def __init__(self, module, vocabulary, hidden=256, **options):
        super().__init__()
        self.vocabulary = vocabulary
        self.rnn = module(vocabulary, hidden, **options)
        self.output = nn.Linear(hidden * (2 if self.rnn.bidirectional else 1), vocabulary)

    def forward(self, tokens, state):
        outputs, state = self.rnn(functional.one_hot(tokens, self.vocabulary).float(), state)
        return self.output(outputs), state if isinstance(state, tuple) else (state,)


def module_state(state):
    return state[0] if state and len(state) == 1 else state


ROWS = {
    "GRU scratch": lambda v: ScratchModel(ScratchGru, v),
    "GRU": lambda v: ModuleModel(nn.GRU, v),
    "LSTM scratch": lambda v: ScratchModel(ScratchLstm, v),
    "LSTM": lambda v: ModuleModel(nn.LSTM, v),
    "LSTM 2 layers": lambda v: ModuleModel(nn.LSTM, v, num_layers=2),
    "LSTM 6 layers": lambda v: ModuleModel(nn.LSTM, v, num_layers=6),
    "GRU bidirectional": lambda v: ModuleModel(nn.GRU, v, hidden=128, bidirectional=True),
}


def clip(parameters):
    norm = torch.sqrt(sum((p.grad ** 2).sum() for p in parameters)).item()
    if norm > CLIP_NORM:
        for p in parameters:
            p.grad *= CLIP_NORM / norm


def train(row, tokens, vocabulary, epochs):
    """Yields the perplexity of each epoch: exp of its mean training loss, the weights moving meanwhile."""
    model = ROWS[row](vocabulary)
    scratch = isinstance(model, ScratchModel)
    parameters = list(model.parameters())
    optimizer = torch.optim.SGD(parameters, lr=100) if scratch else torch.optim.Adam(parameters, lr=0.01)
    state = None
    for _ in range(epochs):
        state = None if scratch else state
        nats = count = 0
        for inputs, targets in batches(tokens):
            state = state and tuple(part.detach() for part in state)
            logits, state = model(inputs, state if scratch else module_state(state))
            loss = functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
            optimizer.zero_grad()
            loss.backward()
            clip(parameters)
            optimizer.step()
            nats, count = nats + loss.item() * targets.numel(), count + targets.numel()
        yield math.exp(nats / count)


def loaded_blas():
    """The file that LibTorch's matrix products come from."""
    with open("/proc/self/maps", encoding="utf-8") as maps:
        return next((line.split()[-1] for line in maps if re.search(r"/lib(blas|openblas|mkl)[^/]*$", line)), "")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("row", choices=ROWS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=160)
    parser.add_argument("--corpus", default="tang300")
    parser.add_argument("--text", help="a UTF-8 file instead of the corpus")
    parser.add_argument("--max-chars", type=int, default=10000)
    parser.add_argument("--threads", type=int, default=1, help="0: as many as PyTorch takes by itself")
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    if options.threads:
        torch.set_num_threads(options.threads)
    text = open(options.text, encoding="utf-8").read() if options.text else fortunes_text(options.corpus)
    tokens, vocabulary = tokens_of(text, options.max_chars)
    start = time.perf_counter()
    for epoch, perplexity in enumerate(train(options.row, tokens, vocabulary, options.epochs), 1):
        now = time.perf_counter()
        print(json.dumps({"row": options.row, "seed": options.seed, "epoch": epoch, "vocabulary": vocabulary,
                          "perplexity": perplexity, "seconds": now - start, "threads": torch.get_num_threads(),
                          "blas": loaded_blas()}), flush=True)
        start = now


if __name__ == "__main__":
    main()
