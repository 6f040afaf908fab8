// Files that claim to be plugins: what the runner reads of them before anything opens them.
#include "control/catalog/abi_note.h"

#include "common/text.h"
#include "fuzz/target.h"

namespace runner::fuzz {

void run(std::string_view input) {
  const catalog::AbiNoteReading reading = catalog::read_abi_note(as_file(input, "plugin.so"));
  require(reading.note.has_value() == reading.problem.empty(), "there is a note or a reason why not");
  if (!reading.note) return;
  require(catalog::abi_mismatch(*reading.note, *reading.note).empty(), "a note fits itself");
  const std::string mismatch = catalog::abi_mismatch(*reading.note, catalog::AbiNote());
  require(!mismatch.empty(), "a note differs from one of zeros, in its magic's version or its size");
  require(!invalid_utf8_offset(mismatch), "a sentence is valid UTF-8, whatever a note says");
}

}  // namespace runner::fuzz
