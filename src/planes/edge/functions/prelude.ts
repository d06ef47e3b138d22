/**
 * What small functions find in their world: the console, and the modules that CloudFront's runtimes have. It is code of that world, so
 * that all its objects are, too. Source: CloudFront Developer Guide, "JavaScript runtime 2.0 features for CloudFront Functions".
 */

export const PRELUDE = `'use strict';
(function () {
  const { parse, stringify } = JSON;
  const { freeze, defineProperty, getOwnPropertyNames, keys } = Object;
  const { map, join } = Array.prototype;
  const apply = Reflect.apply;
  const Text = String;
  const encode = encodeURIComponent;
  const decode = decodeURIComponent;

  function base64(bytes) {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    let text = '';
    for (let at = 0; at < bytes.length; at += 3) {
      const three = (bytes[at] << 16) | ((bytes[at + 1] || 0) << 8) | (bytes[at + 2] || 0);
      text += letters[three >> 18] + letters[(three >> 12) & 63];
      text += at + 1 < bytes.length ? letters[(three >> 6) & 63] : '=';
      text += at + 2 < bytes.length ? letters[three & 63] : '=';
    }
    return text;
  }
  function bytesOf(value) {
    if (typeof value !== 'string') return value;
    const bytes = [];
    for (const char of value) {
      const code = char.codePointAt(0);
      if (code < 0x80) bytes.push(code);
      else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
      else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
      else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    }
    return bytes;
  }

  return function boot(event, stores, modern, digest) {
    const logs = [];
    const say = (...values) => {
      if (logs.length < 1000)
        logs.push(apply(join, apply(map, values, [(one) => (typeof one === 'string' ? one : typeof one === 'object' ? stringify(one) : Text(one))]), [' ']));
    };
    const known = parse(stores);

    function hasher(kind, algorithm, key) {
      let data = [];
      const made = {
        update(more) {
          for (const byte of bytesOf(more)) data.push(byte);
          return made;
        },
        digest(encoding) {
          const text = digest(kind, Text(algorithm), key, base64(data), Text(encoding || 'hex'));
          if (text === '') throw new TypeError('unsupported algorithm or encoding');
          return text;
        },
      };
      return made;
    }

    const modules = {
      crypto: { createHash: (algorithm) => hasher('hash', algorithm, ''), createHmac: (algorithm, key) => hasher('hmac', algorithm, base64(bytesOf(key))) },
      querystring: {
        escape: (text) => encode(text),
        unescape: (text) => decode(text),
        stringify: (object, between, equals) => keys(object).flatMap((name) => [object[name]].flat().map((one) => encode(name) + (equals || '=') + encode(one))).join(between || '&'),
        parse: (text, between, equals) => {
          const found = {};
          for (const pair of Text(text).split(between || '&')) {
            if (pair === '') continue;
            const mark = pair.indexOf(equals || '=');
            const name = decode(mark === -1 ? pair : pair.slice(0, mark));
            const value = mark === -1 ? '' : decode(pair.slice(mark + 1));
            found[name] = name in found ? [found[name]].flat().concat(value) : value;
          }
          return found;
        },
      },
    };
    if (modern)
      modules.cloudfront = {
        kvs: (id) => {
          const name = id === undefined ? keys(known)[0] : Text(id);
          const store = name !== undefined && Object.hasOwn(known, name) ? known[name] : undefined;
          if (store === undefined) throw new Error('KeyValueStore is not associated with the function');
          const read = (key, options) => {
            if (!Object.hasOwn(store, key)) throw new Error('KeyNotFound');
            return options && options.format === 'json' ? parse(store[key]) : store[key];
          };
          return {
            get: async (key, options) => read(Text(key), options),
            exists: async (key) => Object.hasOwn(store, Text(key)),
            count: async () => keys(store).length,
            meta: async () => ({ keyCount: keys(store).length }),
          };
        },
      };

    const give = (name, value) => defineProperty(globalThis, name, { value, writable: false, configurable: false, enumerable: false });
    give('console', freeze({ log: say, error: say, warn: say, info: say, debug: say }));
    give('require', (name) => {
      if (!Object.hasOwn(modules, name)) throw new Error('Cannot find module "' + name + '"');
      return modules[name];
    });
    for (const name of ['SharedArrayBuffer', 'Atomics', 'WebAssembly', 'FinalizationRegistry', 'WeakRef', 'ShadowRealm']) delete globalThis[name];
    for (const name of getOwnPropertyNames(globalThis)) {
      const value = globalThis[name];
      if (typeof value === 'function') {
        freeze(value);
        if (value.prototype) freeze(value.prototype);
      }
    }

    let output;
    let error;
    const fail = (thrown) => {
      let text = 'The function failed.';
      try {
        text = Text(thrown);
      } catch {}
      error = text;
    };
    give('__start', () => {
      try {
        if (typeof handler !== 'function') throw new TypeError('handler is not defined');
        const given = handler(parse(event));
        if (modern && given !== null && typeof given === 'object' && typeof given.then === 'function')
          given.then((value) => {
            output = stringify(value);
          }, fail);
        else output = stringify(given);
      } catch (thrown) {
        fail(thrown);
      }
    });
    give('__decide', () => {
      let isAllowed = false;
      const connection = parse(event);
      connection.allow = () => {
        isAllowed = true;
      };
      connection.deny = () => {
        isAllowed = false;
      };
      connection.logCustomData = () => {};
      const decided = () => {
        output = stringify(isAllowed);
      };
      try {
        if (typeof connectionHandler !== 'function') throw new TypeError('connectionHandler is not defined');
        const given = connectionHandler(connection);
        if (given !== null && typeof given === 'object' && typeof given.then === 'function') given.then(decided, fail);
        else decided();
      } catch (thrown) {
        fail(thrown);
      }
    });
    give('__end', () => stringify({ output, error, logs }));
  };
})()`;
