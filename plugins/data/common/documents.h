// Text on its way from where it lies to where it is cut into tokens: pieces of bytes, never the whole.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace runner::text {

// Takes documents (files, entries of an archive) one after the other, each in pieces of any size.
class DocumentSink {
 public:
  virtual ~DocumentSink() = default;
  // `name` is for messages: "poems.zip, entry li/bai.txt".
  virtual void begin(const std::string& name) = 0;
  // Returns false when nothing more is wanted, of this document or another.
  virtual bool add(std::string_view bytes) = 0;
  // After the last piece of a document that was read to its end.
  virtual void end() = 0;
};

// A text that can be read, again and again the same.
struct TextSource {
  std::string name;    // for messages
  std::string option;  // the option that named it
  // Gives its documents to the sink until that has enough. Throws OptionError for what cannot be read.
  std::function<void(DocumentSink&)> read;

  // How a text can be known again without reading it: the files that `read` reads, in its order, and a word for the way
  // in which it does. Without them it is always read.
  std::function<std::vector<std::filesystem::path>()> files = {};
  std::string reading = {};
};

}  // namespace runner::text
