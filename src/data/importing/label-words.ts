/** @file Words in names that tell a label, and names of libraries that merely look as if they did. */

/** In code written to show a weakness. */
const templateWords = new Set(
  [
    "vuln vulns vulnerable vulnerability unsafe safe insecure secure bad good fixed patched tainted",
    "untainted exploit attack malicious cwe cve flaw flawed benign sanitized ok nok fp tp positive",
    "negative compliant noncompliant g2b b2g",
  ].flatMap((line) => line.split(" ")),
);

/** In code of real repositories. */
const commitWords = new Set("vuln vulnerable vulnerability cwe cve exploit patched".split(" "));

/** Names of libraries: they stay. */
export const keptNames: ReadonlySet<string> = new Set(
  [
    "SecureRandom SecureString SafeHandle SafeConstructor SafeLoader CSafeLoader UnsafeLoader",
    "safe_load safe_load_all unsafe_load safe_join safe_str_cmp secure_filename html_safe mark_safe",
    "setSecure isSecure secure Secure InsecureSkipVerify InsecureRequestWarning Insecure Unsafe",
    "UnsafePointer UnsafeMutablePointer UnsafeRawPointer UnsafeMutableRawPointer",
    "UnsafeBufferPointer UnsafeMutableBufferPointer withUnsafeBytes withUnsafePointer",
    "withUnsafeMutableBytes withUnsafeMutableBufferPointer BadRequest BadRequestException",
    "BadRequestError BadRequestObjectResult StatusBadRequest badRequest SC_BAD_REQUEST SafeString",
    "toFixed toBeNegative isNegative OK Ok ok unsafe safe sanitized_Request bad_alloc bad_cast",
  ].flatMap((line) => line.split(" ")),
);

/** The words of a name: `getUserName2`, `get_user_name` and `GetUserName` are `get user name`. */
function partsOf(name: string): string[] {
  return name.match(/G2B|B2G|[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+/g) ?? [];
}

/** Could a code hold such a name? Quick, and right when it says no. */
export function mayTell(code: string, kind: "template" | "commits"): boolean {
  return (kind === "template" ? anyTemplateWord : anyCommitWord).test(code);
}

const anyOf = (words: ReadonlySet<string>) => new RegExp([...words].join("|"), "i");
const anyTemplateWord = anyOf(templateWords);
const anyCommitWord = anyOf(commitWords);

/** Does a name hold a word that tells a label? */
export function tells(name: string, kind: "template" | "commits"): boolean {
  const words = kind === "template" ? templateWords : commitWords;
  return partsOf(name).some((part) => words.has(part.toLowerCase()));
}

/**
 * A name without the words that tell: `goodG2BSource` becomes `source`. Empty when nothing that could
 * begin a name is left.
 */
export function withoutWords(name: string, kind: "template" | "commits"): string {
  const words = kind === "template" ? templateWords : commitWords;
  const parts = partsOf(name).filter((part) => !words.has(part.toLowerCase()) && !/^\d/.test(part));
  const isSnake = name.includes("_") && !/[a-z][A-Z]/.test(name);
  if (isSnake) return parts.join("_");
  const [first = "", ...rest] = parts;
  const isLower = /^[a-z_$]/.test(name);
  const head = isLower ? first.charAt(0).toLowerCase() + first.slice(1) : first;
  return head + rest.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join("");
}
