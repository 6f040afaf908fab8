// Leaves its process group for its parent's, says so, and waits for ever.
#include <unistd.h>

int main() {
  if (setpgid(0, getpgid(getppid())) != 0 || write(STDOUT_FILENO, "left\n", 5) != 5) return 1;
  while (true) pause();
}
