"""One training step at one thread: ours over the floor, PyTorch's over ours."""
from .figures import Figure, at_least, at_most

ADAM = {"name": "adam", "lr": 0.01}
SGD = {"name": "sgd", "lr": 100}
# Limits of PyTorch's nn.GRU and nn.LSTM over our fused step, by layers; a GRU of two layers is no row of the chapter.
PEERS = {("gru", 1): ("GRU", at_least(2.2)), ("lstm", 1): ("LSTM", at_least(2.0)), ("lstm", 2): ("LSTM 2 layers", None)}
SCRATCH = {"gru_scratch": "GRU scratch", "lstm_scratch": "LSTM scratch"}


def ratios(over, under):
    return [one / other for one, other in zip(over, under)]


def rounds_of(options, measures):
    """Every measure once in each round, so that the machine's drift meets all alike: a list of numbers for each."""
    taken = [[measure() for measure in measures] for _ in range(options.rounds)]
    return [list(numbers) for numbers in zip(*taken)]


def fused_figures(programs, options, cell, layers):
    plugin = options.fused[cell]
    epochs = 3 if options.quick else 8
    peer_row, peer_limit = PEERS.get((cell, layers), (None, None))
    measures = [lambda: programs.floor_step(cell, layers),
                lambda: programs.our_step({"plugin": plugin, "num_layers": layers}, ADAM, epochs)]
    if peer_row:
        measures.append(lambda: programs.peer_step(peer_row, epochs))
    floor, ours, *peer = rounds_of(options, measures)
    name = f"{plugin}, {layers} layer{'s' if layers > 1 else ''}"
    yield Figure(f"{name}: step over floor", ratios(ours, floor), at_most(1.15), ours=ours, floor=floor)
    if peer:
        yield Figure(f"{name}: PyTorch's step over ours", ratios(peer[0], ours), peer_limit, ours=ours, peer=peer[0])


def scratch_figure(programs, options, plugin, peer_row):
    epochs = 2 if options.quick else 5
    ours, peer = rounds_of(options, [lambda: programs.our_step({"plugin": plugin}, SGD, epochs),
                                     lambda: programs.peer_step(peer_row, epochs)])
    return Figure(f"{plugin}: PyTorch's step over ours", ratios(peer, ours), at_least(1.5), ours=ours, peer=peer)


def measure(programs, options):
    for layers in (1, 2):
        for cell in ("gru", "lstm"):
            yield from fused_figures(programs, options, cell, layers)
    for plugin, peer_row in SCRATCH.items():
        yield scratch_figure(programs, options, plugin, peer_row)
