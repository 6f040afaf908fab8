// Names of recurrent weights as PyTorch's own modules have them.
#pragma once

#include <string>

namespace runner {

// A stack of single layers, as our models are, has "layer1_reverse.weight_ih_l0" (or "….module.weight_ih_l0") where
// torch.nn.RNN, GRU and LSTM of several layers have "weight_ih_l1_reverse", which becomes "rnn.weight_ih_l1_reverse":
// what a Python module calls that names its recurrent network `rnn`. Any other name stays as it is.
std::string pytorch_name(const std::string& name);

}  // namespace runner
