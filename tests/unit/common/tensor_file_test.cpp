// Files of named tensors: what they hold, byte by byte, and what is refused.
#include "common/tensor_file.h"

#include <gmock/gmock.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

#include "common/error.h"
#include "common/json.h"
#include "common/sha256.h"
#include "unit/temporary_folder.h"

namespace runner {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string length_bytes(uint64_t length) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(length >> (8 * i) & 0xff);
  return bytes;
}

uint64_t length_of(const std::string& bytes) {
  uint64_t length = 0;
  for (size_t i = 8; i-- > 0;) length = length << 8 | static_cast<unsigned char>(bytes.at(i));
  return length;
}

std::string repeated(const std::string& text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

class TensorFiles : public ::testing::Test {
 protected:
  void write() const {
    write_tensor_file(file_,
                      {{"b", "F32", {2, 3}, matrix_},
                       {"a", "I64", {}, &scalar_},
                       {"empty", "F64", {0, 4}, nullptr},
                       {"一", "BOOL", {3}, flags_}},
                      {{"kind", "test \"quoted\""}});
  }

  // A file with this header, a digest that fits, and this much data.
  void write_by_hand(std::string header, size_t data_size) const {
    const std::string zeros(64, '0');
    const std::string metadata = R"("__metadata__":{"sha256":")";
    header.insert(1, metadata + zeros + (header == "{}" ? "\"}" : "\"},"));
    std::string bytes = length_bytes(header.size()) + header + std::string(data_size, 'x');
    bytes.replace(8 + 1 + metadata.size(), zeros.size(), sha256_hex(bytes));
    std::ofstream(file_, std::ios::binary) << bytes;
  }

  std::string refusal() const {
    try {
      TensorFile{file_};
    } catch (const EnvironmentError& error) {
      return error.what();
    }
    return "";
  }
  std::string refusal_of(const std::string& header, size_t data_size) const {
    write_by_hand(header, data_size);
    return refusal();
  }

  const float matrix_[6] = {1, 2, 3, 4, 5, -0.5};
  const int64_t scalar_ = -7;
  const bool flags_[3] = {true, false, true};
  testing::TemporaryFolder folder_;
  const fs::path file_ = folder_.path() / "a.safetensors";
};

TEST_F(TensorFiles, GiveBackWhatTheyWereGiven) {
  write();
  const TensorFile file(file_);
  EXPECT_EQ(file.metadata().at("kind"), "test \"quoted\"");
  ASSERT_EQ(file.tensors().size(), 4u);
  EXPECT_EQ(file.tensors()[0].name, "b");
  EXPECT_THAT(file.tensors()[0].shape, ElementsAre(2, 3));
  float matrix[6] = {};
  file.read(file.tensors()[0], matrix);
  EXPECT_EQ(std::memcmp(matrix, matrix_, sizeof(matrix)), 0);
  int64_t scalar = 0;
  file.read(file.tensors()[1], &scalar);
  EXPECT_EQ(scalar, scalar_);
  EXPECT_EQ(file.tensors()[2].begin, file.tensors()[2].end);
  EXPECT_EQ(file.tensors()[3].name, "一");
}

// As any reader of safetensors takes it apart.
TEST_F(TensorFiles, AreSafetensors) {
  write();
  const std::string bytes = content_of(file_);
  const uint64_t length = length_of(bytes);
  EXPECT_EQ(length % 8, 0u);
  const Json header = Json::parse(bytes.substr(8, length));
  EXPECT_EQ(header.at("b"), Json::parse(R"({"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]})"));
  EXPECT_EQ(header.at("a").at("shape"), Json::array());
  EXPECT_EQ(header.at("__metadata__").size(), 2u);
  EXPECT_EQ(bytes.substr(8 + length, 4), std::string("\0\0\x80\x3f", 4)) << "1.0f, little-endian";
  EXPECT_EQ(bytes.size(), 8 + length + 24 + 8 + 0 + 3);
}

TEST_F(TensorFiles, StateADigestOfEveryByte) {
  write();
  std::string bytes = content_of(file_);
  const std::string stated = TensorFile(file_).metadata().at("sha256");
  bytes.replace(bytes.find(stated), stated.size(), std::string(64, '0'));
  EXPECT_EQ(sha256_hex(bytes), stated);
}

TEST_F(TensorFiles, RefuseEveryChangedByteAndEveryLength) {
  write();
  const std::string good = content_of(file_);
  std::mt19937 random(1);
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ (1 + random() % 255));
    std::ofstream(file_, std::ios::binary) << bad;
    EXPECT_THAT(refusal(), HasSubstr("is damaged")) << "byte " << i;
  }
  for (size_t size = 0; size < good.size(); ++size) {
    std::ofstream(file_, std::ios::binary) << good.substr(0, size);
    EXPECT_THAT(refusal(), HasSubstr("is damaged")) << size << " bytes";
  }
  std::ofstream(file_, std::ios::binary) << good << 'x';
  EXPECT_THAT(refusal(), HasSubstr("is damaged"));
}

TEST_F(TensorFiles, RefuseRandomBytes) {
  std::mt19937 random(2);
  for (int i = 0; i < 300; ++i) {
    std::string bytes = length_bytes(random() % 64);
    for (size_t size = random() % 100; size > 0; --size) bytes += R"({}[]":,0a )"[random() % 10];
    std::ofstream(file_, std::ios::binary) << bytes;
    EXPECT_THAT(refusal(), HasSubstr("is damaged")) << bytes.substr(8);
  }
}

TEST_F(TensorFiles, RefuseALengthThatNoHeaderHas) {
  for (const uint64_t length : {~uint64_t{0}, ~uint64_t{0} - 7, uint64_t{1} << 63, uint64_t{3}}) {
    std::ofstream(file_, std::ios::binary) << length_bytes(length) << "{}";
    EXPECT_THAT(refusal(), HasSubstr("longer than it can be")) << length;
  }
}

TEST_F(TensorFiles, RefuseHeadersThatContradictThemselves) {
  const auto entry = [](const std::string& name, const std::string& shape, const std::string& offsets) {
    return "\"" + name + R"(":{"dtype":"F32","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
  };
  EXPECT_EQ(refusal_of("{" + entry("a", "[2]", "[0,8]") + "," + entry("b", "[1]", "[8,12]") + "}", 12), "");
  EXPECT_THAT(refusal_of("{" + entry("a", "[2]", "[0,8]") + "}", 4), HasSubstr("8 bytes of data, the file holds 4"));
  EXPECT_THAT(refusal_of("{" + entry("a", "[2]", "[0,8]") + "}", 9), HasSubstr("the file holds 9"));
  EXPECT_THAT(refusal_of("{" + entry("a", "[3]", "[0,8]") + "}", 8), HasSubstr("needs 12 bytes"));
  EXPECT_THAT(refusal_of("{" + entry("a", "[2]", "[8,0]") + "}", 8), HasSubstr("a begin and an end"));
  EXPECT_THAT(refusal_of("{" + entry("a", "[2]", "[0,8]") + "," + entry("b", "[1]", "[4,8]") + "}", 8),
              HasSubstr("\"b\" begins at byte 4 of the data, expected 8"));
  EXPECT_THAT(refusal_of("{" + entry("a", "[1]", "[4,8]") + "}", 8), HasSubstr("expected 0"));
  EXPECT_THAT(refusal_of("{" + entry("a", "[1]", "[0,4]") + "," + entry("a", "[1]", "[0,4]") + "}", 4),
              HasSubstr("\"a\" occurs twice"));
  EXPECT_THAT(refusal_of("{" + entry("a", "[4611686018427387904,4]", "[0,0]") + "}", 0), HasSubstr("too large"));
  EXPECT_THAT(refusal_of("{" + entry("a", "[4611686018427387904,4611686018427387904,0]", "[0,0]") + "}", 0),
              HasSubstr("too large"));
  EXPECT_EQ(refusal_of("{" + entry("a", "[1" + repeated(",1", 63) + "]", "[0,4]") + "}", 4), "");
  EXPECT_THAT(refusal_of("{" + entry("a", "[0" + repeated(",1", 64) + "]", "[0,0]") + "}", 0),
              HasSubstr("65 dimensions, of at most 64"));
  EXPECT_THAT(refusal_of("{" + entry("a", "[-1]", "[0,4]") + "}", 4), HasSubstr("a list of counts"));
  EXPECT_THAT(refusal_of("{" + entry("a", "[1.5]", "[0,4]") + "}", 4), HasSubstr("a list of counts"));
  EXPECT_THAT(refusal_of("{" + entry("a", "[[1]]", "[0,4]") + "}", 4), HasSubstr("nested too deep"));
  EXPECT_THAT(refusal_of(R"({"a":)" + std::string(100000, '[') + "}", 0), HasSubstr("nested too deep"));
  EXPECT_THAT(refusal_of(R"({"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}})", 4),
              HasSubstr("\"F31\" is unknown"));
  EXPECT_THAT(refusal_of(R"({"a":{"dtype":"F32","shape":[1]}})", 4), HasSubstr("expected dtype"));
  EXPECT_THAT(refusal_of(R"({"a":7})", 0), HasSubstr("expected dtype"));
}

TEST_F(TensorFiles, OfOthersLackADigest) {
  std::ofstream(file_, std::ios::binary) << length_bytes(2) << "{}";
  EXPECT_THAT(refusal(), AllOf(HasSubstr(file_.string()), HasSubstr("lacks a sha256")));
}

TEST_F(TensorFiles, ThatAreNoFilesSaySo) {
  EXPECT_THAT(refusal(), HasSubstr("No such file"));
  fs::create_directory(file_);
  EXPECT_THAT(refusal(), HasSubstr("no ordinary file"));
}

TEST_F(TensorFiles, CannotHoldTwoTensorsOfOneName) {
  EXPECT_THROW(write_tensor_file(file_, {{"a", "I64", {}, &scalar_}, {"a", "I64", {}, &scalar_}}, {}),
               std::invalid_argument);
  EXPECT_THROW(write_tensor_file(file_, {{"__metadata__", "I64", {}, &scalar_}}, {}), std::invalid_argument);
  EXPECT_THROW(write_tensor_file(file_, {{"\xff", "I64", {}, &scalar_}}, {}), std::invalid_argument);
  EXPECT_FALSE(fs::exists(file_));
}

// Who writes one that nobody reads finds out too late.
TEST_F(TensorFiles, AreNotWrittenWithMoreNamesThanAreRead) {
  const std::string name(17 << 20, 'x');
  try {
    write_tensor_file(file_, {{name, "I64", {}, &scalar_}}, {});
    FAIL() << "it was written";
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), HasSubstr("header would have 178"));
  }
  EXPECT_FALSE(fs::exists(file_));
}

}  // namespace
}  // namespace runner
