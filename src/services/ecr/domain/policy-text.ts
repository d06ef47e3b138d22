/** The text of a repository's policy, as ECR gives it back: laid out anew, whatever it looked like. Source: the CLI's examples, "set-repository-policy". */

/** @param text JSON that was checked before */
export function laidOut(text: string): string {
  return written(JSON.parse(text), '');
}

/** An object has a member to each line and a space around its colons; a list stands on one line. */
function written(value: unknown, indent: string): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value))
    return value.length === 0 ? '[ ]' : `[ ${value.map((one) => written(one, indent)).join(', ')} ]`;
  const inner = `${indent}  `;
  const members = Object.entries(value).map(([key, one]) => `${inner}${JSON.stringify(key)} : ${written(one, inner)}`);
  return members.length === 0 ? '{ }' : `{\n${members.join(',\n')}\n${indent}}`;
}
