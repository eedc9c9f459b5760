/** @file CWE-78: a line for the shell put together from text against a program with a list of arguments. */
import { type Draw, number } from "../draw.ts";
import { declare, type Expr, str, type Type, variable } from "../program.ts";
import { type Api, type Sink, use, type Weakness } from "./scenario.ts";
import { planText, textAround } from "./text.ts";

const outputType: Type = {
  library: { java: "Process", csharp: "Process", python: "", javascript: "" },
};

/** `$0` the line. */
const runLine: Api = {
  java: [
    'new ProcessBuilder("sh", "-c", $0).start()',
    'Runtime.getRuntime().exec(new String[] {"sh", "-c", $0})',
  ],
  csharp: ['Process.Start("sh", new[] { "-c", $0 })'],
  python: ["subprocess.check_output($0, shell=True)", "subprocess.run($0, shell=True, check=True)"],
  javascript: ["execSync($0)", 'spawnSync("sh", ["-c", $0])'],
};

/** `$0` the program, `$1` an option, `$2` the value. */
const runList: Api = {
  java: [
    'new ProcessBuilder($0, $1, "--", $2).start()',
    'Runtime.getRuntime().exec(new String[] {$0, $1, "--", $2})',
  ],
  csharp: ['Process.Start($0, new[] { $1, "--", $2 })'],
  python: [
    'subprocess.check_output([$0, $1, "--", $2])',
    'subprocess.run([$0, $1, "--", $2], check=True)',
  ],
  javascript: ['execFileSync($0, [$1, "--", $2])', 'spawnSync($0, [$1, "--", $2])'],
};

const programs = [
  ..."ls -l|ls -la|wc -l|wc -c|du -sh|cat -n|head -5|tail -3|gzip -t|gzip -l|stat -t|sort -u".split(
    "|",
  ),
  ..."md5sum -b|sha256sum -b|file -b|touch -c|mkdir -p|rm -r|zcat -q|uniq -c|nl -ba|cksum -a".split(
    "|",
  ),
  ..."ping -c1|host -4|diff -q|basename -z|readlink -f|df -h|tac -b|split -d|strings -a".split("|"),
];

function sink(draw: Draw): Sink {
  const [program, option] = draw.random.pick(programs).split(" ") as [string, string];
  const plan = planText(draw, ["command", "line", "task", "program", "job"]);
  const variant = number(draw, 0, 1);
  const isNamed = plan.shape === "local" || plan.shape === "staged";
  const first: Expr = isNamed ? variable(plan.local) : str(program);
  return {
    needs: [],
    returns: outputType,
    raises: "io",
    vulnerable: (value) => {
      const { before, outcome } = textAround(plan, `${program} ${option} -- `, value, "");
      return { before, outcome: use(runLine, variant, [outcome]) };
    },
    remedied: (value) => ({
      before: isNamed ? [declare(plan.local, "str", str(program))] : [],
      outcome: use(runList, variant, [first, str(option), value]),
    }),
  };
}

/** Operating-system command injection. */
export const command: Weakness = {
  cwe: "CWE-78",
  verbs: ["run", "inspect", "measure", "list", "scan", "convert", "print"],
  inputs: ["name", "folder", "host", "target", "source", "archive", "entry"],
  sink,
};
