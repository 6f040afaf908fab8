#include "data/text/text_dataset.h"

#include <runner/plugin.h>

RUNNER_PLUGIN("1.0.0", runner::dataset<runner::text::TextDataset>("text", "a UTF-8 text file, character by character"))
