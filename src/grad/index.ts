export { backward } from "./backward.ts";
export { type GradcheckOptions, gradcheck } from "./gradcheck.ts";
export { gradientRules } from "./rules.ts";
