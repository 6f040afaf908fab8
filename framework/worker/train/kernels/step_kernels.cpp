#include "worker/train/kernels/step_kernels.h"

#include <runner/simd.h>

namespace runner::worker::RUNNER_ISA {
namespace {

using simd::Floats;
using simd::kLanes;
using simd::load;
using simd::store;

// Calls do_part(first, how many) for every part of the array that fills a vector, and for the rest.
template <typename DoPart>
RUNNER_SIMD void for_vectors(int64_t count, const DoPart& do_part) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) do_part(i, kLanes);
  if (i < count) do_part(i, count - i);
}

RUNNER_SIMD float largest_of(const float* x, int64_t count) {
  Floats most = simd::all(x[0]);
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) most = simd::max(load(x + i), most);
  float largest = simd::largest(most);
  for (; i < count; ++i) largest = x[i] > largest ? x[i] : largest;
  return largest;
}

// to[i] = e^(x[i] - shift), and their sum; without `to` the sum alone.
RUNNER_SIMD float sum_exponentials(const float* x, int64_t count, float shift, float* to) {
  Floats total = {};
  float rest = 0;
  for_vectors(count, [&](int64_t i, int64_t part) {
    const Floats e = simd::exp(load(x + i, part) - shift);
    if (to) store(to + i, e, part);
    if (part == kLanes) {
      total += e;
    } else {
      for (int64_t lane = 0; lane < part; ++lane) rest += e[lane];
    }
  });
  return simd::sum(total) + rest;
}

double cross_entropy(const float* logits, const int64_t* targets, int64_t rows, int64_t columns, float scale,
                     float* gradient) {
  double nats = 0;
  for (int64_t row = 0; row < rows; ++row) {
    const float* const x = logits + row * columns;
    float* const d = gradient ? gradient + row * columns : nullptr;
    const float shift = largest_of(x, columns), target = x[targets[row]];
    const float total = sum_exponentials(x, columns, shift, d);
    nats += __builtin_log(static_cast<double>(total)) + static_cast<double>(shift) - static_cast<double>(target);
    if (!d) continue;
    const float factor = scale / total;
    for_vectors(columns, [&](int64_t i, int64_t part) { store(d + i, load(d + i, part) * factor, part); });
    d[targets[row]] -= scale;
  }
  return nats;
}

// In parts, so that single precision loses nothing in long sums.
double sum_of_squares(const float* x, int64_t count) {
  constexpr int64_t kPart = 4096;
  double total = 0;
  for (int64_t first = 0; first < count; first += kPart) {
    Floats sums[4] = {};
    const int64_t end = first + kPart < count ? first + kPart : count;
    int64_t i = first;
    for (; i + 4 * kLanes <= end; i += 4 * kLanes) {
      for (int64_t k = 0; k < 4; ++k) {
        const Floats v = load(x + i + k * kLanes);
        sums[k] += v * v;
      }
    }
    for (; i < end; i += kLanes) {
      const Floats v = load(x + i, end - i);
      sums[0] += v * v;
    }
    total += static_cast<double>(simd::sum((sums[0] + sums[1]) + (sums[2] + sums[3])));
  }
  return total;
}

void sgd(const SgdStep& step, float* parameter, const float* gradient, float* momentum, int64_t count) {
  for_vectors(count, [&](int64_t i, int64_t part) {
    const Floats p = load(parameter + i, part);
    Floats g = load(gradient + i, part) * step.gradient_scale + p * step.weight_decay;
    if (momentum) {
      const Floats kept = step.first ? g : load(momentum + i, part) * step.momentum + g;
      store(momentum + i, kept, part);
      g = step.nesterov ? g + kept * step.momentum : kept;
    }
    store(parameter + i, p - g * step.lr, part);
  });
}

void adam(const AdamStep& step, float* parameter, const float* gradient, float* mean, float* square, int64_t count) {
  for_vectors(count, [&](int64_t i, int64_t part) {
    const Floats p = load(parameter + i, part) * step.weight_factor;
    const Floats g = load(gradient + i, part) * step.gradient_scale + p * step.weight_decay;
    const Floats m = load(mean + i, part) * step.beta1 + g * step.new_mean;
    const Floats v = load(square + i, part) * step.beta2 + g * g * step.new_square;
    store(mean + i, m, part);
    store(square + i, v, part);
    store(parameter + i, p - step.step_size * m / (simd::sqrt(v) * step.second_correction + step.eps), part);
  });
}

void rmsprop(const RmspropStep& step, float* parameter, const float* gradient, float* square, float* momentum,
             int64_t count) {
  for_vectors(count, [&](int64_t i, int64_t part) {
    const Floats p = load(parameter + i, part);
    const Floats g = load(gradient + i, part) * step.gradient_scale + p * step.weight_decay;
    const Floats v = load(square + i, part) * step.alpha + g * g * step.new_square;
    store(square + i, v, part);
    Floats move = g / (simd::sqrt(v) + step.eps);
    if (momentum) {
      move += load(momentum + i, part) * step.momentum;
      store(momentum + i, move, part);
    }
    store(parameter + i, p - move * step.lr, part);
  });
}

}  // namespace

const StepKernels kSteps = {cross_entropy, sum_of_squares, sgd, adam, rmsprop};

}  // namespace runner::worker::RUNNER_ISA
