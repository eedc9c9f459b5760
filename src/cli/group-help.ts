/** @file Help of the program and of a group of verbs: from the verb table alone, so that it is fast. */
import { Command, Option } from "commander";
import type { Row } from "./verb-table.ts";

/** Help of a group of verbs, or of the program itself. */
export function groupHelp(
  name: string,
  summary: string,
  rows: readonly Row[],
  width: number,
): string {
  const command = blankCommand(name, summary, width)
    .usage("<verb> [options]")
    .commandsGroup("Verbs:");
  for (const row of rows) {
    command.addCommand(new Command(row.name).summary(row.summary).helpOption(false));
  }
  if (name === "codet5") command.addOption(new Option("--version", "show the version"));
  command.addOption(new Option("-h, --help", "show help; after a verb, its options"));
  return command.helpInformation();
}

/** A commander command for its help layout only: plain text, wrapped at `width` columns. */
export function blankCommand(name: string, summary: string, width: number): Command {
  return new Command(name)
    .description(sentence(summary))
    .helpOption(false)
    .helpCommand(false)
    .configureOutput({ getOutHelpWidth: () => width, getOutHasColors: () => false })
    .configureHelp({ subcommandTerm: (command) => command.name() });
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}
