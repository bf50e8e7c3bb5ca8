"""Learned experts on onnxruntime."""
