/** @file Names of models on the hub: `owner/name`, and `owner/name@revision`. */
import { DataError } from "../base/index.ts";

/** A model at a branch, tag or commit. */
export interface ModelName {
  /** `owner/name`. */
  readonly repository: string;
  /** Branch, tag or commit; `main` unless told. */
  readonly revision: string;
}

/** Parts of a name as huggingface_hub `validate_repo_id` has them. */
const part = /^(?!.*(?:--|\.\.))[A-Za-z0-9_](?:[\w.-]{0,94}[\w])?$/;
const revisionPattern = /^(?!.*\.\.)\w[\w./-]{0,200}$/;

/** Read a name; undefined when the text cannot be one. */
export function parseModelName(text: string): ModelName | undefined {
  const [repository = "", revision = "main", ...rest] = text.split("@");
  const parts = repository.split("/");
  const isName = parts.length === 2 && parts.every((word) => part.test(word));
  if (!isName || rest.length > 0 || repository.endsWith(".git")) return undefined;
  return revisionPattern.test(revision) ? { repository, revision } : undefined;
}

/** {@link parseModelName}. @throws DataError `hub.name` */
export function requireModelName(text: string): ModelName {
  const name = parseModelName(text);
  if (name !== undefined) return name;
  throw new DataError("hub.name", "not the name of a model", {
    expected: "owner/name, or owner/name@revision",
    got: JSON.stringify(text),
  });
}

/** The name as it is written; `main` is left out. */
export function formatModelName({ repository, revision }: ModelName): string {
  return revision === "main" ? repository : `${repository}@${revision}`;
}
