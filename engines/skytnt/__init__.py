"""An adapter for SkyTNT's midi-model (github.com/SkyTNT/midi-model, Apache-2.0) in its ONNX form, from a local folder.

Context: musicians have large general models on their disks; ours are small and know trance. Choice: the format is read,
strictly, and stands behind the one interface of all experts, so it can take any chair of an offline chain. Given up:
speed (some hundred million weights a note: nothing for the stage) and a card (its maker wrote none: what can be proved
is proved when it is opened). Its weights are neither shipped nor fetched. Importing this loads onnxruntime.
"""

from engines.skytnt.opening import open_skytnt
from engines.skytnt.setting import Setting

__all__ = ["Setting", "open_skytnt"]
