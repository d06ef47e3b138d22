/** A file is one idea, a function one step: neither grows past what a reader holds in mind. */
import type { Node } from 'acorn';
import { full } from 'acorn-walk';
import type { Finding, Source } from '../source.ts';

const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;
const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

/** Files over 400 lines; functions over 70, except in tests, whose describe blocks hold many small ones. */
export function sizes(sources: readonly Source[]): Finding[] {
  return sources.flatMap((source) => [...longFile(source), ...longFunctions(source)]);
}

function longFile({ file, lines }: Source): Finding[] {
  if (lines <= FILE_LINES_MAX) return [];
  return [
    { file, line: 1, text: `${lines} lines; a file has at most ${FILE_LINES_MAX}. Give each idea in it a file.` },
  ];
}

function longFunctions({ file, tree }: Source): Finding[] {
  if (file.startsWith('tests/') || file.endsWith('.test.ts')) return [];
  const found: Finding[] = [];
  full(tree, (node: Node) => {
    if (!FUNCTIONS.has(node.type) || node.loc === undefined || node.loc === null) return;
    const lines = node.loc.end.line - node.loc.start.line + 1;
    if (lines > FUNCTION_LINES_MAX) {
      const text = `a function of ${lines} lines; at most ${FUNCTION_LINES_MAX}. Name its steps.`;
      found.push({ file, line: node.loc.start.line, text });
    }
  });
  return found;
}
