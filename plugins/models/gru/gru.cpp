#include "gru_layer.h"

#include <runner/plugin.h>
#include <runner/recurrent/net.h>

RUNNER_PLUGIN("1.0.0", runner::model<runner::recurrent::RecurrentModel<runner::recurrent::GruLayer>>(
                           "gru", "gated recurrent unit, its reset gate applied after the product (torch::nn::GRU)"))
