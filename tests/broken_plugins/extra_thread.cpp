// Starts a thread in whatever program it is loaded into.
#include <pthread.h>
#include <unistd.h>

namespace {

void* wait_forever(void*) {
  while (true) pause();
}

struct ExtraThread {
  ExtraThread() {
    pthread_t thread;
    pthread_create(&thread, nullptr, wait_forever, nullptr);
  }
} extra_thread;

}  // namespace
