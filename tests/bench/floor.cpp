// The matrix products that one training step of a recurrent language model cannot avoid, timed: a step that takes no
// longer than this does nothing but multiply.
//
//   floor CELL V H N T LAYERS DIRECTIONS [STEPS]      floor gru 1027 256 32 35 1 1
//
// prints {"cell", "layers", "directions", "ms": {"median", "min", "max"}, "gflops"} of STEPS steps. CELL is rnn, gru or
// lstm. Set OMP_NUM_THREADS. The first layer's inputs are token ids, so its product with them is a row lookup and its
// gradient a sum of rows: no multiplication.
//
// Shapes: T time steps, N batch, V vocabulary, H hidden units, D inputs of a further layer, G all gates of a layer.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

// What LibTorch calls, too; column-major.
extern "C" void sgemm_(const char* transpose_a, const char* transpose_b, const int* m, const int* n, const int* k,
                       const float* alpha, const float* a, const int* lda, const float* b, const int* ldb,
                       const float* beta, float* c, const int* ldc);

namespace {

struct Shape {
  int gates, V, H, N, T, layers, directions;
};

// [m, k] times [k, n], row-major, each side stored so or transposed; done `times` times.
struct Product {
  int m, n, k;
  bool left_transposed, right_transposed;
  int times;
};

std::vector<Product> products_of_direction(const Shape& s, bool is_first_layer) {
  const int G = s.gates * s.H, D = s.directions * s.H, TN = s.T * s.N;
  std::vector<Product> products = {
      {s.N, G, s.H, false, false, s.T},  // h W_hh
      {s.N, s.H, G, false, true, s.T},   // gradient of h
      {s.H, G, TN, true, false, 1},      // gradient of W_hh
  };
  if (is_first_layer) return products;
  products.push_back({TN, G, D, false, false, 1});  // x W_xh
  products.push_back({TN, D, G, false, true, 1});   // gradient of x
  products.push_back({D, G, TN, true, false, 1});   // gradient of W_xh
  return products;
}

std::vector<Product> products_of_step(const Shape& s) {
  std::vector<Product> products;
  for (int layer = 0; layer < s.layers; ++layer) {
    for (int direction = 0; direction < s.directions; ++direction) {
      const auto further = products_of_direction(s, layer == 0);
      products.insert(products.end(), further.begin(), further.end());
    }
  }
  const int D = s.directions * s.H, TN = s.T * s.N;
  products.push_back({TN, s.V, D, false, false, 1});  // logits
  products.push_back({TN, D, s.V, false, true, 1});   // gradient of h
  products.push_back({D, s.V, TN, true, false, 1});   // gradient of W_hq
  return products;
}

class Multiplier {
 public:
  explicit Multiplier(const std::vector<Product>& products) {
    size_t largest = 0;
    for (const Product& p : products) {
      const auto m = static_cast<size_t>(p.m), n = static_cast<size_t>(p.n), k = static_cast<size_t>(p.k);
      largest = std::max({largest, m * k, k * n, m * n});
    }
    left_.assign(largest, 0.01f), right_.assign(largest, 0.01f), result_.assign(largest, 0.0f);
  }

  // Row-major C = A B is column-major C' = B' A'.
  void multiply(const Product& p) {
    const float one = 1, zero = 0;
    const int left_width = p.left_transposed ? p.m : p.k, right_width = p.right_transposed ? p.k : p.n;
    for (int i = 0; i < p.times; ++i) {
      sgemm_(p.right_transposed ? "T" : "N", p.left_transposed ? "T" : "N", &p.n, &p.m, &p.k, &one, right_.data(),
             &right_width, left_.data(), &left_width, &zero, result_.data(), &p.n);
    }
  }

 private:
  std::vector<float> left_, right_, result_;
};

double operations(const std::vector<Product>& products) {
  double sum = 0;
  for (const Product& p : products) sum += 2.0 * p.m * p.n * p.k * p.times;
  return sum;
}

// Sorted milliseconds of each step.
std::vector<double> time_steps(const std::vector<Product>& products, int steps) {
  using Clock = std::chrono::steady_clock;
  constexpr int kWarmUp = 3;
  Multiplier multiplier(products);
  std::vector<double> times;
  for (int step = -kWarmUp; step < steps; ++step) {
    const auto start = Clock::now();
    for (const Product& product : products) multiplier.multiply(product);
    if (step >= 0) times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
  }
  std::sort(times.begin(), times.end());
  return times;
}

int gates_of(const std::string& cell) {
  if (cell == "rnn") return 1;
  if (cell == "gru") return 3;
  if (cell == "lstm") return 4;
  throw std::invalid_argument("unknown cell " + cell);
}

int positive(const char* word) {
  const int number = std::stoi(word);
  if (number < 1) throw std::invalid_argument("not a positive number: " + std::string(word));
  return number;
}

void run(int argc, char** argv) {
  if (argc != 8 && argc != 9) throw std::invalid_argument("seven or eight arguments are expected");
  const Shape shape{gates_of(argv[1]), positive(argv[2]), positive(argv[3]), positive(argv[4]),
                    positive(argv[5]), positive(argv[6]), positive(argv[7])};
  const auto products = products_of_step(shape);
  const auto times = time_steps(products, argc == 9 ? positive(argv[8]) : 20);
  const double median = times[times.size() / 2];
  std::printf(
      "{\"cell\": \"%s\", \"layers\": %d, \"directions\": %d, \"ms\": {\"median\": %.3f, \"min\": %.3f, \"max\": "
      "%.3f}, "
      "\"gflops\": %.1f}\n",
      argv[1], shape.layers, shape.directions, median, times.front(), times.back(),
      operations(products) / median / 1e6);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(argc, argv);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "floor: %s\nusage: floor rnn|gru|lstm V H N T LAYERS DIRECTIONS [STEPS]\n", error.what());
    return 2;
  }
}
