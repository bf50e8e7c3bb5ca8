import torch

torch.set_num_threads(1)  # two spinning threads starve everything else on a small machine
