import {
  createHash, createHmac, createPrivateKey, createPublicKey, constants, getHashes, randomBytes, randomUUID, verify, type KeyObject,
} from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Clock } from '../contract.ts';
import { escapePath } from '../proxy/path.ts';
import { bytes, decodeArgs, escapeUri } from '../proxy/text.ts';
import { decodeBase64Url, decodeJson, JsonError, type Json } from './cjson.ts';
import type { HostFunction, LuaValue } from './machine.ts';
import { matchPcre } from './pcre.ts';
import { environmentReference } from './references.ts';
import { numberArg, textArg } from './values.ts';

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = [
  'January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December',
];
const two = (value: number): string => String(value).padStart(2, '0');

/** C's strftime, in UTC whether or not the format starts with "!": a stand-in has no time zone of its own. */
const formatDate = (format: string, at: number): LuaValue => {
  const date = new Date(at * 1000);
  const pattern = format.replace(/^!/, '');
  const day = days[date.getUTCDay()] ?? '';
  const month = months[date.getUTCMonth()] ?? '';
  if (pattern === '*t') {
    return {
      year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate(), hour: date.getUTCHours(),
      min: date.getUTCMinutes(),
      sec: date.getUTCSeconds(), wday: date.getUTCDay() + 1, isdst: false,
    };
  }
  const parts: Readonly<Record<string, string>> = {
    Y: String(date.getUTCFullYear()), y: two(date.getUTCFullYear() % 100), m: two(date.getUTCMonth() + 1), d: two(date.getUTCDate()),
    H: two(date.getUTCHours()), M: two(date.getUTCMinutes()), S: two(date.getUTCSeconds()), a: day.slice(0, 3), A: day,
    b: month.slice(0, 3), B: month,
    p: date.getUTCHours() < 12 ? 'AM' : 'PM', Z: 'UTC', z: '+0000', '%': '%', s: String(Math.floor(at)),
    c: `${day.slice(0, 3)} ${month.slice(0, 3)} ${String(date.getUTCDate()).padStart(2)} ${date.toISOString().slice(11, 19)} ${date.getUTCFullYear()}`,
    F: date.toISOString().slice(0, 10), T: date.toISOString().slice(11, 19),
  };
  return pattern.replace(/%(.)/g, (whole, letter: string) => parts[letter] ?? whole);
};

const nested = (value: LuaValue, name: string): number => {
  const field = value instanceof Map ? (value as ReadonlyMap<unknown, LuaValue>).get(name) : undefined;
  return Number(field ?? Number.NaN);
};

const toBuffer = (value: LuaValue): Buffer => Buffer.from(textArg(value), 'latin1');
const hashName = (value: LuaValue): string => {
  const name = textArg(value);
  if (!getHashes().includes(name)) throw new Error(`no digest is called "${name}"`);
  return name;
};

const base64 = (value: LuaValue, bare: LuaValue): string => {
  const text = toBuffer(value).toString('base64');
  return bare === true ? text.replace(/=+$/, '') : text;
};

/** nginx's decoder: stops at "=", refuses other characters; a length of 4n+1 cannot be. */
const unbase64 = (value: LuaValue): string | undefined => {
  const text = textArg(value).replace(/=.*$/s, '');
  return /^[A-Za-z0-9+/]*$/.test(text) && text.length % 4 !== 1 ? Buffer.from(text, 'base64').toString('latin1') : undefined;
};

const regex = (args: readonly LuaValue[]): readonly LuaValue[] => {
  try {
    const found = matchPcre(textArg(args[0]), textArg(args[1]), textArg(args[2]), numberArg(args[3], 1));
    if (found === undefined) return [undefined];
    const table = new Map<string | number, LuaValue>([
      ['from', found.from], ['to', found.to], ['n', found.captures.length - 1],
      ['names', new Map(Object.entries(found.names))],
      ['starts', new Map(found.starts.flatMap((start, at) => (start === undefined ? [] : [[at, start]])))],
    ]);
    found.captures.forEach((capture, at) => { if (capture !== undefined) table.set(at, capture); });
    return [table];
  } catch (error) {
    if (error instanceof SyntaxError) return [undefined, `pcre2_compile() failed: ${error.message}`];
    throw error;
  }
};

/** The keys plugins have loaded; Lua holds them by number and gives them back when it collects them. */
const keyOps = (): Record<string, HostFunction> => {
  const keys = new Map<number, KeyObject>();
  let last = 0;
  const load = (text: string): KeyObject => {
    if (text.trimStart().startsWith('{')) return createPublicKey({ key: JSON.parse(text) as Record<string, unknown>, format: 'jwk' });
    return text.includes('PRIVATE KEY') ? createPrivateKey(text) : createPublicKey(text);
  };
  return {
    'key.load': ([text]) => {
      try {
        const key = load(textArg(text));
        last += 1;
        keys.set(last, key);
        return [last, key.asymmetricKeyType ?? 'unknown', key.type === 'private'];
      } catch (error) {
        return [undefined, error instanceof Error ? error.message : 'the key cannot be read'];
      }
    },
    'key.verify': ([handle, signature, data, md, padding, raw, saltLength]) => {
      const key = keys.get(numberArg(handle));
      if (key === undefined) return [undefined, 'the key is gone'];
      try {
        const options = {
          key: key.type === 'private' ? createPublicKey(key) : key,
          ...(padding === constants.RSA_PKCS1_PSS_PADDING ? { padding, ...(typeof saltLength === 'number' && { saltLength }) } : {}),
          ...(raw === true ? { dsaEncoding: 'ieee-p1363' as const } : {}),
        };
        return [verify(md === undefined ? null : hashName(md), toBuffer(data), options, toBuffer(signature))];
      } catch (error) {
        return [undefined, error instanceof Error ? error.message : 'the signature cannot be verified'];
      }
    },
    'key.release': ([handle]) => { keys.delete(numberArg(handle)); return []; },
  };
};

const jsonToLua = (value: Json): LuaValue => value as LuaValue;

/** What plugins may ask that needs no request: time, text, hashes, keys, chance. */
export const pureOps = (clock: Clock): Record<string, HostFunction> => ({
  ...keyOps(),
  null: () => [null],
  clock: () => [clock()],
  uptime: () => [process.uptime()],
  pid: () => [process.pid],
  env: ([name]) => [textArg(name).startsWith('KONG_') ? process.env[textArg(name)] : undefined],
  vault: ([reference]) => {
    const value = environmentReference(textArg(reference));
    return value === undefined ? [undefined, 'the reference could not be resolved'] : [bytes(value)];
  },
  'os.date': ([format, at]) => [formatDate(textArg(format), numberArg(at))],
  'os.time': ([table]) => {
    const [year, month, day] = [nested(table, 'year'), nested(table, 'month'), nested(table, 'day')];
    const clockTime = (name: string, otherwise: number): number => {
      const value = nested(table, name);
      return Number.isNaN(value) ? otherwise : value;
    };
    return [Date.UTC(year, month - 1, day, clockTime('hour', 12), clockTime('min', 0), clockTime('sec', 0)) / 1000];
  },
  http_time: ([text]) => { const at = Date.parse(textArg(text)); return [Number.isNaN(at) ? undefined : at / 1000]; },
  base64: ([value, bare]) => [base64(value, bare)],
  unbase64: ([value]) => [unbase64(value)],
  base64url: ([value]) => [toBuffer(value).toString('base64url')],
  unbase64url: ([value]) => [decodeBase64Url(textArg(value))],
  escape_uri: ([value]) => [escapeUri(textArg(value))],
  escape_path: ([value]) => [escapePath(textArg(value))],
  unescape_uri: ([value]) => [
    textArg(value).replaceAll('+', ' ').replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  ],
  decode_args: ([text, most]) => [decodeArgs(textArg(text), numberArg(most, 100) === 0 ? Number.POSITIVE_INFINITY : numberArg(most, 100))],
  digest: ([name, value]) => [createHash(hashName(name)).update(toBuffer(value)).digest().toString('latin1')],
  hmac: ([name, key, value]) => [createHmac(hashName(name), toBuffer(key)).update(toBuffer(value)).digest().toString('latin1')],
  crc32: ([value]) => [crc32(toBuffer(value))],
  random: ([size]) => [randomBytes(numberArg(size, 16)).toString('latin1')],
  uuid: () => [randomUUID()],
  re: regex,
  'json.decode': ([text]) => {
    try {
      return [true, jsonToLua(decodeJson(textArg(text)))];
    } catch (error) {
      if (error instanceof JsonError) return [false, error.message];
      throw error;
    }
  },
});
