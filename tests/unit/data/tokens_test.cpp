// Tokens of each kind, vocabularies, held-out texts.
#include <gmock/gmock.h>

#include <random>
#include <set>

#include "unit/data/support.h"

namespace runner::text {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Tokens = std::vector<int64_t>;

class TokenKinds : public InFolder {
 protected:
  TextDataset dataset(const std::string& text) {
    options_.path = write("text.txt", text);
    return TextDataset(options_);
  }
};

TEST_F(TokenKinds, WordsAreRunsBetweenWhiteSpaceOfEveryKind) {
  options_.token = "word";
  const auto data = dataset(
      "to be\tor  not\xE3\x80\x80to\xC2\xA0"
      "be\n\n  that ");
  EXPECT_EQ(data.vocabulary_size(), 5);  // be not or that to
  EXPECT_EQ(decoded(data, Split::train), "to be or not to be that");
  EXPECT_EQ(data.encode(" that\nnot "), (Tokens{3, 1}));
  EXPECT_THROW(data.encode("to be alone"), EncodeError);
  EXPECT_EQ(data.decode(data.encode("or not to be")), "or not to be");
}

TEST_F(TokenKinds, ALineEndAmongWordsIsATokenWhenKept) {
  options_.token = "word";
  options_.newline = "keep";
  const auto data = dataset("a b\r\n\nc <eos> d\n");
  EXPECT_EQ(data.vocabulary_size(), 5);
  EXPECT_EQ(decoded(data, Split::train), "a b\n\nc\nd\n");
  EXPECT_EQ(data.decode(data.encode("c\nd a\n")), "c\nd a\n");
  // a, space, b, two line ends, c, line end, d, line end: nine characters, eight tokens.
  EXPECT_DOUBLE_EQ(data.characters_per_token(Split::train), 9.0 / 8);
}

TEST_F(TokenKinds, LineEndsAmongCharactersAreKeptWhenAsked) {
  options_.newline = "keep";
  const auto data = dataset("a\r\nb\rc\n");
  EXPECT_EQ(decoded(data, Split::train), "a\nb\nc\n");
  EXPECT_EQ(data.encode("\nc"), (Tokens{0, 3}));
  EXPECT_DOUBLE_EQ(data.characters_per_token(Split::train), 1);
  EXPECT_DOUBLE_EQ(data.characters_per_token(Split::valid), 0);
}

TEST_F(TokenKinds, BytesAreThoseOfUtf8) {
  options_.token = "byte";
  const auto data = dataset("a界a界");
  EXPECT_EQ(data.vocabulary_size(), 256);
  EXPECT_EQ(data.encode("界\n"), (Tokens{0xe7, 0x95, 0x8c, 0x0a}));
  EXPECT_EQ(data.decode({0xe7, 0x95, 0x8c, 'x', 0xe7}), "界x\xEF\xBF\xBD");
  EXPECT_EQ(decoded(data, Split::train), "a界a界");
  EXPECT_DOUBLE_EQ(data.characters_per_token(Split::train), 0.5);
}

TEST_F(TokenKinds, LowerCaseIsUnicodes) {
  options_.lowercase = true;
  const auto data = dataset("ÄÖ ЖΣ Straße É界");
  EXPECT_EQ(decoded(data, Split::train), "äö жσ straße é界");
  EXPECT_EQ(data.encode("Ж"), data.encode("ж"));
}

TEST_F(TokenKinds, TextsAreTheSameInWhateverPiecesTheyCome) {
  std::mt19937 random(5);
  const char* const parts[] = {"a", "\r", "\n", "界", "\xF0\x9F\x98\x80", "é", " ", "\xEF\xBB\xBF"};
  for (int round = 0; round < 200; ++round) {
    std::string text = "x";
    for (size_t i = 0; i < 30; ++i) text += parts[random() % 8];
    options_.token = round % 2 == 0 ? "word" : "char";
    options_.newline = round % 3 == 0 ? "keep" : "space";
    const auto read = [&](bool whole) {
      CorpusSources sources{{"text", "path",
                             [&](DocumentSink& sink) {
                               sink.begin("text");
                               for (size_t at = 0; at < text.size();) {
                                 const size_t size = whole ? text.size() : 1 + random() % 3;
                                 if (!sink.add(std::string_view(text).substr(at, size))) return;
                                 at += size;
                               }
                               sink.end();
                             }},
                            {},
                            {}};
      return load_corpus(options_, sources).train.tokens;
    };
    ASSERT_TRUE(at::equal(read(true), read(false))) << text;
  }
}

TEST_F(TokenKinds, MaxCharsCutsBehindACharacterAndDropsABrokenWord) {
  options_.max_chars = 6;
  EXPECT_EQ(decoded(dataset("界b cdefg"), Split::train), "界b cde");
  options_.token = "word";
  EXPECT_EQ(decoded(dataset("ab c defg"), Split::train), "ab c");
  EXPECT_EQ(decoded(dataset("ab cde fg"), Split::train), "ab cde");
  EXPECT_EQ(decoded(dataset("ab cde"), Split::train), "ab cde");
}

TEST_F(TokenKinds, MaxCharsNeverSeesWhatStandsBehind) {
  options_.max_chars = 4;
  EXPECT_EQ(decoded(dataset("abcdef\xFF"), Split::train), "abcd");
}

TEST_F(TokenKinds, ALimitKeepsTheMostFrequentAndTheFirstOfEquals) {
  options_.vocabulary_limit = 4;
  const auto data = dataset("ddddcccbbaaef");
  EXPECT_EQ(data.vocabulary_size(), 4);  // a c d and the unknown; b is as frequent as a
  EXPECT_EQ(data.encode("acdbz"), (Tokens{0, 1, 2, 3, 3}));
  EXPECT_EQ(decoded(data, Split::train),
            "ddddccc\xEF\xBF\xBD\xEF\xBF\xBD"
            "aa\xEF\xBF\xBD\xEF\xBF\xBD");
  options_.token = "word";
  EXPECT_EQ(decoded(dataset("x y z x y x w w"), Split::train), "x y <unk> x y x w w");
}

TEST_F(TokenKinds, AnUnknownWordThatIsWrittenOutIsTheUnknownToken) {
  options_.token = "word";
  const auto data = dataset("a <unk> b <unk>");
  EXPECT_EQ(data.vocabulary_size(), 3);
  EXPECT_EQ(data.encode("b never <unk>"), (Tokens{1, 2, 2}));
}

TEST_F(TokenKinds, PartsOfOneTextShareItsVocabularyUnlessThereIsAnUnknownToken) {
  options_.valid_fraction = options_.test_fraction = 0.25;
  const auto all = dataset("abababcdabcx");
  EXPECT_EQ(all.vocabulary_size(), 5);
  EXPECT_EQ(decoded(all, Split::train) + "|" + decoded(all, Split::valid) + "|" + decoded(all, Split::test),
            "ababab|cda|bcx");
  EXPECT_TRUE(all.has_split(Split::valid) && all.has_split(Split::test));
  options_.unknown = true;
  const auto known = dataset("abababcdabcx");
  EXPECT_EQ(known.vocabulary_size(), 3);
  EXPECT_EQ(known.sequence(Split::test)[1].item<int64_t>(), 2);
  EXPECT_NE(known.content_hash(), all.content_hash());
}

TEST_F(TokenKinds, HeldOutFilesAreReadWithTheTrainingVocabulary) {
  options_.valid_path = write("valid.txt", "abba");
  options_.test_path = write("test.txt", "bb界b");
  const fs::path train = write("train.txt", "aabbc");
  EXPECT_THAT(refusal(train, "test_path"), AllOf(HasSubstr("the character \"界\" at byte 2 (counted from 0) of"),
                                                 HasSubstr("test.txt"), HasSubstr("unknown: true")));
  options_.unknown = true;
  const TextDataset data(options_);
  EXPECT_EQ(data.vocabulary_size(), 4);
  EXPECT_EQ(decoded(data, Split::valid), "abba");
  EXPECT_EQ(decoded(data, Split::test),
            "bb\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(data.sequence(Split::train).numel(), 5);
}

TEST_F(TokenKinds, HeldOutWordsThatAreMissingAreNamedWithTheirPlace) {
  options_.token = "word";
  options_.valid_path = write("valid.txt", "a b\nzebra a");
  EXPECT_THAT(refusal(write("train.txt", "a b a b"), "valid_path"), HasSubstr("the word \"zebra\" at byte 4"));
}

TEST_F(TokenKinds, CharactersPerTokenAreCountedOfWhatWasReadBeforeWordsBecameUnknown) {
  options_.token = "word";
  options_.vocabulary_limit = 2;
  options_.valid_path = write("valid.txt", "ab  abcdef\n界");
  const auto data = dataset("ab ab abcd");
  EXPECT_DOUBLE_EQ(data.characters_per_token(Split::train), 10.0 / 3);
  EXPECT_DOUBLE_EQ(data.characters_per_token(Split::valid), 11.0 / 3);
}

TEST_F(TokenKinds, HeldOutTextsTooShortForABatchAreRefused) {
  options_.num_steps = 3;
  options_.valid_path = write("valid.txt", "aaa");
  EXPECT_THAT(refusal(write("train.txt", "aaaa"), "valid_path"),
              AllOf(HasSubstr("valid.txt has 3 characters"), HasSubstr("needs 1 * (3 + 1) = 4")));
}

TEST_F(TokenKinds, OptionsThatExcludeEachOtherAreRefused) {
  const auto refused = [&](const char* option, auto change) {
    options_ = {};
    change();
    return refusal("text.txt", option);
  };
  EXPECT_THAT(refused("valid_fraction", [&] { options_.valid_path = "v", options_.valid_fraction = 0.1; }),
              HasSubstr("exclude each other"));
  EXPECT_THAT(refused("test_fraction", [&] { options_.test_path = "t", options_.test_fraction = 0.1; }),
              HasSubstr("exclude each other"));
  EXPECT_THAT(refused("test_fraction", [&] { options_.valid_fraction = options_.test_fraction = 0.5; }),
              HasSubstr("nothing to train on"));
  EXPECT_THAT(refused("unknown", [&] { options_.token = "byte", options_.unknown = true; }), HasSubstr("256 bytes"));
  EXPECT_THAT(refused("vocabulary_limit", [&] { options_.vocabulary_limit = 1; }), HasSubstr("at least 2"));
}

TEST_F(TokenKinds, TheHashKnowsTheKindOfTokenAndTheTestText) {
  const std::string text = "a b a b a b a b";
  const std::string characters = dataset(text).content_hash();
  options_.token = "byte";
  const std::string bytes = dataset(text).content_hash();
  options_.token = "word";
  const std::string words = dataset(text).content_hash();
  options_.test_path = write("test.txt", "a b");
  const std::string tested = dataset(text).content_hash();
  EXPECT_EQ((std::set<std::string>{characters, bytes, words, tested}.size()), 4u);
}

}  // namespace
}  // namespace runner::text
