// What `runner doctor FILE` finds in the folders beside a database.
#pragma once

#include "common/check.h"
#include "control/store/reader.h"

namespace runner::cli {

// Examines F.files: weights of completed trials, checkpoints, folders of trials that are not in the database, and what
// processes left that died in the middle of writing. `repair` removes the last; the caller holds the database's lock
// then, so nobody is writing them.
Checks examine_trial_files(store::Reader& reader, bool repair);

}  // namespace runner::cli
