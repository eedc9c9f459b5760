"""Small models of random shapes and weights, with what Hugging Face Transformers makes of them.

python draw_models.py OUT [SEED]; needs torch, transformers and peft. scripts/parity.ts then holds ours against it.
"""
import json
import os
import random
import sys

import torch
import transformers as hf
from peft import LoraConfig, get_peft_model

EAGER = {"attn_implementation": "eager"}
SPECIAL = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}


def draw_weights(model):
    """Larger than a fresh model's, so that every layer counts."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn_like(parameter)
            if parameter.dim() > 1:
                parameter.copy_(1.5 * noise / parameter.shape[1] ** 0.5)
            elif "norm" in name.lower() or "ln_" in name:
                parameter.add_(0.2 * noise)
            else:
                parameter.copy_(0.3 * noise)


def batch_of(model, draw):
    """Ids, a mask where there is more than one row, labels; as Transformers takes them."""
    vocab_size, pad = model.config.vocab_size, model.config.pad_token_id or 0
    rows, length = draw.choice([(1, 9), (2, 33), (3, 40)])
    ids = torch.randint(4, vocab_size - 3, (rows, length))
    mask = torch.ones_like(ids)
    if rows > 1:
        mask[-1, -7:] = 0
        ids[-1, -7:] = pad
    if model.config.is_encoder_decoder:
        labels = torch.randint(4, vocab_size - 3, (rows, draw.choice([5, 17])))
        labels[0, -3:] = -100
    elif "SequenceClassification" in type(model).__name__:
        labels = torch.randint(0, model.config.num_labels, (rows,))
    else:
        labels = ids.masked_fill(mask == 0, -100)
    return {"input_ids": ids, "attention_mask": mask, "labels": labels}


def record(folder, model, batch, **more):
    """Logits, loss and gradient norms beside the model's files."""
    model.zero_grad()
    output = model(**batch)
    output.loss.backward()
    norms = {n: p.grad.norm().item() for n, p in model.named_parameters() if p.grad is not None}
    with open(os.path.join(folder, "reference.json"), "w") as file:
        json.dump(
            {
                **{name: tensor.tolist() for name, tensor in batch.items()},
                "loss": output.loss.item(),
                "shape": list(output.logits.shape),
                "logits": output.logits.detach().flatten().tolist(),
                "gradientNorms": norms,
                **more,
            },
            file,
        )


def greedy(model, batch):
    row = batch["input_ids"][:1]
    # Transformers 5 cannot cache decoders that have other numbers of layers than their encoders
    use_cache = not model.config.is_encoder_decoder
    options = {"max_new_tokens": 16, "do_sample": False, "num_beams": 1, "use_cache": use_cache}
    return model.generate(row, attention_mask=torch.ones_like(row), **options).tolist()[0]


def rope(draw):
    scaled = {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
    original = {"original_max_position_embeddings": draw.choice([16, 64, 8192])}
    return draw.choice(
        [
            {"rope_type": "default", "rope_theta": 10000.0},
            {"rope_type": "linear", "factor": 2.0, "rope_theta": 10000.0},
            {"rope_type": "llama3", "rope_theta": 500000.0, **scaled, **original},
        ]
    )


def llama(draw):
    heads, head_dim = draw.choice([2, 4, 6]), draw.choice([8, 16, 20])
    return hf.LlamaConfig(
        vocab_size=draw.choice([97, 211]), hidden_size=heads * draw.choice([8, 12]), head_dim=head_dim,
        intermediate_size=draw.choice([40, 56]), num_hidden_layers=draw.choice([1, 2, 3]),
        num_attention_heads=heads, num_key_value_heads=draw.choice([1, 2, heads]),
        rms_norm_eps=draw.choice([1e-5, 1e-6]), tie_word_embeddings=draw.random() < 0.4,
        attention_bias=draw.random() < 0.4, mlp_bias=draw.random() < 0.4, rope_parameters=rope(draw),
        num_labels=3, max_position_embeddings=128, **SPECIAL,
    )


def mistral(draw):
    heads = draw.choice([4, 6])
    return hf.MistralConfig(
        vocab_size=draw.choice([97, 211]), hidden_size=heads * 8, head_dim=draw.choice([8, 12]),
        intermediate_size=56, num_hidden_layers=2, num_attention_heads=heads, num_key_value_heads=2,
        sliding_window=draw.choice([None, 4, 16]), max_position_embeddings=128, **SPECIAL,
    )


def gpt2(draw):
    return hf.GPT2Config(
        vocab_size=draw.choice([97, 211]), n_embd=draw.choice([32, 48]), n_layer=2, n_head=4, n_positions=64,
        n_inner=draw.choice([None, 40]), activation_function=draw.choice(["gelu_new", "gelu", "relu"]),
        scale_attn_weights=draw.random() < 0.8, scale_attn_by_inverse_layer_idx=draw.random() < 0.3,
        layer_norm_epsilon=draw.choice([1e-5, 1e-6]), tie_word_embeddings=draw.random() < 0.7, **SPECIAL,
    )


def roberta(draw):
    return hf.RobertaConfig(
        vocab_size=draw.choice([97, 211]), hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=draw.choice([40, 64]), max_position_embeddings=80, type_vocab_size=draw.choice([1, 2]),
        hidden_act=draw.choice(["gelu", "relu", "gelu_new"]), layer_norm_eps=draw.choice([1e-5, 1e-12]),
        num_labels=draw.choice([2, 4]), pad_token_id=1,
    )


def t5(draw):
    gates = ["relu", "gelu", "gated-gelu", "gated-silu"]
    return hf.T5Config(
        vocab_size=draw.choice([97, 211]), d_model=draw.choice([24, 32]), d_kv=draw.choice([8, 12]),
        d_ff=draw.choice([40, 64]), num_layers=draw.choice([1, 2]), num_decoder_layers=draw.choice([None, 1, 3]),
        num_heads=draw.choice([2, 4]), relative_attention_num_buckets=draw.choice([8, 32]),
        relative_attention_max_distance=draw.choice([40, 128]), feed_forward_proj=draw.choice(gates),
        tie_word_embeddings=draw.random() < 0.6, pad_token_id=0, eos_token_id=2, decoder_start_token_id=0,
    )


# configuration, model, whether it writes, what an adapter is put on
KINDS = {
    "llama": (llama, hf.LlamaForCausalLM, True, ["q_proj", "v_proj"]),
    "llama-class": (llama, hf.LlamaForSequenceClassification, False, "all-linear"),
    "mistral": (mistral, hf.MistralForCausalLM, True, ["q_proj", "o_proj"]),
    "gpt2": (gpt2, hf.GPT2LMHeadModel, True, ["c_attn", "c_proj"]),
    "roberta": (roberta, hf.RobertaForMaskedLM, False, ["query", "dense"]),
    "roberta-class": (roberta, hf.RobertaForSequenceClassification, False, ["query", "value"]),
    "t5": (t5, hf.T5ForConditionalGeneration, True, ["q", "v"]),
}


def adapted(model, targets):
    """A random adapter, its second matrices not 0."""
    is_class = "SequenceClassification" in type(model).__name__
    config = LoraConfig(
        r=3, lora_alpha=7, target_modules=targets, task_type="SEQ_CLS" if is_class else None,
        fan_in_fan_out="GPT2" in type(model).__name__,
    )
    tuned = get_peft_model(model, config).eval()
    with torch.no_grad():
        for name, parameter in tuned.named_parameters():
            if "lora_B" in name:
                parameter.copy_(0.2 * torch.randn_like(parameter))
    return tuned


def main(out, seed=1):
    torch.manual_seed(seed)
    draw = random.Random(seed)
    for name, (config, kind, writes, targets) in KINDS.items():
        for i in range(4):
            model = kind._from_config(config(draw), **EAGER).eval()
            draw_weights(model)
            folder = os.path.join(out, f"{name}-{i}")
            model.save_pretrained(folder)
            batch = batch_of(model, draw)
            with torch.no_grad():
                more = {"greedy": greedy(model, batch)} if writes else {}
            record(folder, model, batch, **more)
            with_adapter = adapted(kind.from_pretrained(folder, **EAGER), targets)
            with_adapter.save_pretrained(folder + "-adapter")
            record(folder + "-adapter", with_adapter, batch)


if __name__ == "__main__":
    main(sys.argv[1], *(int(seed) for seed in sys.argv[2:]))
