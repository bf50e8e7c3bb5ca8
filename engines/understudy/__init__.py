"""The rule-based experts: total, always ready."""
