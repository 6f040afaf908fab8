#include <runner/plugin.h>

#include "models/scratch/models.h"

RUNNER_PLUGIN("1.0.0",
              runner::model<runner::ModuleModel<runner::scratch::SingleNet<runner::scratch::RnnLayer>>>(
                  "rnn_scratch", "plain recurrent network with tanh, from its equation"),
              runner::model<runner::ModuleModel<runner::scratch::SingleNet<runner::scratch::GruLayer>>>(
                  "gru_scratch", "gated recurrent unit, from its equations"),
              runner::model<runner::ModuleModel<runner::scratch::SingleNet<runner::scratch::LstmLayer>>>(
                  "lstm_scratch", "long short-term memory network, from its equations"),
              runner::model<runner::ModuleModel<runner::scratch::DeepNet>>(
                  "deep", "several layers of one cell, from the equations"),
              runner::model<runner::ModuleModel<runner::scratch::BidirectionalNet>>(
                  "bidirectional", "one layer of a cell in both directions, from the equations"))
