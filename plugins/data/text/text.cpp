#include "data/text/text_dataset.h"

#include <runner/plugin.h>

RUNNER_PLUGIN("1.0.0",
              runner::dataset<runner::text::TextDataset>("text", "texts in UTF-8, by characters, words or bytes"))
