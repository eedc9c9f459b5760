/** @file CWE-78: a line for the shell put together from text against a program with a list of arguments. */
import type { Draw } from "../../sample/draw.ts";
import { fromRequest, trusted } from "../origins.ts";
import type { Weakness } from "../weakness.ts";

const programs =
  "wc cat head tail stat file sort md5sum cksum nl tac basename readlink ping host du gzip".split(
    " ",
  );

const program = (draw: Draw): string => draw.random.pick(programs);

/** Operating-system command injection. */
export const command: Weakness = {
  cwe: "CWE-78",
  verbs: ["run", "inspect", "measure", "list", "scan", "convert", "print"],
  keys: ["host", "target", "archive", "source", "device", "entry"],
  otherKeys: ["label", "volume", "queue", "stage", "area"],
  value: "text",
  bad: fromRequest,
  good: trusted,
  needs: [],
  returns: {
    library: {
      c: "GSubprocess *",
      cpp: "bp::child",
      csharp: "Process",
      go: "[]byte",
      java: "Process",
      typescript: "Buffer",
      kotlin: "Process",
      php: "string",
      rust: "Output",
      swift: "Process",
    },
  },
  payload: (draw) => ({ before: `${program(draw)} -- `, after: "" }),
  base: program,
  danger: {
    c: ['g_subprocess_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL, "sh", "-c", $0, NULL)'],
    cpp: ['bp::child(bp::search_path("sh"), "-c", $0)'],
    csharp: ['Process.Start("sh", new[] { "-c", $0 })'],
    go: ['exec.Command("sh", "-c", $0).Output() !'],
    java: [
      'new ProcessBuilder("sh", "-c", $0).start()',
      'Runtime.getRuntime().exec(new String[] {"sh", "-c", $0})',
    ],
    javascript: ["execSync($0)"],
    kotlin: ['ProcessBuilder("sh", "-c", $0).start()'],
    php: ["shell_exec($0)"],
    python: ["subprocess.check_output($0, shell=True)"],
    ruby: ["IO.popen($0).read"],
    rust: ['Command::new("sh").arg("-c").arg(&$0).output()?'],
    swift: ['try Process.run(URL(fileURLWithPath: "/bin/sh"), arguments: ["-c", $0])'],
  },
  safe: {
    c: ['g_subprocess_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL, "^1", "--", $0, NULL)'],
    cpp: ['bp::child(bp::search_path("^1"), "--", $0)'],
    csharp: ['Process.Start("^1", new[] { "--", $0 })'],
    go: ['exec.Command("^1", "--", $0).Output() !'],
    java: [
      'new ProcessBuilder("^1", "--", $0).start()',
      'Runtime.getRuntime().exec(new String[] {"^1", "--", $0})',
    ],
    javascript: ['execFileSync("^1", ["--", $0])'],
    kotlin: ['ProcessBuilder("^1", "--", $0).start()'],
    php: ['(new Process(["^1", "--", $0]))->mustRun()->getOutput()'],
    python: ['subprocess.check_output(["^1", "--", $0])'],
    ruby: ['IO.popen(["^1", "--", $0]).read'],
    rust: ['Command::new("^1").arg("--").arg(&$0).output()?'],
    swift: ['try Process.run(URL(fileURLWithPath: "/usr/bin/^1"), arguments: ["--", $0])'],
  },
  clean: {
    c: ["g_shell_quote($0)"],
    php: ["escapeshellarg($0)"],
    python: ["shlex.quote($0)"],
    ruby: ["Shellwords.escape($0)"],
  },
  hasChoices: true,
  isPlainHarmless: true,
};
