"""Far ends that benchmarks and tests call; not benchmarks themselves."""
