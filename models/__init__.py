"""models: the ONNX experts that ship, each version in its own folder with its card; data, no code."""
