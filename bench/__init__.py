"""Benchmarks: `make bench`. Each compares with a floor in the same run and prints ratios; none is a test."""
