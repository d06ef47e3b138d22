/**
 * What small functions find in their world: the console, and the modules that CloudFront's runtimes have. It is code of that world, so
 * that all its objects are, too. Source: CloudFront Developer Guide, "JavaScript runtime 2.0 features for CloudFront Functions".
 */
import { BYTES } from './prelude-bytes.ts';
import { CWT } from './prelude-cwt.ts';
import { CRYPTO, QUERYSTRING } from './prelude-modules.ts';

export const PRELUDE = `'use strict';
(function () {
  const { parse, stringify } = JSON;
  const { freeze, defineProperty } = Object;
  const { map, join } = Array.prototype;
  const apply = Reflect.apply;
  const Text = String;
  const bytes = ${BYTES};

  // What asks for the time always gets the one at which the function began.
  function stopClock(now) {
    const Real = Date;
    function Stopped(...given) {
      if (new.target === undefined) return new Real(now).toString();
      return Reflect.construct(Real, given.length === 0 ? [now] : given, new.target);
    }
    Object.setPrototypeOf(Stopped, Real);
    Stopped.prototype = Real.prototype;
    defineProperty(Stopped, 'name', { value: 'Date' });
    defineProperty(Stopped, 'length', { value: 7 });
    defineProperty(Stopped, 'now', { value: () => now, writable: true, configurable: true, enumerable: false });
    defineProperty(Real.prototype, 'constructor', { value: Stopped, writable: true, configurable: true, enumerable: false });
    defineProperty(globalThis, 'Date', { value: Stopped, writable: true, configurable: true, enumerable: false });
  }

  return function boot(event, told, modern, digest, lookUp) {
    const { now, query, edgeLocation, stores } = parse(told);
    const logs = [];
    const say = (...values) => {
      if (logs.length < 1000)
        logs.push(apply(join, apply(map, values, [(one) => (typeof one === 'string' ? one : typeof one === 'object' ? stringify(one) : Text(one))]), [' ']));
    };
    stopClock(now);

    let origin;
    const chosen = (kind, ...given) => {
      origin = stringify([kind, ...given]);
    };
    const storeOf = (id) => {
      const store = id === undefined ? stores[0] : stores.find((one) => one.id === Text(id));
      if (store === undefined) throw new Error('KVSNamespaceNotFound');
      const read = (key, options) => {
        const value = lookUp(store.id, key);
        if (typeof value !== 'string') throw new Error('KeyNotFound');
        const { format = 'string' } = options || {};
        return format === 'json' ? parse(value) : format === 'bytes' ? bytes.Buffer.from(value) : value;
      };
      return {
        get: async (key, options) => read(Text(key), options),
        exists: async (key) => typeof lookUp(store.id, Text(key)) === 'string',
        count: async () => store.keys,
        meta: async () => ({ creationDateTime: store.created, lastUpdatedDateTime: store.updated, keyCount: store.keys }),
      };
    };

    const crypto = ${CRYPTO}(bytes, modern, digest);
    const modules = { crypto, querystring: ${QUERYSTRING} };
    if (modern) {
      modules.buffer = { Buffer: bytes.Buffer };
      modules.cloudfront = {
        kvs: storeOf,
        updateRequestOrigin: (given) => chosen('update', given),
        selectRequestOriginById: (id, overrides) => chosen('select', Text(id), overrides),
        createRequestOriginGroup: (given) => chosen('group', given),
        edgeLocation: edgeLocation || {},
        cwt: ${CWT}(bytes.Buffer, (key, data) => crypto.createHmac('sha256', key).update(data).digest()),
      };
    }

    const give = (name, value) => defineProperty(globalThis, name, { value, writable: false, configurable: false, enumerable: false });
    give('console', freeze({ log: say }));
    give('require', (name) => {
      if (!Object.hasOwn(modules, name)) throw new Error('Cannot find module "' + name + '"');
      return modules[name];
    });
    if (modern) for (const name of ['Buffer', 'TextEncoder', 'TextDecoder', 'atob', 'btoa']) give(name, bytes[name]);
    else bytes.giveByteStrings();
    for (const name of ['SharedArrayBuffer', 'Atomics', 'WebAssembly', 'FinalizationRegistry', 'WeakRef', 'ShadowRealm']) delete globalThis[name];

    let output;
    let error;
    const fail = (thrown) => {
      let text = 'The function failed.';
      try {
        text = Text(thrown);
      } catch {}
      error = text;
    };
    const eventOf = () => {
      const made = parse(event);
      if (modern && made !== null && typeof made === 'object' && made.request !== null && typeof made.request === 'object')
        defineProperty(made.request, 'rawQueryString', { value: () => query, enumerable: false });
      return made;
    };
    give('__start', () => {
      try {
        if (typeof handler !== 'function') throw new TypeError('handler is not defined');
        const given = handler(eventOf());
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
    give('__end', () => stringify({ output, error, logs, origin }));
  };
})()`;
