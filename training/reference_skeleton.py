"""Takes the weights out of the exported reference model, so that tests can have the exporter's graphs without PyTorch.

Writes each tower's graph with external weights, and weights.json, which says how to make them: the weights are the
numbers of reference_weights.py. Tests/CLIPTests/ReferenceModel.swift does it.

.deps/reference/bin/python training/reference_skeleton.py .deps/models/vit-b-32-random --out Tests/CLIPTests/Fixtures/reference
"""
import argparse
import hashlib
import json
import os

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper

import reference_model
import reference_weights

ALIGNMENT = 64


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    model, rules = reference_model.clip_model(os.path.basename(arguments.model))
    known = {}
    for name, parameter in model.named_parameters():
        if name in rules:
            matrix = parameter.detach().numpy().reshape(parameter.shape[0], -1)
            for transposed in (False, True):
                data = np.ascontiguousarray(matrix.T if transposed else matrix).tobytes()
                known.setdefault(hashlib.sha256(data).digest(), (name, matrix.shape, transposed))
    recipe = {}
    for tower in ("vision", "text"):
        file = f"{tower}_model.onnx"
        graph = onnx.load(os.path.join(arguments.model, "onnx", file))
        tensors, offset = [], 0
        for tensor in graph.graph.initializer:
            data = numpy_helper.to_array(tensor)
            if data.dtype != np.float32 or data.size < 64:
                continue
            name, (rows, columns), transposed = known[hashlib.sha256(data.tobytes()).digest()]
            mean, deviation = rules[name]
            tensors.append(dict(seed=reference_weights.seed(name), rows=rows, columns=columns, transposed=transposed, mean=mean,
                                step=deviation / reference_weights.DEVIATION, offset=offset))
            tensor.ClearField("raw_data")
            tensor.data_location = TensorProto.EXTERNAL
            for key, value in (("location", file + "_data"), ("offset", offset), ("length", data.nbytes)):
                tensor.external_data.add(key=key, value=str(value))
            offset += -(-data.nbytes // ALIGNMENT) * ALIGNMENT
        recipe[file] = dict(bytes=offset, tensors=tensors)
        for node in graph.graph.node:
            node.doc_string = ""
        with open(os.path.join(arguments.out, file), "wb") as out:
            out.write(graph.SerializeToString())
    with open(os.path.join(arguments.out, "weights.json"), "w") as out:
        json.dump(recipe, out, separators=(",", ":"))
        out.write("\n")
    for name in ("config.json", "preprocessor_config.json"):
        with open(os.path.join(arguments.model, name)) as source, open(os.path.join(arguments.out, name), "w") as out:
            out.write(source.read())


if __name__ == "__main__":
    main()
