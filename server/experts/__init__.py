"""The expert workers: processes that hold the onnxruntime sessions, and main's side of them."""
