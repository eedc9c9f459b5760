/** @file Closing a graph: reachable nodes in order, every leaf declared, every name once. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GraphError } from "../base/index.ts";
import { add, buildGraph, input, mul, neg, nodesBehind, type Value } from "./index.ts";

const x = input("x", "float32", ["B"]);
const y = input("y", "float32", ["B"]);

describe("buildGraph", () => {
  test("holds the nodes that outputs depend on, each once, in creation order", () => {
    const a = add(x, y);
    const unused = neg(a);
    const b = mul(a, a);
    const { nodes } = buildGraph({ name: "two", inputs: [x, y], outputs: { b, a } });
    expect(nodes).toEqual([a.node, b.node]);
    expect(nodes).not.toContain(unused.node);
  });

  test("an undeclared leaf is named with its signature and its reader's line", () => {
    const build = () => buildGraph({ name: "half", inputs: [x], outputs: { z: add(x, y) } });
    expect(build).toThrow(GraphError);
    expect(build).toThrow(
      expect.objectContaining({
        code: "graph.leaf",
        message: "graph half reads an undeclared input: y",
        details: {
          expected: "x",
          got: "y: float32[B]",
          where: expect.stringMatching(/^src\/graph\/build\.test\.ts:\d+$/),
        },
      }),
    );
  });

  test("an undeclared input as output is named too", () => {
    expect(() => buildGraph({ name: "bare", inputs: [], outputs: { x } })).toThrow(
      expect.objectContaining({
        code: "graph.leaf",
        details: expect.objectContaining({ where: "output x", expected: "no inputs" }),
      }),
    );
  });

  test("two inputs of one name are refused", () => {
    const twin = input("x", "float32", ["B"]);
    expect(() =>
      buildGraph({ name: "twins", inputs: [x, twin], outputs: { z: add(x, twin) } }),
    ).toThrow(
      expect.objectContaining({ code: "graph.name", message: expect.stringContaining("twins") }),
    );
  });

  test("an output may have an input's name only when it is that input", () => {
    const build = (value: Value) => () =>
      buildGraph({ name: "same", inputs: [x], outputs: { x: value } });
    expect(build(x)).not.toThrow();
    expect(build(neg(x))).toThrow(expect.objectContaining({ code: "graph.name" }));
  });
});

describe("nodesBehind", () => {
  test("a node comes after all it reads, in any graph", () => {
    const steps = fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(steps, (picks) => {
        const values: Value[] = [x, y];
        for (const [i, j] of picks) {
          values.push(add(values[i % values.length]!, values[j % values.length]!));
        }
        const seen = new Set<Value>([x, y]);
        const nodes = nodesBehind([values.at(-1)!]);
        for (const node of nodes) {
          expect(node.inputs.every((value) => seen.has(value!))).toBe(true);
          for (const output of node.outputs) seen.add(output);
        }
        expect(new Set(nodes).size).toBe(nodes.length);
      }),
    );
  });

  test("a deep graph does not exhaust the stack", () => {
    let deep = x;
    for (let i = 0; i < 20_000; i++) deep = neg(deep);
    expect(nodesBehind([deep])).toHaveLength(20_000);
  });
});
