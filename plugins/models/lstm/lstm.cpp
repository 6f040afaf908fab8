#include "lstm_layer.h"

#include <runner/plugin.h>
#include <runner/recurrent/net.h>

RUNNER_PLUGIN("1.0.0", runner::model<runner::recurrent::RecurrentModel<runner::recurrent::LstmLayer>>(
                           "lstm", "long short-term memory network (torch::nn::LSTM)"))
