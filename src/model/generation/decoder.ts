/** @file The contract between decoding search and a model: one step of a batch of rows. */

/**
 * Incremental decoder of one batch. Rows are grouped: `rowsPerExample` consecutive rows belong to one example.
 */
export interface Decoder {
  readonly vocabSize: number;
  /**
   * Feed the newest token of every row.
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

/** Token ids that steer a search. */
export interface SpecialTokens {
  /** The first token of every sequence. */
  readonly decoderStartTokenId: number;
  /** Ends a sequence; with several, any of them does. */
  readonly eosTokenId: number | readonly number[];
  /** Fills sequences up to the longest. */
  readonly padTokenId: number;
}
