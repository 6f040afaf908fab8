// The jobs that a worker's child does, given its plugins. Every job reports through `Events` and returns normally, also
// when it fails: errors of the plugin, of the data or of training become `problem` or `failed` events. A signal leaves
// without a word.
#pragma once

#include <runner/dataset.h>
#include <runner/model.h>

#include "common/protocol.h"
#include "worker/train/events.h"

namespace runner::worker {

// Opens the dataset, encodes every prefix and computes what does not depend on a model. Sends one `problem` for each
// thing that is wrong ("data.path", "samples.prefixes[1]"), or `prepared`; meanwhile `alive`, but not while the dataset
// is opened.
void prepare(const protocol::PrepareJob& job, const DatasetFactory& data, Events& events, const StopSignal& stop);

// Trains one trial from its start to its end, sampling on the way: `started`, then `epoch`, `sample`, … and one of
// `finished`, `failed`, `stopped`.
void train(const protocol::TrainJob& job, const DatasetFactory& data, const ModelFactory& model, Events& events,
           const StopSignal& stop);

// Continues texts with the weights that a trial left: a `sample` for each prefix, or a `problem` whose path is the part
// of the job that cannot be used: "device", "data", "prefixes", "model" or "weights".
void sample(const protocol::SampleJob& job, const DatasetFactory& data, const ModelFactory& model, Events& events,
            const StopSignal& stop);

}  // namespace runner::worker
