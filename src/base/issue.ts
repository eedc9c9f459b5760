/** @file From the words of a failed zod check to what an error tells: expected and got. */

/** The parts of a zod issue that are used; base does not depend on zod. */
interface Issue {
  readonly message: string;
  readonly path: readonly PropertyKey[];
}

/**
 * What a value should have been, and a few words of what it is.
 * `Too small: expected number to be >0` for -1 becomes `number to be >0` and `-1`.
 * @param root the value that was checked
 */
export function describeIssue(issue: Issue, root: unknown): { expected: string; got: string } {
  const expected = issue.message
    .replace(/^(?:[^:]*: )?expected /, "")
    .replace(/, received [^,]*$/, "")
    .replace(/^Invalid input$/, "another kind of value");
  return { expected, got: describeValue(issue.path.reduce<unknown>(memberOf, root)) };
}

/** Own members only: what a hostile file calls `constructor` or `__proto__` is not looked up. */
function memberOf(value: unknown, key: PropertyKey): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<PropertyKey, unknown>)[key];
}

/** A value in a few words; lists and objects are not written out, they may be deep or long. */
export function describeValue(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value === "number") return String(value);
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
