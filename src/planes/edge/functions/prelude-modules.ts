/**
 * The modules `crypto` and `querystring` in the world of small functions. Code of that world; it is given what it knows of bytes, and what hashes.
 * Source: CloudFront Developer Guide, "JavaScript runtime 2.0 features for CloudFront Functions", Built-in modules.
 */

export const CRYPTO = `(function ({ Buffer, toUtf8, toBase64, toLatin }, modern, digest) {
  const bytesOf = (value, encoding) => (typeof value === 'string' ? (encoding === undefined ? toUtf8(value) : Buffer.from(value, encoding)) : value);
  function hasher(kind, algorithm, key) {
    if (!['md5', 'sha1', 'sha256'].includes(algorithm)) throw new TypeError('not supported algorithm: "' + algorithm + '"');
    let data = [];
    const made = {
      update(more, encoding) {
        if (data === undefined) throw new Error('Digest already called');
        for (const byte of bytesOf(more, encoding)) data.push(byte);
        return made;
      },
      digest(encoding) {
        if (data === undefined) throw new Error('Digest already called');
        if (encoding !== undefined && !['hex', 'base64', 'base64url'].includes(encoding)) throw new TypeError('Unknown digest encoding: "' + encoding + '"');
        const text = digest(kind, algorithm, key, toBase64(data), encoding === undefined ? 'base64' : encoding);
        data = undefined;
        if (encoding !== undefined) return text;
        return modern ? Buffer.from(text, 'base64') : toLatin(Buffer.from(text, 'base64'));
      },
    };
    return made;
  }
  return {
    createHash: (algorithm) => hasher('hash', String(algorithm), ''),
    createHmac: (algorithm, key) => hasher('hmac', String(algorithm), toBase64(bytesOf(key))),
  };
})`;

export const QUERYSTRING = `(function () {
  const escape = (text) => encodeURIComponent(text);
  const unescape = (text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text.replace(/(%[0-9a-f]{2})+/gi, (part) => {
        try {
          return decodeURIComponent(part);
        } catch {
          return '\\ufffd';
        }
      });
    }
  };
  const plain = (value) => (['string', 'number', 'boolean', 'bigint'].includes(typeof value) ? String(value) : '');
  function stringify(object, between, equals, options) {
    const write = (options && options.encodeURIComponent) || made.escape;
    if (object === null || typeof object !== 'object') return '';
    const pairs = Object.keys(object).flatMap((name) => [object[name]].flat().map((one) => write(plain(name)) + (equals || '=') + write(plain(one))));
    return pairs.join(between || '&');
  }
  function parse(text, between, equals, options) {
    const found = {};
    if (typeof text !== 'string' || text === '') return found;
    const read = (options && options.decodeURIComponent) || made.unescape;
    const most = options && typeof options.maxKeys === 'number' ? options.maxKeys : 1000;
    const mark = equals || '=';
    const pairs = text.split(between || '&');
    for (const pair of most > 0 ? pairs.slice(0, most) : pairs) {
      if (pair === '') continue;
      const at = pair.indexOf(mark);
      const name = read((at === -1 ? pair : pair.slice(0, at)).replaceAll('+', ' '));
      const value = at === -1 ? '' : read(pair.slice(at + mark.length).replaceAll('+', ' '));
      const known = Object.hasOwn(found, name) ? [found[name]].flat().concat(value) : value;
      Object.defineProperty(found, name, { value: known, writable: true, configurable: true, enumerable: true });
    }
    return found;
  }
  const made = { escape, unescape, parse, decode: parse, stringify, encode: stringify };
  return made;
})()`;
