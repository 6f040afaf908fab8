"""What tests/bench/compare measures: a module for each section, and what they share."""
