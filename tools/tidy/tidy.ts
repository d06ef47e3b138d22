/** The house rules, checked: docs/architecture.md says why each is there. */
import { bans } from './rules/bans.ts';
import { comments } from './rules/comments.ts';
import { direction } from './rules/direction.ts';
import { generated } from './rules/generated.ts';
import { cycles, deadFiles, missing } from './rules/graph.ts';
import { lockfile } from './rules/lockfile.ts';
import { sizes } from './rules/sizes.ts';
import { unused } from './rules/unused.ts';
import { type Finding, readSources, type Source } from './source.ts';

/** Every rule by name. */
export const RULES: { readonly [name: string]: (sources: readonly Source[]) => Finding[] } = {
  sizes,
  direction,
  cycles,
  'dead files': deadFiles,
  'missing files': missing,
  bans,
  comments,
  generated,
  'lock file': lockfile,
  'unused names': unused,
};

/** Everything that the rules look at. */
export function projectSources(): Source[] {
  return readSources(['src', 'architectures', 'tests', 'tools', 'bench']);
}
