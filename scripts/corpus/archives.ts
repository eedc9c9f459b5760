/** @file Downloads archives through the registries' own clients (apt-get, npm) and unpacks what is wanted. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Source } from "./source.ts";

const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
const suites = ["bookworm", "trixie"];

/** The main upstream tarball; those of components have a name more. */
const isMainTarball = /\.orig\.tar\.\w+$/;

function run(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, args, {
    cwd,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** apt options that keep its sources and state in `folder`: neither /etc nor /var is touched. */
function aptOptions(folder: string): string[] {
  const settings = {
    "Dir::Etc::sourcelist": join(folder, "sources.list"),
    "Dir::Etc::sourceparts": "-",
    "Dir::State::lists": join(folder, "lists"),
    "Dir::Cache": join(folder, "cache"),
    "APT::Sandbox::User": "root",
  };
  return Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
}

/**
 * Fetches Debian's source indexes into a private folder, once.
 * @param folder is made when absent; delete it to ask for newer indexes
 */
export function prepareApt(folder: string): void {
  if (existsSync(join(folder, "ready"))) return;
  for (const part of ["lists/partial", "cache/archives/partial"]) {
    mkdirSync(join(folder, part), { recursive: true });
  }
  const lines = suites.map((suite) => {
    return `deb-src [signed-by=${keyring}] http://deb.debian.org/debian ${suite} main`;
  });
  writeFileSync(join(folder, "sources.list"), `${lines.join("\n")}\n`);
  run("apt-get", [...aptOptions(folder), "update"], folder);
  writeFileSync(join(folder, "ready"), "");
}

/** Some mirrors lack a component tarball or Debian's own part; a failure of any other kind counts. */
const isMissingPart = /^E: Failed to fetch \S+ +404 |^E: Failed to fetch some archives/;

function fetchDebian({ name, version }: Source, apt: string, folder: string): void {
  const get = ["source", "--download-only", "--only-source"];
  for (const part of ["--tar-only", "--diff-only"]) {
    const args = [...aptOptions(apt), ...get, part, `${name}=${version}`];
    const { status, stderr } = spawnSync("apt-get", args, { cwd: folder, encoding: "utf8" });
    const complaints = stderr.split("\n").filter((line) => line.startsWith("E:"));
    if (status !== 0 && !complaints.every((line) => isMissingPart.test(line))) {
      throw new Error(complaints.join("; "));
    }
  }
  if (!readdirSync(folder).some((file) => isMainTarball.test(file))) {
    throw new Error(`the mirror has no upstream tarball of ${name} ${version}`);
  }
}

function fetchNpm({ name, version }: Source, folder: string): void {
  run("npm", ["pack", `${name}@${version}`, "--ignore-scripts", "--silent"], folder);
}

/**
 * The archives of a source, downloaded unless a folder of its name and version has them already.
 * apt checks signed digests, npm the registry's integrity field.
 * @param state where indexes and archives are kept between runs
 * @returns paths: upstream tarballs, and Debian's own (with debian/copyright) when it could be had
 * @throws Error when the client fails; its message is the client's
 */
export function fetchArchives(
  source: Source,
  state: string,
): { upstream: string[]; debian?: string } {
  const label = `${source.kind}_${source.name}_${source.version}`.replace(/[^\w.+~-]+/g, "-");
  const folder = join(state, "archives", label);
  if (!existsSync(folder)) {
    const partial = `${folder}.partial`;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial, { recursive: true });
    if (source.kind === "npm") fetchNpm(source, partial);
    else fetchDebian(source, join(state, "apt"), partial);
    renameSync(partial, folder);
  }
  const tarballs = readdirSync(folder).filter((file) => /\.(tar\.\w+|tgz)$/.test(file));
  const isDebian = (file: string) => /\.debian\.tar\.\w+$/.test(file);
  const upstream = tarballs.filter((file) => !isDebian(file)).map((file) => join(folder, file));
  const debian = tarballs.find(isDebian);
  return debian === undefined ? { upstream } : { upstream, debian: join(folder, debian) };
}

/** debian/copyright out of Debian's part of a source package; empty when there is none. */
export function readCopyright(archive: string | undefined, folder: string): string {
  if (archive === undefined) return "";
  return run("tar", ["-xOf", archive, "debian/copyright"], folder);
}

/**
 * Unpacks the entries of a tarball that match a pattern; tar itself refuses paths that lead outside.
 * @param folder is made when absent; the tarball's own top folder comes to lie in it, or, of a tarball
 *   without one, everything in a folder named like the tarball
 * @param patterns shell wildcards, matched against whole paths in any case
 * @throws Error when tar fails, but not when a pattern matches nothing
 */
export function unpack(archive: string, folder: string, patterns: readonly string[]): void {
  const scratch = join(folder, basename(archive));
  mkdirSync(scratch, { recursive: true });
  extract(archive, scratch, patterns);
  const [top, ...others] = readdirSync(scratch, { withFileTypes: true });
  if (top === undefined || others.length > 0 || !top.isDirectory()) return;
  renameSync(join(scratch, top.name), join(folder, top.name));
  rmSync(scratch, { recursive: true });
}

function extract(archive: string, folder: string, patterns: readonly string[]): void {
  const options = ["--no-same-owner", "--no-same-permissions", "--wildcards", "--ignore-case"];
  const { status, stderr } = spawnSync("tar", ["-xf", archive, ...options, "--", ...patterns], {
    cwd: folder,
    encoding: "utf8",
  });
  const isHarmless =
    /: Not found in archive$|: Exiting with failure status due to previous errors$/;
  const complaints = stderr.split("\n").filter((line) => line !== "" && !isHarmless.test(line));
  if (status !== 0 && complaints.length > 0) throw new Error(complaints.join("; "));
}
