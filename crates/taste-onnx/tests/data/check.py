"""What ONNX's own checker says of a file from our builder, and what the onnx package reads from it.

Run by tests/checker.rs, where a Python with the onnx package is at hand (TASTE_PYTHON, else python3):
    python check.py FILE.onnx
"""

import sys

import onnx
from onnx import numpy_helper

model = onnx.load(sys.argv[1])
onnx.checker.check_model(model, full_check=True)
print("ir", model.ir_version, "opset", model.opset_import[0].version, "producer", model.producer_name)
for node in model.graph.node:
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    print(node.op_type, list(node.input), list(node.output), attributes)
for tensor in model.graph.initializer:
    print(tensor.name, numpy_helper.to_array(tensor).dtype, numpy_helper.to_array(tensor).tolist())
print({entry.key: entry.value for entry in model.metadata_props})
