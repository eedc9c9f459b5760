/** @file Models that are asked: in prompts, by yes and no. */
export type { Judge, JudgeOptions } from "./judge.ts";
export { type InjectionReport, measureInjections } from "./measure-injections.ts";
export { isJudgeName, openJudge } from "./open-judge.ts";
