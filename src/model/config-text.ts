/**
 * @file `config.json` and `generation_config.json` as Python writes them: a float shows that it is one.
 * Transformers 5 refuses `"initializer_factor": 1`, and JavaScript writes 1.0 no other way.
 */

/** Keys that Hugging Face declares as floats, and that may hold a whole number. */
const floatKeys = [
  "attention_dropout",
  "attention_probs_dropout_prob",
  "attn_pdrop",
  "classifier_dropout",
  "diversity_penalty",
  "dropout_rate",
  "embd_pdrop",
  "hidden_dropout_prob",
  "initializer_factor",
  "initializer_range",
  "layer_norm_epsilon",
  "layer_norm_eps",
  "length_penalty",
  "repetition_penalty",
  "resid_pdrop",
  "rms_norm_eps",
  "rope_theta",
  "summary_first_dropout",
  "temperature",
  "top_p",
] as const;

const wholeFloat = new RegExp(`^( *"(?:${floatKeys.join("|")})": -?\\d+)(,?)$`, "gm");

/** A file's content, with a line break at its end. */
export function configText(value: unknown): string {
  return `${JSON.stringify(value, null, 2).replace(wholeFloat, "$1.0$2")}\n`;
}
