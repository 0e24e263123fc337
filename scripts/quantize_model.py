"""Makes 8-bit graphs of a model's towers with NNCF, for `nftopia model quantize`, which prepares what this reads.

scripts/quantize-tools.sh
.deps/quantize/bin/python scripts/quantize_model.py --graph vision_model.onnx --inputs pictures.npy --out vision_model.xml
.deps/quantize/bin/python scripts/quantize_model.py --graph text_model.onnx --inputs texts.npy --lengths lengths.npy --out text_model.xml

`inputs` holds one input of the graph a row: preprocessed pictures (float32), or token ids (int32) of which `lengths` says
how many count. The graphs are written in OpenVINO's own format.
"""
import argparse
import os
import sys

# Neither library shall tell anybody what is done here.
sys.modules["openvino_telemetry"] = None

import numpy as np


def sensitive(model):
    """Layers that cost much exactness and little time: the convolution over patches, and products of two activations."""
    def is_constant(node):
        # Weights that are stored in 16 bits pass through a conversion.
        return node.get_type_name() == "Constant" or (
            node.get_type_name() == "Convert" and is_constant(node.input(0).get_source_output().get_node()))

    names = []
    for operation in model.get_ops():
        kind = operation.get_type_name()
        constant = any(is_constant(source.get_source_output().get_node()) for source in operation.inputs())
        if (kind == "Convolution" and operation.get_attributes()["strides"][0] > 4) or (kind == "MatMul" and not constant):
            names.append(operation.get_friendly_name())
    return names


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--graph", required=True)
    parser.add_argument("--inputs", required=True)
    parser.add_argument("--lengths")
    parser.add_argument("--smooth", type=float, default=-1, help="how much of the activations' range goes into the weights, 0 to 1")
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()

    import logging

    import nncf
    import openvino
    from nncf.quantization.advanced_parameters import AdvancedQuantizationParameters, AdvancedSmoothQuantParameters

    nncf.set_log_level(logging.ERROR)
    inputs = np.load(arguments.inputs, mmap_mode="r")
    lengths = np.load(arguments.lengths).reshape(-1) if arguments.lengths else None
    model = openvino.Core().read_model(arguments.graph)
    shape = model.input(0).partial_shape
    kind = {"i64": np.int64, "i32": np.int32}.get(model.input(0).element_type.get_type_name(), np.float32)
    fixed = shape[1].is_static if len(shape) == 2 else True

    def example(row):
        values = np.asarray(inputs[row]).astype(kind)
        return values[None] if fixed or lengths is None else values[None, :lengths[row]]

    quantized = nncf.quantize(
        model, nncf.Dataset(range(len(inputs)), example), subset_size=len(inputs), model_type=nncf.ModelType.TRANSFORMER,
        preset=nncf.QuantizationPreset.PERFORMANCE, ignored_scope=nncf.IgnoredScope(names=sensitive(model)),
        advanced_parameters=AdvancedQuantizationParameters(smooth_quant_alphas=AdvancedSmoothQuantParameters(matmul=arguments.smooth)))
    openvino.save_model(quantized, arguments.out, compress_to_fp16=False)
    size = sum(os.path.getsize(arguments.out.removesuffix(".xml") + end) for end in (".xml", ".bin"))
    print(f"{arguments.out}: {size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
