/** @file The contract between decoding search and a model: one step of a batch of rows. */

/**
 * Incremental decoder of one batch. Rows are grouped: `rowsPerExample` consecutive rows belong to one example.
 */
export interface Decoder {
  readonly vocabSize: number;
  /**
   * Feed the newest token of every row; at first the last of its prompt.
   * @param tokens [rows] the newest token of every row. There may be fewer rows than before: whole examples
   *   (groups) that are finished are dropped, and `parents` maps the surviving rows
   * @param parents [rows] the row of the PREVIOUS step that each row continues, always one of the same example;
   *   undefined: row i continues row i
   * @returns [rows, V] float32 log-probabilities (nats), valid until the next call; the caller may write to them
   */
  step(tokens: Int32Array, parents?: Int32Array): Promise<Float32Array>;
  /** Free what the batch holds; no step follows. */
  dispose(): void;
}

/** Start decoding a batch whose every example is decoded in so many rows. */
export type StartDecoder = (rowsPerExample: number) => Promise<Decoder>;

/** What sequences begin with. */
export interface Prompts {
  /** [B][P]: a start token, or a text to continue; all equally long. */
  readonly prompts: readonly (readonly number[])[];
  /** Tokens of the longest sequence that the model can hold; undefined: any. */
  readonly maxLength?: number;
}

/** Token ids that steer a search. */
export interface SpecialTokens {
  /** Ends a sequence; with several, any of them does. */
  readonly eosTokenId: number | readonly number[];
  /** Fills sequences up to the longest. */
  readonly padTokenId: number;
}
