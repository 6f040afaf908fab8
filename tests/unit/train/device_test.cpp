#include "worker/train/device.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace runner::worker {
namespace {

TEST(Device, NumbersAreReadBackFreelyFromTheCpuAlone) {
  EXPECT_TRUE(reads_back_freely(at::kCPU));
  EXPECT_FALSE(reads_back_freely(at::Device(at::kCUDA, 0)));
  EXPECT_FALSE(reads_back_freely(at::kMeta));
}

TEST(Device, WhatIsOnTheCpuIsNotMovedThere) {
  const at::Tensor tokens = at::arange(6).reshape({2, 3});
  EXPECT_TRUE(moved(tokens, at::kCPU).is_same(tokens));
}

TEST(Device, MovedTensorsKeepTheirShapeAndType) {
  const at::Tensor there = moved(at::arange(6).reshape({2, 3}), at::kMeta);
  EXPECT_TRUE(there.is_meta());
  EXPECT_EQ(there.sizes(), at::IntArrayRef({2, 3}));
  EXPECT_EQ(there.scalar_type(), at::kLong);
}

}  // namespace
}  // namespace runner::worker
