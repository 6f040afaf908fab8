#include "control/config/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

namespace runner::config {
namespace {

using ::testing::HasSubstr;

NodePtr parse(const std::string& text, Problems& problems) {
  return parse_yaml(text, "a.yaml", Positions::line_and_column, problems);
}

NodePtr parse(const std::string& text) {
  Problems problems;
  NodePtr root = parse(text, problems);
  problems.raise_if_any();
  return root;
}

std::string error_of(const std::string& text) {
  try {
    parse(text);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

TEST(Yaml, places_count_lines_and_characters_from_one) {
  const NodePtr root = parse("名字: {键: 值, b: 2}\r\nc:\r\n- x\r\n-  y\r\n");
  const Entry& first = root->entries[0];
  EXPECT_EQ(to_string(first.key_place), "a.yaml:1:1");
  EXPECT_EQ(to_string(first.value->place), "a.yaml:1:5");
  EXPECT_EQ(to_string(first.value->entries[1].key_place), "a.yaml:1:12");
  EXPECT_EQ(to_string(root->find("c")->value->items[1]->place), "a.yaml:4:4");
}

TEST(Yaml, a_byte_order_mark_changes_no_place) {
  const NodePtr root = parse(
      "\xEF\xBB\xBF"
      "a: b\n");
  EXPECT_EQ(root->entries[0].key, "a");
  EXPECT_EQ(to_string(root->entries[0].value->place), "a.yaml:1:4");
}

TEST(Yaml, tells_quoted_text_from_plain) {
  const NodePtr root = parse("a: 256\nb: '256'\nc: \"x\\ty\"\nd: |\n  block\ne: ! 3\n");
  EXPECT_FALSE(root->find("a")->value->quoted);
  for (const char* key : {"b", "c", "d", "e"}) EXPECT_TRUE(root->find(key)->value->quoted) << key;
  EXPECT_EQ(root->find("c")->value->text, "x\ty");
}

TEST(Yaml, an_absent_value_is_at_its_key) {
  const NodePtr root = parse("a:\n\n\nb: ~\n");
  EXPECT_EQ(root->find("a")->value->kind, Kind::null);
  EXPECT_EQ(to_string(root->find("a")->value->place), "a.yaml:1:1");
}

TEST(Yaml, an_alias_is_what_it_names) {
  const NodePtr root = parse("a: &x [1, 2]\nb: *x\n");
  EXPECT_EQ(root->find("b")->value->items.size(), 2u);
  EXPECT_EQ(to_string(root->find("b")->key_place), "a.yaml:2:1");
}

TEST(Yaml, goes_on_after_what_it_can_pass_over) {
  const std::string message = error_of("a: 1\na: 2\n<<: {b: 1}\nc: !!int 3\n");
  EXPECT_THAT(message, HasSubstr("a.yaml:2:1: duplicate key \"a\""));
  EXPECT_THAT(message, HasSubstr("a.yaml:3:1: merge keys"));
  EXPECT_THAT(message, HasSubstr("a.yaml:4:4: tags such as !!int"));
}

TEST(Yaml, names_the_byte_that_is_not_utf8) {
  EXPECT_THAT(error_of("a: b\nc: d\xFF\n"), HasSubstr("a.yaml:2:5: byte 9 (0xff)"));
  EXPECT_THAT(error_of("\xEF\xBB\xBF"
                       "a: \xC0\xAF\n"),
              HasSubstr("a.yaml:1:4: byte 6 (0xc0)"));
  EXPECT_THAT(error_of(std::string("a\0:\0 \0b\0", 8)), HasSubstr("byte 1 (0x00)"));
}

TEST(Yaml, refuses_endless_and_exploding_aliases) {
  EXPECT_THAT(error_of("a: &a {b: *a}\n"), HasSubstr("a.yaml:1:11: this alias"));
  std::string text = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 64; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + ", " + before + "]\n";
  }
  EXPECT_THAT(error_of(text), HasSubstr("more than 2000000 values"));
}

TEST(Yaml, refuses_depth_before_it_costs_anything) {
  EXPECT_THAT(error_of(std::string(100'000, '[')), HasSubstr("nested more than 64 levels"));
}

TEST(Yaml, an_empty_text_is_a_null) {
  EXPECT_EQ(parse("")->kind, Kind::null);
  EXPECT_EQ(parse("# nothing\n")->kind, Kind::null);
}

TEST(Yaml, damaged_text_is_parsed_or_refused) {
  const std::string text = "name: x\ndata: {plugin: text, path: 'a b'}\nsamples:\n  prefixes: [分开, &a \"b\", *a]\n";
  std::mt19937 random(3);
  for (int i = 0; i < 5000; ++i) {
    std::string damaged = text;
    for (int edits = 0; edits < 3; ++edits) {
      damaged[random() % damaged.size()] = "\n\t :,[]{}&*!|>'\"%@`#?-\\x\xE5"[random() % 26];
    }
    const std::string message = error_of(damaged);
    EXPECT_TRUE(message.empty() || message.find("a.yaml:") == 0) << message;
  }
}

TEST(Tree, merging_merges_mappings_and_replaces_lists) {
  const NodePtr merged = merge(parse("a: {b: 1, c: [1, 2]}\nd: 4\n"), parse("a: {c: [3]}\ne: 5\n"));
  EXPECT_EQ(to_text(*merged), "{a: {b: 1, c: [3]}, d: 4, e: 5}");
}

}  // namespace
}  // namespace runner::config
