#include "lstm_cell.h"

#include <runner/plugin.h>
#include <runner/recurrent/net.h>

RUNNER_PLUGIN("1.0.0", runner::model<runner::recurrent::RecurrentModel<runner::recurrent::LstmCell>>(
                           "lstm", "long short-term memory network (torch::nn::LSTM)"))
