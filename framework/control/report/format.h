// How an answer is printed: a table for people; JSON or comma-separated values (RFC 4180) for programs.
#pragma once

namespace runner::report {

enum class Format { table, json, csv };

}  // namespace runner::report
