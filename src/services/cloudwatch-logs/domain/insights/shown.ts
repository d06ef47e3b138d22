/** The columns that a query shows. */
import type { Command } from './plan.ts';

/** What `pattern` makes. Source: User Guide, "pattern". */
export const PATTERN_COLUMNS = ['@pattern', '@ratio', '@sampleCount', '@severityLabel'];

/**
 * Names of columns, in order: those of the last `display`, or of all commands that name some.
 *
 * @returns `chosen` is empty where no command names any; `isMade`: the rows are no events
 */
export function shownColumns(commands: readonly Command[]): { names: string[]; chosen: string[]; isMade: boolean } {
  let names: string[] = [];
  let isDisplayed = false;
  let isMade = false;
  const restart = (made: readonly string[]) => {
    names = [...made];
    [isDisplayed, isMade] = [false, true];
  };
  for (const command of commands) {
    if (command.kind === 'stats') restart([...command.by, ...command.columns].map(({ name }) => name));
    else if (command.kind === 'pattern') restart(PATTERN_COLUMNS);
    else if (command.kind === 'step' && command.makes !== undefined) restart(command.makes);
    else if (command.kind === 'display') {
      names = command.columns.map(({ name }) => name);
      isDisplayed = true;
    } else if (!isDisplayed) names.push(...addedBy(command, names.length > 0));
  }
  const chosen = [...new Set(names)];
  return { names: chosen.length === 0 ? ['@timestamp', '@message'] : chosen, chosen, isMade };
}

/** Columns that a command adds to others; what is found in events is only shown beside what was chosen. */
function addedBy(command: Command, isChosen: boolean): string[] {
  if (command.kind === 'fields') return command.columns.map(({ name }) => name);
  if (!isChosen) return [];
  return command.kind === 'step' ? [...(command.adds ?? [])] : [];
}
