/** Policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, and the literals `${*}`, `${?}`, `${$}`. */

import type { Context, Template, TemplatePiece } from './document.ts';
import { compilePattern, compilePieces, matchesPattern, type Pattern, type PatternPiece } from './wildcard.ts';

export type TemplateOptions = {
  /** `*` and `?` are wildcards; otherwise they stand for themselves. */
  wildcards: boolean;
  /** False before version 2012-10-17, where `${…}` stands for itself. */
  variables: boolean;
  /** Ignore case. */
  fold: boolean;
};

/**
 * Compiles one value of a policy.
 *
 * A `${` without its brace stands for itself.
 *
 * @see IAM User Guide, "IAM policy elements: Variables and tags"
 */
export function compileTemplate(source: string, options: TemplateOptions): Template {
  return templateOf(source, piecesOf(source, options), options.fold);
}

/**
 * Puts the request's values in the place of the variables. A value's own `*` and `?` are no wildcards.
 *
 * @returns undefined when a variable has neither a value nor a default: then nothing is equal to or like it
 * @see IAM User Guide, "Policy variables with no value"; a multivalued key has none ("Single-valued vs. multivalued context keys")
 */
function resolveTemplate(template: Template, context: Context): Pattern | undefined {
  if (template.pattern !== undefined) return template.pattern;
  const pieces: PatternPiece[] = [];
  for (const piece of template.pieces) {
    if (piece.kind !== 'variable') {
      pieces.push(piece);
      continue;
    }
    const given = context.get(piece.key);
    // One that has a list of values has none here, not even the default (radkawar/stackd, measured in 2026).
    const value = given === undefined ? piece.fallback : given;
    if (typeof value !== 'string') return undefined;
    pieces.push({ kind: 'text', text: template.fold ? value.toLowerCase() : value });
  }
  return compilePieces(pieces, template.source);
}

/** Whether the given text matches the template for this request. */
export function matchesTemplate(template: Template, given: string, context: Context): boolean {
  const pattern = template.pattern ?? resolveTemplate(template, context);
  return pattern !== undefined && matchesPattern(pattern, template.fold ? given.toLowerCase() : given);
}

/**
 * Splits at the first five colons outside variables, as ARN operators compare.
 *
 * @returns six parts, or undefined when there are fewer
 */
export function splitArnTemplate(source: string): readonly string[] | undefined {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < source.length && parts.length < 5; at++) {
    if (source.startsWith('${', at)) at = Math.max(at, closeOf(source, at));
    if (source[at] !== ':') continue;
    parts.push(source.slice(from, at));
    from = at + 1;
  }
  return parts.length === 5 ? [...parts, source.slice(from)] : undefined;
}

/** Where the variable that opens here is closed: not within its quoted default. */
function closeOf(source: string, open: number): number {
  let quoted = false;
  for (let at = open + 2; at < source.length; at++) {
    if (source[at] === "'") quoted = !quoted;
    else if (source[at] === '}' && !quoted) return at;
  }
  return -1;
}

function templateOf(source: string, pieces: readonly TemplatePiece[], fold: boolean): Template {
  const fixed: PatternPiece[] = [];
  for (const piece of pieces) {
    if (piece.kind === 'variable') return { source, fold, pattern: undefined, pieces };
    fixed.push(piece);
  }
  return { source, fold, pattern: compilePieces(fixed, source), pieces };
}

function piecesOf(source: string, options: TemplateOptions): TemplatePiece[] {
  const pieces: TemplatePiece[] = [];
  const literal = (text: string): void => {
    if (text === '') return;
    const folded = options.fold ? text.toLowerCase() : text;
    if (options.wildcards) pieces.push(...wildcardPieces(folded));
    else pieces.push({ kind: 'text', text: folded });
  };
  let from = 0;
  for (let open = source.indexOf('${'); options.variables && open >= 0; open = source.indexOf('${', from)) {
    const close = closeOf(source, open);
    if (close < 0) break;
    literal(source.slice(from, open));
    pieces.push(variablePiece(source.slice(open + 2, close), options.fold));
    from = close + 1;
  }
  literal(source.slice(from));
  return pieces;
}

function wildcardPieces(text: string): TemplatePiece[] {
  return text
    .split(/([*?])/)
    .filter((part) => part !== '')
    .map((part) => (part === '*' ? { kind: 'run' } : part === '?' ? { kind: 'one' } : { kind: 'text', text: part }));
}

function variablePiece(inside: string, fold: boolean): TemplatePiece {
  if (inside === '*' || inside === '?' || inside === '$') return { kind: 'text', text: inside };
  const comma = inside.indexOf(',');
  const key = (comma < 0 ? inside : inside.slice(0, comma)).trim().toLowerCase();
  const quoted = comma < 0 ? '' : inside.slice(comma + 1).trim();
  const hasDefault = quoted.length >= 2 && quoted.startsWith("'") && quoted.endsWith("'");
  const fallback = hasDefault ? quoted.slice(1, -1) : undefined;
  return { kind: 'variable', key, fallback: fold ? fallback?.toLowerCase() : fallback };
}

/**
 * A value of a policy as this request reads it, for explanations.
 *
 * @returns null when a variable in it has no value, so that it matches nothing
 */
export function describeTemplate(template: Template, context: Context): string | null {
  const texts = template.pieces.map((piece) => {
    if (piece.kind === 'run') return '*';
    if (piece.kind === 'one') return '?';
    if (piece.kind === 'text') return piece.text;
    const given = context.get(piece.key);
    return given === undefined ? piece.fallback : typeof given === 'string' ? given : undefined;
  });
  return texts.includes(undefined) ? null : texts.join('');
}

/** A compiled action: actions ignore case and know no variables. */
export function compileAction(source: string): Pattern {
  return { ...compilePattern(source.toLowerCase()), source };
}
