/** What a token says, as texts. Source: API Gateway Developer Guide, "Pass JWT claims to your integration". */

/** Claims as templates and logs get them: each is JSON, in ASCII. */
export function claimTexts(claims: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, ascii(JSON.stringify(value))]));
}

function ascii(text: string): string {
  return text.replace(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
}
