#include "rnn_layer.h"

#include <runner/plugin.h>
#include <runner/recurrent/net.h>

RUNNER_PLUGIN("1.0.0", runner::model<runner::recurrent::RecurrentModel<runner::recurrent::RnnLayer>>(
                           "rnn", "plain recurrent network with tanh (torch::nn::RNN)"))
