import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { runCli } from "../../test/run-cli.ts";
import { toyTable } from "../../test/toy-verbs.ts";

const toy = (...argv: string[]) => runCli(argv, { table: toyTable });
const bake = (...argv: string[]) => toy("kitchen", "bake", ...argv);
const folder = mkdtempSync(join(tmpdir(), "codet5-cli-"));

function configFile(content: unknown): string {
  const path = join(folder, "config.json");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

async function optionsOf(...argv: string[]) {
  const { stdout, stderr, code } = await bake("--json", ...argv);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "baking\n" });
  return JSON.parse(stdout).options;
}

async function errorOf(run: Promise<{ code: number; stdout: string; stderr: string }>) {
  const { code, stdout, stderr } = await run;
  expect(stdout).toBe("");
  expect(stderr.endsWith("\n")).toBe(true);
  expect(stderr.trimEnd()).not.toContain("\n");
  return `${code} ${stderr.trimEnd()}`;
}

afterEach(() => vi.unstubAllEnvs());

describe("help", () => {
  test("run: --help lists the verbs", async () => {
    const { code, stdout } = await toy("--help");
    expect(code).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "Usage: codet5 <verb> [options]

      Train, fine-tune and run CodeT5, an encoder-decoder for code.

      Options:
        --version   show the version
        -h, --help  show help; after a verb, its options

      Verbs:
        kitchen     cook things
        fail        fail in a chosen way
        endless     print without end
        wait        work until asked to stop
      "
    `);
  });

  test("run: a group's help lists its verbs", async () => {
    expect((await toy("kitchen", "--help")).stdout).toMatchInlineSnapshot(`
      "Usage: codet5 kitchen <verb> [options]

      Cook things.

      Options:
        -h, --help  show help; after a verb, its options

      Verbs:
        bake        bake a dish
      "
    `);
  });

  test("run: a verb's help tells units, ranges, defaults and examples", async () => {
    expect((await bake("--help")).stdout).toMatchInlineSnapshot(`
      "Usage: codet5 kitchen bake [options] <dish> [guests...]

      Bake a dish.

      Arguments:
        dish              what to bake [bread, cake]
        guests            who comes [default none]

      Options:
        --batch-size <n>  pieces at once [pieces >= 1; default 8]
        --heat <x>        of the oven [C > 0; default 180]
        --[no-]salt       salt it [default true]
        --layers <a,b,…>  heights [default 1,2]
        --no-repeat <n>   guests served again [never; default never]
        --until <x>       latest hour
        --ovens <n>       ovens to use [default all]
        spice             its spice [config file only]
        --seed <n>        seed of every random choice [from 0 to 4294967295; default 1234]

      For every verb:
        --config <file>   JSON file of options; flags win over the file
        --print-config    print the resolved options as a config file, and stop
        --json            the result as one JSON object on stdout; progress stays on stderr
        --quiet           no progress and no log lines on stderr
        -h, --help        show this help

      Examples:
        # bread for two
        codet5 kitchen bake bread ann bob --batch-size 2
      "
    `);
  });

  test("run: help <verb>, -h and --help after flags are the same", async () => {
    const { stdout } = await bake("--help");
    expect((await toy("help", "kitchen", "bake")).stdout).toBe(stdout);
    expect((await bake("--heat", "-h")).stdout).toBe(stdout);
  });

  test("run: --version prints the package's version", async () => {
    expect(await runCli(["--version"])).toEqual({ code: 0, stdout: "0.1.0\n", stderr: "" });
  });
});

describe("options", () => {
  test("run: defaults come from the schema", async () => {
    expect(await optionsOf("bread")).toEqual({
      dish: "bread",
      guests: [],
      batchSize: 8,
      heat: 180,
      salt: true,
      layers: [1, 2],
      noRepeat: "never",
      until: null,
      seed: 1234,
    });
  });

  test("run: defaults < file < flags", async () => {
    const config = configFile({ heat: 99, batchSize: 3, salt: false, seed: 7, $version: "0.1.0" });
    const options = await optionsOf("cake", "--config", config, "--batch-size", "5");
    expect(options).toMatchObject({ heat: 99, batchSize: 5, salt: false, seed: 7 });
  });

  test("run: arguments may come from the file, and win over it", async () => {
    const config = configFile({ dish: "bread", guests: ["cy"], spice: { name: "rye" } });
    const fromFile = { dish: "bread", guests: ["cy"], spice: { name: "rye" } };
    expect(await optionsOf("--config", config)).toMatchObject(fromFile);
    const options = await optionsOf("cake", "ann", "bob", "--config", config);
    expect(options).toMatchObject({ dish: "cake", guests: ["ann", "bob"] });
  });

  test("run: every kind of flag is read", async () => {
    const words = ["--heat=1.5e2", "--no-salt", "--layers", "3,4", "--no-repeat", "2"];
    expect(await optionsOf("bread", ...words, "--until", "22", "--seed", "1")).toMatchObject({
      heat: 150,
      salt: false,
      layers: [3, 4],
      noRepeat: 2,
      until: 22,
      seed: 1,
    });
    expect(await optionsOf("bread", "--no-salt", "--salt", "--until", "null")).toMatchObject({
      salt: true,
      until: null,
    });
    expect((await optionsOf("bread", "--layers", "")).layers).toEqual([]);
    const again = ["--layers", "3", "--heat", "1", "--layers=4,5", "--heat", "2"];
    expect(await optionsOf("bread", ...again)).toMatchObject({ layers: [3, 4, 5], heat: 2 });
    expect((await optionsOf("bread", "--", "--ann")).guests).toEqual(["--ann"]);
  });

  test("run: --print-config emits a file that gives the same options again", async () => {
    const words = ["cake", "ann", "--heat", "200", "--no-salt"];
    const printed = await bake(...words, "--print-config");
    expect(printed).toMatchObject({ code: 0, stderr: "" });
    const options = await optionsOf("--config", configFile(printed.stdout));
    expect(options).toEqual(await optionsOf(...words));
  });

  test("run: --print-config does without required values, but not with bad ones", async () => {
    const { code, stdout } = await bake("--print-config");
    expect({ code, keys: Object.keys(JSON.parse(stdout)) }).toMatchObject({ code: 0 });
    expect(await errorOf(bake("--print-config", "--heat", "-1"))).toContain("bad value for --heat");
  });

  test("run: the verb gets the resolved configuration to save", async () => {
    const { config } = JSON.parse((await bake("bread", "--json", "--heat", "9")).stdout);
    expect(config).toMatchObject({ dish: "bread", heat: 9, batchSize: 8, seed: 1234 });
  });
});

describe("streams", () => {
  test("run: text goes to stdout, logs to stderr", async () => {
    const result = { code: 0, stdout: "crumbs\nbaked bread\n", stderr: "baking\n" };
    expect(await bake("bread")).toEqual(result);
  });

  test("run: --quiet leaves stderr empty", async () => {
    expect((await bake("bread", "--quiet")).stderr).toBe("");
  });

  test("run: --json leaves one JSON object on stdout", async () => {
    const { stdout } = await bake("bread", "--json");
    expect(stdout.trimEnd()).not.toContain("\n");
    expect(Object.keys(JSON.parse(stdout))).toEqual(["options", "config"]);
  });
});

describe("usage errors", () => {
  test("run: unknown verbs and flags name the nearest", async () => {
    expect(await errorOf(toy())).toMatchInlineSnapshot(
      `"2 codet5: no verb given; expected: kitchen, fail, endless, wait; help: codet5 --help tells what each does"`,
    );
    expect(await errorOf(toy("kitchn"))).toMatchInlineSnapshot(
      `"2 codet5: unknown verb "kitchn"; expected: kitchen, fail, endless, wait; help: did you mean codet5 kitchen?"`,
    );
    expect(await errorOf(toy("kitchen", "baek"))).toMatchInlineSnapshot(
      `"2 codet5: unknown verb "baek"; expected: bake; help: did you mean codet5 kitchen bake?"`,
    );
    expect(await errorOf(toy("bake", "bread"))).toMatchInlineSnapshot(
      `"2 codet5: unknown verb "bake"; expected: kitchen, fail, endless, wait; help: did you mean codet5 kitchen bake?"`,
    );
    expect(await errorOf(toy("--json", "bake"))).toMatchInlineSnapshot(
      `"2 codet5: no verb before the flags; expected: kitchen, fail, endless, wait; got: --json; help: flags come after the verb; --help and --version may stand alone"`,
    );
    expect(await errorOf(bake("bread", "--batchsize", "3"))).toMatchInlineSnapshot(
      `"2 codet5: unknown flag --batchsize; help: did you mean --batch-size? --help lists all flags"`,
    );
    expect(await errorOf(bake("bread", "-b"))).toMatchInlineSnapshot(
      `"2 codet5: unknown flag -b; help: did you mean --json? --help lists all flags"`,
    );
  });

  test("run: bad values say what was expected and what came", async () => {
    expect(await errorOf(bake())).toMatchInlineSnapshot(
      `"2 codet5: missing <dish>; expected: one of bread, cake; help: what to bake"`,
    );
    expect(await errorOf(bake("pie"))).toMatchInlineSnapshot(
      `"2 codet5: bad value for <dish>; expected: one of bread, cake; got: "pie"; help: what to bake"`,
    );
    expect(await errorOf(bake("bread", "--batch-size", "0"))).toMatchInlineSnapshot(
      `"2 codet5: bad value for --batch-size; expected: integer >= 1 (pieces); got: 0; help: pieces at once"`,
    );
    expect(await errorOf(bake("bread", "--batch-size", "two"))).toMatchInlineSnapshot(
      `"2 codet5: bad value for --batch-size; expected: integer >= 1 (pieces); got: "two"; help: pieces at once"`,
    );
    expect(await errorOf(bake("bread", "--batch-size"))).toMatchInlineSnapshot(
      `"2 codet5: --batch-size needs a value; expected: integer >= 1 (pieces)"`,
    );
    expect(await errorOf(bake("bread", "--batch-size", "--json"))).toMatchInlineSnapshot(
      `"2 codet5: --batch-size needs a value; expected: integer >= 1 (pieces); got: the flag --json"`,
    );
    expect(await errorOf(bake("bread", "--config"))).toMatchInlineSnapshot(
      `"2 codet5: --config needs a value; expected: a file"`,
    );
    expect(await errorOf(bake("bread", "--layers", "1,x"))).toMatchInlineSnapshot(
      `"2 codet5: bad value for --layers; expected: list of integer; got: "x"; help: heights"`,
    );
    expect(await errorOf(bake("bread", "--json=1"))).toMatchInlineSnapshot(
      `"2 codet5: --json takes no value; got: --json=1"`,
    );
    expect(await errorOf(bake("cake", "--heat", "300"))).toMatchInlineSnapshot(
      `"2 codet5: a cake burns at that heat; expected: number > 0 (C); got: 300; help: of the oven"`,
    );
    expect(await errorOf(toy("wait", "now"))).toMatchInlineSnapshot(
      `"2 codet5: too many arguments; expected: no arguments; got: now"`,
    );
  });

  test("run: bad config files are told with their path", async () => {
    const withFile = async (content: unknown) => {
      const line = await errorOf(bake("bread", "--config", configFile(content)));
      return line.replaceAll(folder, "<folder>");
    };
    expect(await withFile({ heet: 3 })).toMatchInlineSnapshot(
      `"2 codet5: unknown config key "heet"; where: <folder>/config.json; help: did you mean heat?"`,
    );
    expect(await withFile({ heat: "hot" })).toMatchInlineSnapshot(
      `"2 codet5: bad value for heat; expected: number > 0 (C); got: "hot"; where: <folder>/config.json; help: of the oven"`,
    );
    expect(await withFile({ spice: { name: 3 } })).toMatchInlineSnapshot(
      `"2 codet5: bad value for spice.name; expected: string, received number; got: 3; where: <folder>/config.json; help: its spice"`,
    );
    expect(await withFile({ json: true })).toMatchInlineSnapshot(
      `"2 codet5: unknown config key "json"; where: <folder>/config.json; help: did you mean dish?"`,
    );
    expect(await withFile('{"__proto__": {"heat": 3}}')).toMatchInlineSnapshot(
      `"2 codet5: unknown config key "__proto__"; where: <folder>/config.json; help: did you mean guests?"`,
    );
    expect(await withFile([1])).toMatchInlineSnapshot(
      `"2 codet5: a config file is a JSON object; got: a list; where: <folder>/config.json"`,
    );
    expect(await withFile("{")).toMatchInlineSnapshot(
      `"1 codet5: not valid JSON; expected: a JSON value; got: "{"; where: <folder>/config.json"`,
    );
    expect(await errorOf(bake("bread", "--config", "/nowhere.json"))).toMatchInlineSnapshot(
      `"1 codet5: file not found; expected: a readable file; got: ENOENT; where: /nowhere.json"`,
    );
  });
});

describe("failures", () => {
  test("run: every failure is one line", async () => {
    expect(await errorOf(toy("fail", "data"))).toMatchInlineSnapshot(
      `"1 codet5: bad data; where: a b"`,
    );
    expect(await errorOf(toy("fail", "disk"))).toMatchInlineSnapshot(
      `"1 codet5: cannot write: no space left on the disk; got: ENOSPC; where: out.bin"`,
    );
    expect(await errorOf(toy("fail", "memory"))).toMatchInlineSnapshot(
      `"1 codet5: not enough memory (Array buffer allocation failed); help: try a smaller model, batch or file"`,
    );
    expect(await errorOf(toy("fail", "bug"))).toMatchInlineSnapshot(
      `"1 codet5: internal: undefined is not a function; help: a bug of codet5; CODET5_DEBUG=1 shows the stack to report"`,
    );
  });

  test("run: CODET5_DEBUG adds the stack", async () => {
    vi.stubEnv("CODET5_DEBUG", "1");
    expect((await toy("fail", "bug")).stderr).toContain("\n    at ");
  });

  test("run: a bad environment flag is a usage error", async () => {
    vi.stubEnv("CODET5_DEBUGG", "1");
    expect(await errorOf(bake("bread"))).toContain("2 codet5: unknown environment flag");
    vi.unstubAllEnvs();
    vi.stubEnv("CODET5_DEBUG", "9");
    expect(await errorOf(bake("bread"))).toContain("expected: 0 to 5; got: 9");
    expect((await toy("--help")).code).toBe(0);
  });
});
