/**
 * Bytes in the world of small functions: `Buffer`, and what turns texts into bytes and back. Code of that world, which gives its makers.
 * Source: CloudFront Developer Guide, "JavaScript runtime 2.0 features for CloudFront Functions", Buffer; "… runtime 1.0 …", String.
 */

export const BYTES = `(function () {
  const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const VALUES = new Map(Array.from(LETTERS, (letter, value) => [letter, value]).concat([['-', 62], ['_', 63]]));

  function toUtf8(text) {
    const bytes = [];
    for (const char of String(text)) {
      const found = char.codePointAt(0);
      const code = found >= 0xd800 && found <= 0xdfff ? 0xfffd : found;
      if (code < 0x80) bytes.push(code);
      else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
      else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
      else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    }
    return bytes;
  }
  // What is no UTF-8 is U+FFFD.
  function fromUtf8(bytes) {
    let text = '';
    for (let at = 0; at < bytes.length; ) {
      const first = bytes[at];
      const more = first < 0x80 ? 0 : first >= 0xc2 && first < 0xe0 ? 1 : first >= 0xe0 && first < 0xf0 ? 2 : first >= 0xf0 && first < 0xf5 ? 3 : -1;
      let code = more === 0 ? first : more === 1 ? first & 31 : more === 2 ? first & 15 : first & 7;
      let read = 1;
      while (read <= more && (bytes[at + read] & 0xc0) === 0x80) code = (code << 6) | (bytes[at + read++] & 63);
      const least = [0, 0x80, 0x800, 0x10000][more];
      const isGood = more >= 0 && read === more + 1 && code >= least && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
      text += isGood ? String.fromCodePoint(code) : '\\ufffd';
      at += isGood ? read : Math.max(1, read);
    }
    return text;
  }
  function toBase64(bytes, isOfUrls) {
    let text = '';
    for (let at = 0; at < bytes.length; at += 3) {
      const three = (bytes[at] << 16) | ((bytes[at + 1] || 0) << 8) | (bytes[at + 2] || 0);
      text += LETTERS[three >> 18] + LETTERS[(three >> 12) & 63];
      text += at + 1 < bytes.length ? LETTERS[(three >> 6) & 63] : '=';
      text += at + 2 < bytes.length ? LETTERS[three & 63] : '=';
    }
    return isOfUrls ? text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '') : text;
  }
  // In either alphabet; what belongs to neither is passed over.
  function fromBase64(text) {
    const bytes = [];
    let bits = 0;
    let held = 0;
    for (const letter of String(text)) {
      if (letter === '=') break;
      const value = VALUES.get(letter);
      if (value === undefined) continue;
      held = ((held << 6) | value) & 0xfff;
      bits += 6;
      if (bits >= 8) bytes.push((held >> (bits -= 8)) & 255);
    }
    return bytes;
  }
  function fromHex(text) {
    const bytes = [];
    for (let at = 0; at + 1 < text.length; at += 2) {
      const pair = text.slice(at, at + 2);
      if (!/^[0-9a-f]{2}$/i.test(pair)) break;
      bytes.push(Number.parseInt(pair, 16));
    }
    return bytes;
  }
  const toHex = (bytes) => Array.from(bytes, (byte) => (byte < 16 ? '0' : '') + byte.toString(16)).join('');
  const fromLatin = (text) => Array.from({ length: text.length }, (_, at) => text.charCodeAt(at) & 255);
  const toLatin = (bytes) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  const kindOf = (encoding) => {
    const kind = String(encoding === undefined ? 'utf8' : encoding).toLowerCase().replace('-', '');
    if (!['utf8', 'hex', 'base64', 'base64url'].includes(kind)) throw new TypeError('Unknown encoding: "' + encoding + '"');
    return kind;
  };
  const encoded = (text, encoding) => ({ utf8: toUtf8, hex: fromHex, base64: fromBase64, base64url: fromBase64 })[kindOf(encoding)](text);
  const decoded = (bytes, encoding) => {
    const kind = kindOf(encoding);
    return kind === 'utf8' ? fromUtf8(bytes) : kind === 'hex' ? toHex(bytes) : toBase64(bytes, kind === 'base64url');
  };

  class Buffer extends Uint8Array {
    static from(value, second, third) {
      if (typeof value === 'string') return Buffer.from(encoded(value, second));
      if (value instanceof ArrayBuffer) return new Buffer(value, second, third);
      if (value !== null && typeof value === 'object' && value.type === 'Buffer' && Array.isArray(value.data)) return Buffer.from(value.data);
      if (value === null || typeof value !== 'object') throw new TypeError('first argument is not a string or Buffer-like object');
      const made = new Buffer(value.length || 0);
      for (let at = 0; at < made.length; at += 1) made[at] = value[at];
      return made;
    }
    static alloc(size, fill, encoding) {
      const made = new Buffer(size);
      return fill === undefined ? made : made.fill(fill, encoding);
    }
    static allocUnsafe(size) {
      return new Buffer(size);
    }
    static byteLength(value, encoding) {
      return typeof value === 'string' ? encoded(value, encoding).length : value.byteLength;
    }
    static compare(one, other) {
      for (let at = 0; at < Math.min(one.length, other.length); at += 1) if (one[at] !== other[at]) return one[at] < other[at] ? -1 : 1;
      return Math.sign(one.length - other.length);
    }
    static concat(list, length) {
      const made = new Buffer(length === undefined ? list.reduce((sum, one) => sum + one.length, 0) : length);
      let at = 0;
      for (const one of list) for (let index = 0; index < one.length && at < made.length; index += 1) made[at++] = one[index];
      return made;
    }
    static isBuffer(value) {
      return value instanceof Buffer;
    }
    static isEncoding(value) {
      return typeof value === 'string' && /^(utf-?8|hex|base64(url)?)$/i.test(value);
    }
    toString(encoding, start, end) {
      return decoded(Uint8Array.prototype.subarray.call(this, start || 0, end === undefined ? this.length : end), encoding);
    }
    toJSON() {
      return { type: 'Buffer', data: Array.from(this) };
    }
    equals(other) {
      return Buffer.compare(this, other) === 0;
    }
    compare(other, start, end, ownStart, ownEnd) {
      return Buffer.compare(this.subarray(ownStart, ownEnd), other.subarray(start, end));
    }
    slice(start, end) {
      return this.subarray(start, end);
    }
    copy(target, at = 0, start = 0, end = this.length) {
      const part = this.subarray(start, Math.min(end, start + target.length - at));
      target.set(part, at);
      return part.length;
    }
    write(text, offset = 0, length = this.length - offset, encoding = 'utf8') {
      if (typeof offset === 'string') return this.write(text, 0, this.length, offset);
      if (typeof length === 'string') return this.write(text, offset, this.length - offset, length);
      const bytes = encoded(text, encoding).slice(0, Math.min(length, this.length - offset));
      this.set(bytes, offset);
      return bytes.length;
    }
    fill(value, offset, end, encoding) {
      if (typeof value !== 'string') return super.fill(Array.isArray(value) || value instanceof Uint8Array ? value[0] : value, offset, end);
      if (typeof offset === 'string') return this.fill(value, 0, this.length, offset);
      const bytes = encoded(value, encoding);
      for (let at = offset || 0; at < (end === undefined ? this.length : end); at += 1) this[at] = bytes.length === 0 ? 0 : bytes[(at - (offset || 0)) % bytes.length];
      return this;
    }
    indexOf(value, from = 0, encoding) {
      if (typeof value === 'number') return super.indexOf(value, from);
      const bytes = typeof value === 'string' ? encoded(value, encoding) : value;
      for (let at = from < 0 ? Math.max(0, this.length + from) : from; at + bytes.length <= this.length; at += 1) if (bytes.every((byte, index) => this[at + index] === byte)) return at;
      return -1;
    }
    lastIndexOf(value, from = this.length, encoding) {
      if (typeof value === 'number') return super.lastIndexOf(value, from);
      const bytes = typeof value === 'string' ? encoded(value, encoding) : value;
      for (let at = Math.min(from, this.length - bytes.length); at >= 0; at -= 1) if (bytes.every((byte, index) => this[at + index] === byte)) return at;
      return -1;
    }
    includes(value, from, encoding) {
      return this.indexOf(value, from, encoding) !== -1;
    }
  }
  const swapped = (size) =>
    function () {
      if (this.length % size !== 0) throw new RangeError('Buffer size must be a multiple of ' + size * 8 + '-bits');
      for (let at = 0; at < this.length; at += size) this.subarray(at, at + size).reverse();
      return this;
    };
  for (const bits of [16, 32, 64]) Buffer.prototype['swap' + bits] = swapped(bits / 8);
  const view = (buffer) => new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  const numbers = [['UInt8', 'Uint8', 1], ['Int8', 'Int8', 1]];
  for (const [name, kind, size] of [['UInt16', 'Uint16', 2], ['Int16', 'Int16', 2], ['UInt32', 'Uint32', 4], ['Int32', 'Int32', 4], ['Float', 'Float32', 4], ['Double', 'Float64', 8]])
    numbers.push([name + 'LE', kind, size, true], [name + 'BE', kind, size, false]);
  for (const [name, kind, size, isLittle] of numbers) {
    Buffer.prototype['read' + name] = function (at = 0) {
      return view(this)['get' + kind](at, isLittle);
    };
    Buffer.prototype['write' + name] = function (value, at = 0) {
      view(this)['set' + kind](at, value, isLittle);
      return at + size;
    };
  }
  for (const isLittle of [true, false]) {
    const end = isLittle ? 'LE' : 'BE';
    const places = (at, size) => Array.from({ length: size }, (_, index) => at + (isLittle ? size - 1 - index : index));
    Buffer.prototype['readUInt' + end] = function (at, size) {
      return places(at, size).reduce((sum, place) => sum * 256 + this[place], 0);
    };
    Buffer.prototype['readInt' + end] = function (at, size) {
      const found = this['readUInt' + end](at, size);
      return found < 2 ** (8 * size - 1) ? found : found - 2 ** (8 * size);
    };
    Buffer.prototype['writeUInt' + end] = Buffer.prototype['writeInt' + end] = function (value, at, size) {
      let left = value < 0 ? value + 2 ** (8 * size) : value;
      for (const place of places(at, size).reverse()) {
        this[place] = left % 256;
        left = Math.floor(left / 256);
      }
      return at + size;
    };
  }

  class TextEncoder {
    get encoding() {
      return 'utf-8';
    }
    encode(text = '') {
      return Uint8Array.from(toUtf8(text));
    }
  }
  class TextDecoder {
    get encoding() {
      return 'utf-8';
    }
    decode(bytes = new Uint8Array(0)) {
      return fromUtf8(bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    }
  }
  function btoa(text) {
    if (/[^\\0-\\xff]/.test(String(text))) throw new TypeError('invalid character (>= U+00FF)');
    return toBase64(fromLatin(String(text)));
  }
  const atob = (text) => toLatin(fromBase64(text));

  // Strings of bytes, as the first runtime has them: each character is one.
  function giveByteStrings() {
    const plain = String.prototype.toString;
    const give = (on, name, value) => Object.defineProperty(on, name, { value, writable: true, configurable: true, enumerable: false });
    give(String, 'bytesFrom', (value, encoding) => toLatin(typeof value === 'string' ? encoded(value, encoding) : value));
    give(String.prototype, 'fromBytes', function (start, end) {
      return this.slice(start, end);
    });
    give(String.prototype, 'toBytes', function (start, end) {
      return /[^\\0-\\xff]/.test(this) ? null : this.slice(start, end);
    });
    give(String.prototype, 'toUTF8', function (start, end) {
      return toLatin(toUtf8(this.slice(start, end)));
    });
    give(String.prototype, 'fromUTF8', function (start, end) {
      const text = fromUtf8(fromLatin(this.slice(start, end)));
      return text.includes('\\ufffd') ? null : text;
    });
    give(String.prototype, 'toString', function (encoding) {
      return encoding === undefined ? plain.call(this) : decoded(fromLatin(this), encoding);
    });
  }

  return { Buffer, TextEncoder, TextDecoder, atob, btoa, toUtf8, toBase64, toLatin, giveByteStrings };
})()`;
