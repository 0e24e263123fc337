"""Weights that no checkpoint is needed for: pseudo-random numbers from an integer hash, the same on every machine.

Element i of a tensor is mean + step * k, where k is the sum of the four 16-bit parts of splitmix64(seed + i), less their
mean: nearly a normal distribution. The tests make the same numbers in C (Tests/ReferenceWeights).
"""
import hashlib

import numpy as np

GAMMA = np.uint64(0x9E37_79B9_7F4A_7C15)
# Standard deviation of the sum of four uniform 16-bit numbers.
DEVIATION = (4 * (65_536 ** 2 - 1) / 12) ** 0.5


def seed(name):
    """The first eight bytes of the name's SHA-256, little-endian."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")


def values(name, count, mean, deviation, chunk=1 << 22):
    """`count` 32-bit floats for the tensor `name`."""
    out = np.empty(count, np.float32)
    first, step = np.uint64(seed(name)), deviation / DEVIATION
    with np.errstate(over="ignore"):
        for start in range(0, count, chunk):
            index = np.arange(start, min(start + chunk, count), dtype=np.uint64)
            x = (index + np.uint64(1)) * GAMMA + first
            x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58_476D_1CE4_E5B9)
            x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D0_49BB_1331_11EB)
            x ^= x >> np.uint64(31)
            parts = x.view(np.uint16).reshape(-1, 4).astype(np.int64).sum(1) - 131_070
            out[start:start + len(parts)] = mean + parts * step
    return out


def rule(name, shape):
    """Mean and standard deviation for a parameter of transformers' CLIPModel or of open_clip's CLIP.

    About as at the start of a training, but with attention and value paths strong enough for vectors of different inputs
    to differ.
    """
    last = name.split(".")[-2:]
    if "norm" in name or ".ln_" in name or name.startswith("ln_"):
        return (1.0, 0.1) if last[-1] == "weight" else (0.0, 0.1)
    if last[-1] == "probe":
        return 0.0, 1.0
    if "class_embedding" in name:
        return 0.0, 0.01
    if len(shape) == 1:
        return 0.0, 0.02
    if "position" in name:
        return 0.0, 0.02 if "vision" in name or "visual" in name else 0.01
    if "token_embedding" in name:
        return 0.0, 0.05
    if "patch_embedding" in name or name.endswith("conv1.weight"):
        return 0.0, 0.02
    width = shape[0] if last[-1] in ("proj", "text_projection") else shape[1]
    gain = 1.0
    if ".q_proj." in name or ".k_proj." in name or last[-1] == "in_proj_weight":
        gain = 1.4
    elif "fc2" in name or "c_proj" in name:
        gain = 0.7
    return 0.0, gain * width ** -0.5


def fill(module, prefix=""):
    """Sets every parameter; returns (mean, deviation) by name."""
    import torch

    rules = {}
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if parameter.dim() == 0:
                continue
            mean, deviation = rules[name] = rule(name, parameter.shape)
            parameter.copy_(torch.from_numpy(values(prefix + name, parameter.numel(), mean, deviation)).view(parameter.shape))
    return rules
