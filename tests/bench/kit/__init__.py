"""What the benches share: timing, workloads, hand-written floors."""
