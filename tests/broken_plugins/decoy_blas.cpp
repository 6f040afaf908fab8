// Has the name of the system's BLAS, and none of its functions: a worker that found it instead of its own could not
// start.
extern "C" __attribute__((visibility("default"))) int decoy_blas_is_loaded();
int decoy_blas_is_loaded() { return 1; }
