"""Hold the policies that every request passes: one module a policy, built once at freeze, fed with plain values."""
