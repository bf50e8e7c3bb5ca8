"""tools: thin command lines over engines, server and training."""
