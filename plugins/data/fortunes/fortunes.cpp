#include "data/fortunes/fortunes_dataset.h"

#include <runner/plugin.h>

RUNNER_PLUGIN("1.0.0", runner::dataset<runner::text::FortunesDataset>(
                           "fortunes", "a fortune file of Debian's packages, by characters, words or bytes"))
