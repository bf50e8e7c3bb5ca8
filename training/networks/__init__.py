"""The networks (torch) and the graphs (ONNX) that they are exported to."""
