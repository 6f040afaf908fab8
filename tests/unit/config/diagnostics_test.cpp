#include "control/config/diagnostics.h"

#include <gtest/gtest.h>

#include "control/config/problems.h"

namespace runner::config {
namespace {

TEST(ConfigError, reports_everything_in_the_order_of_the_file_once) {
  const ConfigError error({{{"command line: model.x", 0, 0}, "word"},
                           {{"a.yaml", 12, 1}, "late"},
                           {{"a.yaml", 2, 9}, "second"},
                           {{"a.yaml", 2, 3}, "first"},
                           {{"a.yaml", 12, 1}, "late"},
                           {{"a.yaml", 12, 1}, "later"}});
  EXPECT_STREQ(error.what(),
               "a.yaml:2:3: first\na.yaml:2:9: second\na.yaml:12:1: late\na.yaml:12:1: later\n"
               "command line: model.x: word");
  EXPECT_EQ(error.diagnostics().size(), 5u);
  EXPECT_EQ(error.code(), ExitCode::bad_request);
}

TEST(ConfigError, unknown_keys_list_what_is_valid) {
  EXPECT_EQ(
      unknown_key("hiden_size", "model (plugin lstm)", {"plugin", "hidden_size"}),
      "unknown key \"hiden_size\" in model (plugin lstm); did you mean \"hidden_size\"? valid: plugin, hidden_size");
}

}  // namespace
}  // namespace runner::config
