/** @file A conversation with a model: turns of a role each. */

/** One turn. */
export interface Message {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** A stretch of a rendered conversation. */
export interface Segment {
  readonly text: string;
  /** Written by the template: special tokens count. Otherwise they are ordinary text. */
  readonly isTemplate: boolean;
}
