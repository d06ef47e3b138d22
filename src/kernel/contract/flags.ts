/** Flags that APIs take as texts. */

/** Texts by name, those that say `True` or `FALSE` in small letters: AWS's own examples in Python say it in large ones. @param names of flags */
export function withPlainFlags(
  given: { [name: string]: string },
  names: readonly string[],
): { [name: string]: string } {
  const flags = names.filter((name) => /^(true|false)$/i.test(given[name] ?? ''));
  return { ...given, ...Object.fromEntries(flags.map((name) => [name, given[name]?.toLowerCase() ?? ''])) };
}
