// What a training step does besides the model, in 32-bit floats on the CPU: the loss with its gradient, the gradients'
// norm, and the update of the parameters.
#pragma once

#include <cstdint>

namespace runner::worker {

struct SgdStep {
  float lr = 0, momentum = 0, weight_decay = 0;
  bool nesterov = false;
  bool first = false;        // no momentum yet
  float gradient_scale = 1;  // of clipping; in all steps
};

struct AdamStep {
  float beta1 = 0, beta2 = 0, eps = 0;
  float new_mean = 1, new_square = 1;  // 1 - beta1, 1 - beta2, rounded once
  float step_size = 0;                 // lr / (1 - beta1^t)
  float second_correction = 1;         // 1 / sqrt(1 - beta2^t)
  float weight_decay = 0;              // added to the gradient
  float weight_factor = 1;             // 1 - lr * weight_decay of AdamW: multiplies the weights
  float gradient_scale = 1;
};

struct RmspropStep {
  float lr = 0, alpha = 0, eps = 0, momentum = 0, weight_decay = 0;
  float new_square = 1;  // 1 - alpha, rounded once
  float gradient_scale = 1;
};

struct StepKernels {
  // Sum over the rows of -log softmax(logits)[target] in nats: logits [rows, columns]. Unless `gradient` is nullptr it
  // becomes scale * (softmax(logits) - one_hot(target)); it may be `logits` itself.
  double (*cross_entropy)(const float* logits, const int64_t* targets, int64_t rows, int64_t columns, float scale,
                          float* gradient);

  double (*sum_of_squares)(const float* x, int64_t count);

  // parameter, gradient and what the optimizer keeps, `count` elements each. `momentum` is nullptr where there is none.
  void (*sgd)(const SgdStep& step, float* parameter, const float* gradient, float* momentum, int64_t count);
  void (*adam)(const AdamStep& step, float* parameter, const float* gradient, float* mean, float* square,
               int64_t count);
  void (*rmsprop)(const RmspropStep& step, float* parameter, const float* gradient, float* square, float* momentum,
                  int64_t count);
};

namespace baseline {
extern const StepKernels kSteps;
}
namespace avx2 {
extern const StepKernels kSteps;
}
namespace avx512 {
extern const StepKernels kSteps;
}

// The best that this processor can run.
const StepKernels& step_kernels();

}  // namespace runner::worker
