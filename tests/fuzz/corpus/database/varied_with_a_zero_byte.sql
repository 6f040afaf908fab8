UPDATE sweeps SET varied = '["a\u0000b", "\"", "seed", "seed"]';
