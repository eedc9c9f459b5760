/** @file Prompts: the vulnerability question, chat templates, code as data, attempts to inject. */
export { type AnswerTokens, answerTokens, probabilityOfYes } from "./answer-tokens.ts";
export { type Chat, encodeSegments, openChat } from "./chat.ts";
export { type ChatTemplate, formOf, formTemplate, readChatTemplate } from "./chat-template.ts";
export { neutralize, shortenCode } from "./fence.ts";
export { fitPrompt } from "./fit.ts";
export {
  type Injection,
  type InjectionPlace,
  injectionPlaces,
  injections,
} from "./injections.ts";
export type { Message, Segment } from "./message.ts";
export {
  type Asked,
  conversation,
  type QuestionName,
  questionNames,
  type Shot,
} from "./question.ts";
export type { PromptScores } from "./scores.ts";
export { drawShots } from "./shots.ts";
