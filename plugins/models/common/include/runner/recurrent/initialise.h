// Initial weights. Random numbers come from LibTorch's default generator, gate by gate in the layer's order.
#pragma once

#include <runner/recurrent/layer.h>
#include <torch/nn/modules/linear.h>

namespace runner::recurrent {

// What `init` may be:
//
// - default: what the layer's constructor drew; LibTorch draws U(-1/sqrt(H), 1/sqrt(H)), see draw_default
// - normal: weights N(0, init_std), biases 0, as in the chapter's models from scratch
// - orthogonal: recurrent matrices with orthonormal rows (Saxe, McClelland, Ganguli 2014), input matrices uniform by
//   fan-in and fan-out (Glorot, Bengio 2010), biases 0
//
// A forget_bias other than 0 then becomes the total bias of every forget gate.
void initialise(Layer& layer, const RecurrentOptions& options);

// Of the same choices only `normal` concerns the output layer and the embedding; LibTorch's default is kept otherwise.
// A matrix that both share is drawn as an output layer's: N(0, 1), LibTorch's default for embeddings, would make the
// first logits far too large.
void initialise(torch::nn::Linear& output, const RecurrentOptions& options);
void initialise_embedding(at::Tensor& weight, const RecurrentOptions& options);

// U(-1/sqrt(hidden_size), 1/sqrt(hidden_size)), as LibTorch initialises its recurrent modules.
void draw_default(Layer& layer, int64_t hidden_size);

}  // namespace runner::recurrent
