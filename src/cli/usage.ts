/** Commands as data: what they are called, take and print. */
import { type ParseArgsConfig, parseArgs } from 'node:util';

export type Flag = { type: 'string' | 'boolean'; value?: string; text: string };

export type Command = {
  name: string;
  summary: string;
  /** What stands after the name, for the help: `<duration>`. */
  operands: string;
  flags: { [name: string]: Flag };
  /** More for the help, below the flags. */
  notes?: string;
  run(argv: string[]): Promise<number>;
};

/** Why a command ended, as its exit code says it. Documented in docs/cli.md. */
export const EXIT = { done: 0, failed: 1, usage: 2, notRunning: 3, missing: 4 } as const;

/** Something a person can put right; its text says how. */
export class CommandError extends Error {
  override name = 'CommandError';
  readonly code: string;
  readonly exit: number;

  constructor(message: string, code: string, exit: number) {
    super(message);
    this.code = code;
    this.exit = exit;
  }
}

/** A command line that can't be. */
export class UsageError extends CommandError {
  override name = 'UsageError';

  constructor(message: string) {
    super(message, 'usage', EXIT.usage);
  }
}

export type Values = { [name: string]: string | boolean | undefined };
export type Arguments = { values: Values; operands: string[] };

/** What every command takes. */
const ALWAYS: { [name: string]: Flag } = {
  json: { type: 'boolean', text: 'print one JSON document' },
  help: { type: 'boolean', text: 'print this' },
};

/** Declares a command; `--help` and unknown flags are handled here. */
export function command(declared: Omit<Command, 'run'>, run: (args: Arguments) => number | Promise<number>): Command {
  const flags = { ...declared.flags, ...ALWAYS };
  return {
    ...declared,
    flags,
    async run(argv) {
      const options: ParseArgsConfig['options'] = {};
      for (const [name, flag] of Object.entries(flags))
        options[name] = name === 'help' ? { type: 'boolean', short: 'h' } : { type: flag.type };
      let parsed: ReturnType<typeof parseArgs>;
      try {
        parsed = parseArgs({ args: argv, options, allowPositionals: true });
      } catch (error) {
        throw new UsageError(
          `${(error as Error).message.split('.')[0]}. 'cloudyard ${declared.name} --help' lists what there is.`,
        );
      }
      if (parsed.values.help === true) {
        process.stdout.write(helpOf({ ...declared, flags }));
        return EXIT.done;
      }
      return run({ values: parsed.values as Values, operands: parsed.positionals });
    },
  };
}

/** Refuses operands that a command does not take. @throws {UsageError} */
export function noOperands(name: string, operands: readonly string[]): void {
  if (operands.length > 0)
    throw new UsageError(`${name} takes no '${operands[0]}'. 'cloudyard ${name} --help' says what it takes.`);
}

/** Prints a command's one answer: as a JSON document, or as text for a person. */
export function print(values: Values, document: object, text: string): void {
  process.stdout.write(values.json === true ? `${JSON.stringify(document)}\n` : `${text}\n`);
}

/** Lines of cells, each column as wide as its widest cell. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>(
    (all, row) => row.map((cell, index) => Math.max(all[index] ?? 0, cell.length)),
    [],
  );
  return rows
    .map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function helpOf({ name, summary, operands, flags, notes }: Omit<Command, 'run'>): string {
  const rows = Object.entries(flags).map(([flag, { value, text }]) => [
    `  --${flag}${value === undefined ? '' : ` ${value}`}`,
    text,
  ]);
  const usage = ['cloudyard', name, operands, '[options]'].filter((part) => part !== '').join(' ');
  return `${summary}\n\nUsage: ${usage}\n\n${columns(rows)}\n${notes === undefined ? '' : `\n${notes}\n`}`;
}

/** Prints the list of commands. */
export function printHelp(commands: readonly Command[]): void {
  process.stdout.write(
    `Cloudyard: an AWS cloud in your own yard.\n\nUsage: cloudyard <command> [options]\n\n${columns(commands.map((one) => [`  ${one.name}`, one.summary]))}\n\n'cloudyard <command> --help' tells more.\n`,
  );
}
