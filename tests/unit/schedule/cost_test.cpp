#include "control/schedule/cost.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace runner::schedule {
namespace {

using ::testing::ElementsAre;

double work_of(const TokenWork& model, int64_t epochs = 10, int64_t tokens = 1000, int64_t vocabulary = 50) {
  return estimated_work({{"train", {{"epochs", epochs}}}}, {{"train_tokens", tokens}, {"vocabulary", vocabulary}},
                        model);
}

TEST(EstimatedWork, IsEpochsTimesTokensTimesWeights) {
  const TokenWork model{192, 8};
  EXPECT_DOUBLE_EQ(work_of(model), 10.0 * 1000 * (192 + 8 * 50));
  EXPECT_DOUBLE_EQ(work_of(model, 20), 2 * work_of(model));
  EXPECT_DOUBLE_EQ(work_of(model, 10, 5000), 5 * work_of(model));
  EXPECT_DOUBLE_EQ(work_of(model, 10, 1000, 51) - work_of(model), 10.0 * 1000 * 8);
}

TEST(EstimatedWork, WhatIsNotKnownCountsAsOne) {
  EXPECT_DOUBLE_EQ(estimated_work({{"train", {{"epochs", 7}}}}, Json::object(), {}), 7);
  EXPECT_DOUBLE_EQ(estimated_work({{"train", {{"epochs", 7}}}}, Json::object(), {0, 3}), 21);
}

std::vector<Task> tasks_of(const std::vector<double>& works) {
  std::vector<Task> tasks(works.size());
  for (size_t i = 0; i < works.size(); ++i) {
    tasks[i].view.number = static_cast<int64_t>(i) + 1;
    tasks[i].view.work = works[i];
  }
  return tasks;
}

std::vector<int64_t> numbers(const std::vector<Task>& tasks) {
  std::vector<int64_t> numbers;
  for (const Task& task : tasks) numbers.push_back(task.view.number);
  return numbers;
}

// When all are done, each task started in the first slot that is free.
double makespan(const std::vector<Task>& tasks, size_t slots) {
  std::vector<double> free_at(slots, 0);
  for (const Task& task : tasks) *std::min_element(free_at.begin(), free_at.end()) += task.view.work;
  return *std::max_element(free_at.begin(), free_at.end());
}

TEST(LongestFirst, EqualOnesStayInTheirOrder) {
  std::vector<Task> tasks = tasks_of({1, 3, 1, 3, 2});
  order_longest_first(tasks);
  EXPECT_THAT(numbers(tasks), ElementsAre(2, 4, 5, 1, 3));
}

TEST(LongestFirst, TheLongestTrialDoesNotRunAloneAtTheEnd) {
  std::vector<Task> tasks = tasks_of({1, 1, 1, 1, 1, 5});
  EXPECT_EQ(makespan(tasks, 2), 7);
  order_longest_first(tasks);
  EXPECT_EQ(makespan(tasks, 2), 5);
}

// Graham (1969): no schedule is shorter by more than a quarter, with whatever number of slots.
TEST(LongestFirst, IsNearTheBestThatIsPossible) {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> works(1 + random() % 30);
    for (double& work : works) work = 1 + static_cast<double>(random() % 100);
    const size_t slots = 1 + random() % 8;
    const double total = std::accumulate(works.begin(), works.end(), 0.0);
    std::vector<Task> tasks = tasks_of(works);
    order_longest_first(tasks);
    const double longest = tasks.front().view.work;
    const double second_round = tasks.size() > slots ? tasks[slots - 1].view.work + tasks[slots].view.work : 0;
    const double least = std::max({longest, second_round, total / static_cast<double>(slots)});
    ASSERT_LE(makespan(tasks, slots), least * 4 / 3) << "round " << round;
  }
}

}  // namespace
}  // namespace runner::schedule
