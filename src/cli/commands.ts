/** Every command, in the order of the help. */
import { architecture } from './architecture.ts';
import { clock } from './clock.ts';
import { doctor } from './doctor.ts';
import { drill } from './drill.ts';
import { env } from './env.ts';
import { fault } from './fault.ts';
import { fork } from './fork.ts';
import { layer } from './layer.ts';
import { logs } from './logs.ts';
import { mail } from './mail.ts';
import { reset } from './reset.ts';
import { snapshot } from './snapshot.ts';
import { start } from './start.ts';
import { status } from './status.ts';
import { stop } from './stop.ts';
import type { Command } from './usage.ts';
import { why } from './why.ts';

export const COMMANDS: readonly Command[] = [
  start,
  stop,
  status,
  env,
  doctor,
  logs,
  mail,
  why,
  clock,
  fault,
  drill,
  layer,
  snapshot,
  fork,
  reset,
  architecture,
];
