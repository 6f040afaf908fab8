#include <runner/plugin.h>

#include "models/fused/fused_layer.h"

RUNNER_PLUGIN("1.0.0",
              runner::model<runner::recurrent::RecurrentModel<runner::fused::RnnLayer>>(
                  "rnn_fused", "plain recurrent network with tanh, hand-written for speed"),
              runner::model<runner::recurrent::RecurrentModel<runner::fused::GruLayer>>(
                  "gru_fused", "gated recurrent unit, hand-written for speed"),
              runner::model<runner::recurrent::RecurrentModel<runner::fused::LstmLayer>>(
                  "lstm_fused", "long short-term memory network, hand-written for speed"))
