// Compiled only to make the precompiled header that every file using LibTorch shares.
