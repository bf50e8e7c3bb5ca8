"""Counted experts: small tables that need no network runtime; they stand between the learned ones and the rules."""
