/**
 * CBOR Web Tokens in the world of small functions: COSE_Mac0 with HMAC and SHA-256. Code of that world; it is given `Buffer` and what makes a MAC.
 * Source: CloudFront Developer Guide, "CWT support for CloudFront Functions"; RFC 8392; RFC 9052, 6.2; RFC 8949.
 */

export const CWT = `(function (Buffer, hmac) {
  const BYTES_MAX = 1024;
  const TAG_CWT = 61;
  const TAG_MAC0 = 17;
  const ALGORITHM = 1;
  // Bytes of the MAC by the algorithm's number.
  const LENGTHS = { 4: 8, 5: 32 };

  function head(kind, value) {
    const start = kind << 5;
    if (value < 24) return [start | value];
    if (value < 0x100) return [start | 24, value];
    if (value < 0x10000) return [start | 25, value >> 8, value & 255];
    if (value < 0x100000000) return [start | 26, (value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32BE(Math.floor(value / 0x100000000), 0);
    bytes.writeUInt32BE(value % 0x100000000, 4);
    return [start | 27].concat(Array.from(bytes));
  }
  function double(value) {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value, 0);
    return [0xfb].concat(Array.from(bytes));
  }
  function encode(value) {
    if (value === false || value === true) return [value ? 0xf5 : 0xf4];
    if (value === null || value === undefined) return [value === null ? 0xf6 : 0xf7];
    if (typeof value === 'number') return !Number.isSafeInteger(value) ? double(value) : value < 0 ? head(1, -1 - value) : head(0, value);
    if (typeof value === 'string') {
      const bytes = Buffer.from(value);
      return head(3, bytes.length).concat(Array.from(bytes));
    }
    if (value instanceof Uint8Array) return head(2, value.length).concat(Array.from(value));
    if (Array.isArray(value)) return value.reduce((made, one) => made.concat(encode(one)), head(4, value.length));
    const names = Object.keys(value);
    const isNumber = (name) => /^(0|-?[1-9]\\d{0,14})$/.test(name);
    return names.reduce((made, name) => made.concat(encode(isNumber(name) ? Number(name) : name), encode(value[name])), head(5, names.length));
  }

  function decode(bytes) {
    let at = 0;
    const take = (count) => {
      if (!(at + count <= bytes.length)) throw new Error('CWT: the token is cut off');
      const part = bytes.subarray(at, at + count);
      at += count;
      return part;
    };
    function next(depth) {
      if (depth > 16) throw new Error('CWT: the token is nested too deeply');
      const [first] = take(1);
      const kind = first >> 5;
      const low = first & 31;
      if (kind === 7) {
        if (low === 20 || low === 21) return low === 21;
        if (low === 22 || low === 23) return low === 22 ? null : undefined;
        if (low === 26) return take(4).readFloatBE(0);
        if (low === 27) return take(8).readDoubleBE(0);
        throw new Error('CWT: the token has a value that is not supported');
      }
      if (low > 27) throw new Error('CWT: the token has a value that is not supported');
      const size = low < 24 ? low : take(1 << (low - 24)).reduce((sum, byte) => sum * 256 + byte, 0);
      if (kind === 0) return size;
      if (kind === 1) return -1 - size;
      if (kind === 2) return Buffer.from(take(size));
      if (kind === 3) return take(size).toString();
      if (kind === 6) return { tag: size, value: next(depth + 1) };
      if (size > bytes.length) throw new Error('CWT: the token is cut off');
      if (kind === 4) return Array.from({ length: size }, () => next(depth + 1));
      const made = {};
      for (let count = 0; count < size; count += 1) {
        const name = String(next(depth + 1));
        Object.defineProperty(made, name, { value: next(depth + 1), writable: true, configurable: true, enumerable: true });
      }
      return made;
    }
    const value = next(0);
    if (at !== bytes.length) throw new Error('CWT: the token has something after its end');
    return value;
  }

  const mac = (shielded, payload, key, algorithm) => {
    const length = LENGTHS[algorithm];
    if (length === undefined) throw new Error('CWT: the algorithm is not supported');
    if (key === undefined || key === null) throw new Error('CWT: the key is missing');
    const text = Buffer.from(encode(['MAC0', shielded, Buffer.alloc(0), payload]));
    return hmac(key, text).subarray(0, length);
  };
  const bytesOf = (token) => {
    const bytes = typeof token === 'string' ? Buffer.from(token, 'base64url') : Buffer.from(token);
    if (bytes.length > BYTES_MAX) throw new Error('CWT: the token is longer than 1024 bytes');
    return bytes;
  };
  // The parts, as they are written and as they mean.
  function parsed(token) {
    let found = decode(bytesOf(token));
    if (found !== null && typeof found === 'object' && found.tag === TAG_CWT) found = found.value;
    const parts = found !== null && typeof found === 'object' && found.tag === TAG_MAC0 ? found.value : undefined;
    if (!Array.isArray(parts) || parts.length !== 4 || ![0, 2, 3].every((place) => Buffer.isBuffer(parts[place]))) throw new Error('CWT: the token is no COSE_Mac0');
    const [shielded, unprotected, payload, tag] = parts;
    return { shielded, payload, tag, told: { protected: shielded.length === 0 ? {} : decode(shielded), unprotected, payload: decode(payload) } };
  }

  return {
    validateToken(token, context) {
      const { shielded, payload, tag, told } = parsed(token);
      const good = mac(shielded, payload, (context || {}).key, told.protected[ALGORITHM]);
      let differing = good.length ^ tag.length;
      for (let at = 0; at < good.length; at += 1) differing |= good[at] ^ tag[at];
      if (differing !== 0) throw new Error('CWT: the MAC of the token is not valid');
      return told;
    },
    decodeToken: (token) => parsed(token).told,
    generateToken(token, context) {
      const { key, cwtTag = false, coseTag } = context || {};
      if (coseTag !== 'MAC0') throw new Error('CWT: coseTag must be MAC0');
      const shielded = Buffer.from(encode(token.protected));
      const payload = Buffer.from(encode(token.payload));
      const tag = mac(shielded, payload, key, token.protected[ALGORITHM]);
      const start = head(6, TAG_MAC0);
      const made = Buffer.from((cwtTag ? head(6, TAG_CWT).concat(start) : start).concat(encode([shielded, token.unprotected || {}, payload, tag])));
      if (made.length > BYTES_MAX) throw new Error('CWT: the token is longer than 1024 bytes');
      return made;
    },
  };
})`;
