/** Every command, in the order of the help. */
import { start } from './start.ts';
import type { Command } from './usage.ts';

export const COMMANDS: readonly Command[] = [start];
