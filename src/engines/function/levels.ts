/** Which of a function's documents are kept, by their levels. Source: Lambda Developer Guide, "Log-level filtering". */

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
/** As libraries of languages name them. */
const SAME: { readonly [name: string]: string } = { INFORMATION: 'INFO', WARNING: 'WARN', CRITICAL: 'FATAL' };

/** Of a log of documents: those of a level or above it. One that says none is of INFO; what is no document is always kept. */
export function atLeast({ json, application }: { json: boolean; application: string }): (text: string) => boolean {
  const least = LEVELS.indexOf(application);
  if (!json || least <= 0) return () => true;
  return (text) => {
    if (!text.startsWith('{')) return true;
    try {
      const { level } = JSON.parse(text) as { level?: unknown };
      const name = String(level).toUpperCase();
      const at = LEVELS.indexOf(SAME[name] ?? name);
      return (at === -1 ? LEVELS.indexOf('INFO') : at) >= least;
    } catch {
      return true;
    }
  };
}
