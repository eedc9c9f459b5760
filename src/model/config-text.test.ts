import { expect, test } from "vitest";
import { configText } from "./config-text.ts";

test("configText: floats show that they are, whole numbers stay whole, texts stay texts", () => {
  const value = {
    initializer_factor: 1,
    dropout_rate: 0,
    d_model: 512,
    rope_theta: 10000,
    layer_norm_epsilon: 1e-6,
    note: '"dropout_rate": 1',
  };
  const text = configText(value);
  expect(text).toContain('"initializer_factor": 1.0,');
  expect(text).toContain('"dropout_rate": 0.0,');
  expect(text).toContain('"rope_theta": 10000.0,');
  expect(text).toContain('"d_model": 512,');
  expect(JSON.parse(text)).toEqual(value);
});
