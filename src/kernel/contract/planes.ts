/** Planes, as services see them: what carries traffic. Each is told what is wanted, and made by main when it is first asked for. */
import type { EdgePlane } from './edge.ts';

export type Planes = {
  readonly edge: EdgePlane;
};
