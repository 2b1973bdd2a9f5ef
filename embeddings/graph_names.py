"""Names that the graph's writer and its reader share; here so that reading one needs no `onnx`."""

GRAPH_FILE = "model.onnx"
WEIGHTS_FILE = "weights.bin"
IDS = "input_ids"
VECTORS = "sentence_embedding"
