// What Lambda's own Node.js runtime brings along: AWS's SDK.
import { readFileSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const BROUGHT = /^@(aws-sdk|smithy|aws\/durable-execution-sdk-js$)/;
const CLIENT = /^@aws-sdk\/client-[a-z0-9-]+$/;
const MISSING = 'cloudyard-missing:';

/**
 * Modules of the runtime are found by `import`, too. A client of the SDK that this machine lacks fails when it is used, not when it is loaded:
 * all are there on AWS, and much code that loads one never uses it.
 *
 * @param {string | undefined} folder where they are
 * @param {boolean} isNear that Node.js looks there by itself
 */
export function bringModules(folder, isNear) {
  // Older versions have none.
  if (registerHooks === undefined) return;
  const find = folder === undefined || isNear ? undefined : createRequire(join(folder, 'x.js'));
  registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (error) {
        if (!BROUGHT.test(specifier)) throw error;
        const found = find && foundBy(find, specifier);
        if (found !== undefined) return { url: pathToFileURL(found).href, shortCircuit: true };
        if (!CLIENT.test(specifier)) throw error;
        const isRequired = context.conditions.includes('require');
        const names = isRequired ? [] : importedFrom(specifier, context.parentURL);
        const format = isRequired ? 'commonjs' : 'module';
        return { url: `${MISSING}${specifier}?${names.join()}#${format}`, format, shortCircuit: true };
      }
    },
    load(url, context, next) {
      const [, specifier, names, format] = /^cloudyard-missing:([^?]+)\?([^#]*)#(.+)$/.exec(url) ?? [];
      if (specifier === undefined) return next(url, context);
      return { format, source: sourceOf(specifier, names.split(',').filter(Boolean), format), shortCircuit: true };
    },
  });
}

function foundBy(find, specifier) {
  try {
    return find.resolve(specifier);
  } catch {
    return undefined;
  }
}

/** The names that a module imports from another one: those must be there before it runs. */
function importedFrom(specifier, parent) {
  try {
    const text = readFileSync(fileURLToPath(parent), 'utf8');
    const lists = text.matchAll(new RegExp(`import\\s*\\{([^}]*)\\}\\s*from\\s*["']${specifier}["']`, 'g'));
    const names = [...lists].flatMap(([, list]) => list.split(',').map((one) => one.trim().split(/\s+as\s+/)[0]));
    return [...new Set(names)].filter((name) => /^[\w$]+$/.test(name));
  } catch {
    return [];
  }
}

function sourceOf(specifier, names, format) {
  const text = `${specifier} is not on this machine. Install it where the cloud was started (npm install ${specifier}), or bring it along with the function.`;
  const missing = `const missing = () => { throw new Error(${JSON.stringify(text)}); };`;
  if (format === 'module')
    return `${missing}\n${names.map((name) => `export const ${name} = function () { missing(); };`).join('\n')}\nexport default {};`;
  return `${missing}
    module.exports = new Proxy({}, {
      get: (_, name) => (name === '__esModule' ? true : typeof name === 'symbol' ? undefined : function () { missing(); }),
    });`;
}
