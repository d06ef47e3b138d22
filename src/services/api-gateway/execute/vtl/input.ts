/** `$input`, `$method` and `$util`, as mapping templates see them. Source: API Gateway Developer Guide, "Variables for data transformations". */
import { jsonPath } from '../json-path.ts';
import { type Cost, costOf, Host, plainText } from './values.ts';

export type InputFacts = {
  /** As text. */
  body: string;
  path: Readonly<Record<string, string>>;
  query: Readonly<Record<string, string>>;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  /** By the names that they are shown under, where those are not in lower case. */
  shown?: () => Readonly<Record<string, string>>;
};

export class Input extends Host {
  #facts: InputFacts;
  #json: { value: unknown } | undefined;

  constructor(facts: InputFacts) {
    super();
    this.#facts = facts;
  }

  override property(name: string): unknown {
    return name === 'body' ? this.#body() : undefined;
  }

  call(method: string, args: readonly unknown[], spend: Cost): unknown {
    const name = plainText(args[0]);
    if (method === 'json') {
      const value = this.#find(name, spend);
      const written = value === undefined ? '""' : JSON.stringify(value);
      spend(written.length >> 5);
      return written;
    }
    if (method === 'path') return this.#find(name, spend);
    if (method === 'body') return this.#body();
    if (method === 'params') return args.length === 0 ? this.#all() : this.#param(name);
    return undefined;
  }

  /** Source: answers recorded from AWS: what is empty reads as an empty map. */
  #body(): string {
    return this.#facts.body === '' ? '{}' : this.#facts.body;
  }

  #find(path: string, spend: Cost): unknown {
    this.#json ??= { value: parsed(this.#facts.body) };
    const found = jsonPath(path)(this.#json.value, spend);
    if (!Array.isArray(found)) return found;
    spend(found.length >> 4);
    return found.slice();
  }

  #param(name: string): string {
    const { path, query, headers } = this.#facts;
    return own(path, name) ?? own(query, name) ?? own(headers, name.toLowerCase()) ?? '';
  }

  #all(): object {
    return parametersOf(this.#facts);
  }
}

/** `$method.request.path.id`: parameters by the names that mappings of parameters have for them. Source: awsdocs/aws-doc-sdk-examples, python/example_code/api-gateway/aws_service. */
export class Method extends Host {
  #facts: InputFacts;

  constructor(facts: InputFacts) {
    super();
    this.#facts = facts;
  }

  override property(name: string): unknown {
    return name === 'request' ? parametersOf(this.#facts) : undefined;
  }

  call(): undefined {
    return undefined;
  }
}

function parametersOf({ path, query, headers, shown }: InputFacts): object {
  return { path: { ...path }, querystring: { ...query }, header: shown?.() ?? { ...headers } };
}

function own(values: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

function parsed(body: string): unknown {
  if (body === '') return {};
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

class Util extends Host {
  call(method: string, [given]: readonly unknown[], spend: Cost): unknown {
    const text = plainText(given);
    spend(costOf(text) << 3);
    switch (method) {
      case 'escapeJavaScript':
        return escapeJavaScript(text);
      case 'parseJson':
        return parsed(text);
      case 'urlEncode':
        return encodeURIComponent(text).replaceAll('%20', '+');
      case 'urlDecode':
        return urlDecode(text);
      case 'base64Encode':
        return Buffer.from(text).toString('base64');
      case 'base64Decode':
        return Buffer.from(text, 'base64').toString('utf8');
      default:
        return undefined;
    }
  }
}

export const UTIL = new Util();

const ESCAPES: { readonly [char: string]: string } = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
};

/** As Apache Commons Lang does, which AWS uses: quotes of both kinds and slashes too. */
function escapeJavaScript(text: string): string {
  return text.replace(
    /["'\\/]|[^ -~]/g,
    (char) =>
      ESCAPES[char] ??
      (/["'\\/]/.test(char) ? `\\${char}` : `\\u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`),
  );
}

function urlDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
