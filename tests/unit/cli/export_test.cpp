// `runner export`: weights for other programs.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <set>

#include "common/paths.h"
#include "common/pytorch_names.h"
#include "common/tensor_file.h"
#include "runner_program.h"

namespace runner::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kExperiment = R"(
name: small
data: {plugin: text, path: text.txt, num_steps: 5, batch_size: 4}
model: {plugin: lstm, hidden_size: 8, num_layers: 2, bidirectional: true}
train: {epochs: 3, optimizer: {name: adam, lr: 0.03}, device: cpu, checkpoint: {keep_best: 1}}
)";

std::set<std::string> names_in(const TensorFile& file) {
  std::set<std::string> names;
  for (const StoredTensor& tensor : file.tensors()) names.insert(tensor.name);
  return names;
}

std::string values_of(const TensorFile& file, const std::string& name) {
  for (const StoredTensor& tensor : file.tensors()) {
    if (tensor.name != name) continue;
    std::string values(tensor.end - tensor.begin, '\0');
    file.read(tensor, values.data());
    return values;
  }
  return "none";
}

TEST(PytorchNames, AreThoseOfItsRecurrentModules) {
  EXPECT_EQ(pytorch_name("layer0.weight_ih_l0"), "rnn.weight_ih_l0");
  EXPECT_EQ(pytorch_name("layer11.bias_hh_l0"), "rnn.bias_hh_l11");
  EXPECT_EQ(pytorch_name("layer2.module.bias_ih_l0"), "rnn.bias_ih_l2");
  EXPECT_EQ(pytorch_name("layer1_reverse.weight_hh_l0"), "rnn.weight_hh_l1_reverse");
  for (const char* name : {"output.weight", "embedding.weight", "layer1_norm.weight", "my_layer0.weight_ih_l0"}) {
    EXPECT_EQ(pytorch_name(name), name);
  }
}

class ExportTest : public ::testing::Test {
 protected:
  ExportTest() {
    runner_.write("text.txt", small_text(600));
    const CapturedRun run = runner_.run({"sweep", runner_.write("small.yaml", kExperiment).string()});
    EXPECT_EQ(run.status.code, 0) << run.errors;
  }
  fs::path target() const { return runner_.folder() / "weights.safetensors"; }

  RunnerProgram runner_;
};

TEST_F(ExportTest, WritesTheWeightsUnderPytorchsNames) {
  ASSERT_EQ(runner_.run({"export", "1", "--weights", target().string()}).status.code, 0);
  const TensorFile exported(target()), own(runner_.folder() / "results.files/1/weights.safetensors");
  std::set<std::string> expected = {"output.weight", "output.bias"};
  for (const std::string name : {"weight_ih_l", "weight_hh_l", "bias_ih_l", "bias_hh_l"}) {
    for (const std::string layer : {"0", "0_reverse", "1", "1_reverse"}) expected.insert("rnn." + name + layer);
  }
  EXPECT_EQ(names_in(exported), expected);
  EXPECT_EQ(values_of(exported, "rnn.weight_hh_l1_reverse"), values_of(own, "layer1_reverse.module.weight_hh_l0"));
}

TEST_F(ExportTest, WritesThoseOfOneOfTheBestEpochs) {
  const std::string best = runner_.query("SELECT best_epoch FROM trials");
  const std::string epoch = best.substr(0, best.size() - 1);
  EXPECT_EQ(runner_.run({"export", "1", "--weights", target().string(), "--epoch", epoch}).status.code, 0);
  const CapturedRun other = runner_.run({"export", "1", "--weights", target().string(), "--epoch", "99"});
  EXPECT_EQ(other.status.code, 2);
  EXPECT_THAT(other.errors, HasSubstr("keep_best"));
}

TEST_F(ExportTest, ReplacesAFileOnlyWhenToldTo) {
  const fs::path link = runner_.folder() / "link.safetensors";
  std::ofstream(target()) << "mine";
  fs::create_symlink(target().filename(), link);
  const CapturedRun refused = runner_.run({"export", "1", "--weights", link.string()});
  EXPECT_EQ(refused.status.code, 2);
  EXPECT_THAT(refused.errors, HasSubstr(link.string() + " exists: name another file, or replace it with --force"));
  EXPECT_EQ(fs::file_size(target()), 4u);
  EXPECT_EQ(runner_.run({"export", "1", "--weights", link.string(), "--force"}).status.code, 0);
  EXPECT_TRUE(fs::is_symlink(link)) << "the file that it leads to is replaced";
  EXPECT_GT(TensorFile(target()).tensors().size(), 0u);
}

TEST_F(ExportTest, LeavesWhatIsNoOrdinaryFileAlone) {
  const fs::path pipe = runner_.folder() / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  for (const fs::path& file : {pipe, runner_.folder()}) {
    const CapturedRun run = runner_.run({"export", "1", "--weights", file.string(), "--force"});
    EXPECT_EQ(run.status.code, 2);
    EXPECT_THAT(run.errors, HasSubstr(file.string() + " is no ordinary file"));
  }
  EXPECT_TRUE(fs::is_fifo(pipe));
}

TEST_F(ExportTest, NeverReplacesWhatBelongsToTheDatabase) {
  const fs::path own = runner_.folder() / "results.files/1/weights.safetensors";
  const std::string best = runner_.query("SELECT best_epoch FROM trials");
  const std::string epoch = best.substr(0, best.size() - 1);
  const fs::path own_best = runner_.folder() / "results.files/1/best" / ("epoch-" + epoch + ".safetensors");
  fs::create_symlink(own, runner_.folder() / "link.safetensors");
  fs::create_directory_symlink(runner_.folder() / "results.files", runner_.folder() / "way");
  const std::string database = runner_.database().string();
  const std::vector<std::vector<std::string>> requests = {
      {own.string()},
      {(runner_.folder() / "link.safetensors").string()},
      {own_best.string(), "--epoch", epoch},
      {own.string(), "--epoch", epoch},
      {own_best.string()},
      {(runner_.folder() / "way/2/new.safetensors").string()},
      {database},
      {database + "-lock"},
      {database + "-wal"},
      {(runner_.folder() / "way/../results.db").string()},
  };
  for (std::vector<std::string> words : requests) {
    words.insert(words.begin(), {"export", "1", "--force", "--weights"});
    const CapturedRun run = runner_.run(words);
    EXPECT_EQ(run.status.code, 2) << words[4];
    EXPECT_THAT(run.errors, HasSubstr("belongs to " + database)) << words[4];
  }
  const std::set<std::string> names = names_in(TensorFile(own));
  EXPECT_EQ(names.count("layer1_reverse.module.weight_hh_l0"), 1u) << "it has been exported over";
  EXPECT_EQ(names_in(TensorFile(own_best)), names);
  EXPECT_EQ(runner_.query("SELECT count(*) FROM trials"), "1\n");
}

TEST_F(ExportTest, WeightsThatCannotBeLookedAtAreNotGone) {
  const fs::path folder = runner_.folder() / "results.files/1";
  fs::remove_all(folder);
  std::ofstream(folder) << "text";
  for (const std::vector<std::string>& further : std::vector<std::vector<std::string>>{{}, {"--epoch", "1"}}) {
    std::vector<std::string> words = {"export", "1", "--weights", target().string()};
    words.insert(words.end(), further.begin(), further.end());
    const CapturedRun run = runner_.run(words);
    EXPECT_EQ(run.status.code, 3);
    EXPECT_THAT(run.errors, AllOf(HasSubstr("cannot look at " + folder.string()), HasSubstr("Not a directory")));
  }
}

TEST_F(ExportTest, SaysWhatItCannotDo) {
  EXPECT_EQ(runner_.run({"export", "9", "--weights", target().string()}).status.code, 2);
  const CapturedRun no_folder = runner_.run({"export", "1", "--weights", "/no/such/folder/w.safetensors"});
  EXPECT_EQ(no_folder.status.code, 3);
  EXPECT_THAT(no_folder.errors, HasSubstr("/no/such/folder"));
}

}  // namespace
}  // namespace runner::testing
