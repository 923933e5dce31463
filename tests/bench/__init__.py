"""The benchmark: speed as ratios measured side by side in one run, and memory in MiB."""
