/**
 * @file From messages to a model's own turns. The template never sees the messages' texts: it is
 * rendered once for each sequence of roles with marks in their place, and the texts are put in
 * afterwards. So a hostile template cannot read code, and code cannot act on the template.
 */
import { randomBytes } from "node:crypto";
import { CodeT5Error, DataError } from "../base/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import type { ChatTemplate } from "./chat-template.ts";
import type { Message, Segment } from "./message.ts";
import { withoutSystem } from "./question.ts";
import { renderTemplate } from "./render-template.ts";

/** Renders conversations; the template runs once for each sequence of roles. */
export interface Chat {
  /** @throws DataError `template.*` */
  render(messages: readonly Message[]): Promise<Segment[]>;
}

/** A rendered conversation: where `undefined` stands, the next message's text goes. */
type Skeleton = readonly (string | undefined)[];

interface Form {
  readonly hasSystem: boolean;
  readonly skeleton: Skeleton;
}

/** Llama 3.1 and later write a date; without one fixed, answers kept yesterday would be asked anew. */
const fixedDate = "26 Jul 2024";

export function openChat(template: ChatTemplate): Chat {
  const known = new Map<string, Promise<Form>>();
  return {
    async render(messages) {
      const key = messages.map(({ role }) => role).join();
      const form = known.get(key) ?? findForm(template, messages);
      known.set(key, form);
      const { hasSystem, skeleton } = await form;
      return fill(skeleton, hasSystem ? messages : withoutSystem(messages));
    },
  };
}

/** With a system turn; where the template refuses or drops it, without. */
async function findForm(template: ChatTemplate, messages: readonly Message[]): Promise<Form> {
  try {
    return { hasSystem: true, skeleton: await skeletonOf(template, messages) };
  } catch (error) {
    const isRefused =
      error instanceof CodeT5Error && /^template\.(failed|content)$/.test(error.code);
    if (!isRefused || messages[0]?.role !== "system") throw error;
    return { hasSystem: false, skeleton: await skeletonOf(template, withoutSystem(messages)) };
  }
}

async function skeletonOf(
  { source, bosToken, eosToken, where }: ChatTemplate,
  messages: readonly Message[],
): Promise<Skeleton> {
  const secret = randomBytes(8).toString("hex");
  const marks = messages.map((_, i) => `text${i}x${secret}`);
  const variables = {
    messages: messages.map(({ role }, i) => ({ role, content: marks[i] })),
    bos_token: bosToken,
    eos_token: eosToken,
    add_generation_prompt: true,
    date_string: fixedDate,
  };
  const text = await renderTemplate(source, variables, where);
  const pieces = text.split(new RegExp(`(text\\d+x${secret})`));
  const found = pieces.filter((_, i) => i % 2 === 1);
  if (found.join() !== marks.join()) {
    throw new DataError("template.content", "the chat template does not show each turn once", {
      expected: `${marks.length} texts in their order`,
      got: `${found.length} texts`,
      where,
    });
  }
  return pieces.map((piece, i) => (i % 2 === 1 ? undefined : piece));
}

function fill(skeleton: Skeleton, messages: readonly Message[]): Segment[] {
  let next = 0;
  const segments = skeleton.map((piece): Segment => {
    if (piece !== undefined) return { text: piece, isTemplate: true };
    return { text: messages[next++]!.content, isTemplate: false };
  });
  return segments.filter(({ text }) => text !== "");
}

/**
 * Ids of a rendered conversation. Special tokens count where the template wrote them; in the messages
 * the same characters are ordinary text, whatever the code holds.
 */
export function encodeSegments(tokenizer: Tokenizer, segments: readonly Segment[]): number[] {
  const ordinary: [number, number][] = [];
  let at = 0;
  for (const { text, isTemplate } of segments) {
    if (!isTemplate) ordinary.push([at, at + text.length]);
    at += text.length;
  }
  const text = segments.map((segment) => segment.text).join("");
  return tokenizer.encodeIds(text, { addSpecialTokens: false, ordinary });
}
