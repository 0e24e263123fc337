"""Writes ONNX graphs of a few nodes with the inputs and outputs of real exports, for Tests/CLIPTests.

pip install onnx
python training/tiny_models.py --out Tests/CLIPTests/Fixtures/tiny
"""
import argparse
import os

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save

OPSET = [helper.make_opsetid("", 17)]
WEIGHTS = np.array([[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 1, 1]], np.float32)


def write(path, nodes, inputs, outputs, weights=()):
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, [numpy_helper.from_array(value, name) for name, value in weights])
    model = helper.make_model(graph, opset_imports=OPSET, ir_version=8, producer_name="nftopia")
    checker.check_model(model)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    save(model, path)


def image(path, name, shape, output):
    """The mean of each channel, and the sum of the means."""
    nodes = [
        helper.make_node("GlobalAveragePool", [name], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"], axis=1),
        helper.make_node("MatMul", ["flat", "weights"], [output]),
    ]
    outputs = [helper.make_tensor_value_info(output, TensorProto.FLOAT, [shape[0], 4])]
    if output == "pooler_output":
        nodes.append(helper.make_node("Reshape", [name, "rows"], ["last_hidden_state"]))
        outputs.insert(0, helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, [shape[0], 3, None]))
    weights = [("weights", WEIGHTS), ("rows", np.array([0, 3, -1], np.int64))]
    write(path, nodes, [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)], outputs, weights[: 2 if output == "pooler_output" else 1])


def text(path, name, kind, shape, output):
    """Means over all places: of the sine, of the cosine, of a thousandth, and that times two."""
    nodes = [
        helper.make_node("Cast", [name], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Sin", ["numbers"], ["sine"]),
        helper.make_node("Cos", ["numbers"], ["cosine"]),
        helper.make_node("Div", ["numbers", "thousand"], ["thousandth"]),
        helper.make_node("Add", ["thousandth", "thousandth"], ["double"]),
    ]
    parts = ["sine", "cosine", "thousandth", "double"]
    nodes += [helper.make_node("ReduceMean", [part], [part + "_mean"], axes=[1], keepdims=1) for part in parts]
    nodes.append(helper.make_node("Concat", [part + "_mean" for part in parts], [output], axis=1))
    write(
        path, nodes, [helper.make_tensor_value_info(name, kind, shape)], [helper.make_tensor_value_info(output, TensorProto.FLOAT, [shape[0], 4])],
        [("thousand", np.array(1000, np.float32))],
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    out = parser.parse_args().out
    image(f"{out}/visual.onnx", "image", [1, 3, 8, 8], "embedding")
    text(f"{out}/textual.onnx", "text", TensorProto.INT32, [1, 16], "embedding")
    image(f"{out}/vision_model.onnx", "pixel_values", ["batch", 3, "height", "width"], "pooler_output")
    text(f"{out}/text_model.onnx", "input_ids", TensorProto.INT64, ["batch", "length"], "pooler_output")


if __name__ == "__main__":
    main()
