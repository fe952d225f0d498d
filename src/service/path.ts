import { percentDecode } from './token/parameters.ts';

/** A request target in its parts; `path` and `segments` as sent. */
export interface TargetPath {
  readonly path: string;
  readonly query: string;
  readonly segments: readonly string[];
}

const UNRESERVED = /%(?:2[DE]|3\d|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])/i;
const ANOTHER_READING = /%(?:2F|5C|25|[01][0-9A-F]|7F)/i;

/**
 * Reads a target that every router takes for the same path, or the reason why it is not one: no absolute form, no empty, `.` or `..`
 * segment, no backslash, no `%2F`, no encoding of a character that needs none (RFC 3986 sections 3.3 and 6.2.2). One router decodes
 * before it matches and another after it; what they take differently must not reach either.
 */
export const readTarget = (target: string): TargetPath | string => {
  if (!target.startsWith('/')) return 'not a path';
  if (!/^[\u0021-\u007e]+$/.test(target) || /[#\\]/.test(target)) return 'characters that have no place in a target';
  const at = target.indexOf('?');
  const path = at < 0 ? target : target.slice(0, at);
  const query = at < 0 ? '' : target.slice(at + 1);
  if (/%(?![0-9A-Fa-f]{2})/.test(path)) return 'a broken percent-encoding';
  if (UNRESERVED.test(path) || ANOTHER_READING.test(path)) return 'an encoding that routers take differently';
  const segments = path === '/' ? [] : path.slice(1).split('/');
  const isOdd = (segment: string, index: number): boolean =>
    segment === '.' || segment === '..' || segment.includes(';') || (segment === '' && index < segments.length - 1);
  if (segments.some(isOdd)) return 'segments that routers take differently';
  return { path, query, segments };
};

/** Query parameters as a policy sees them: decoded name to every value in order. */
export const queryParameters = (query: string): Readonly<Record<string, readonly string[]>> => {
  const found = new Map<string, string[]>();
  for (const part of query.split('&')) {
    if (part === '') continue;
    const at = part.indexOf('=');
    const [name, value] = (at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)]).map((text) =>
      percentDecode(text.replaceAll('+', ' ')),
    );
    const values = found.get(name ?? '');
    if (values) values.push(value ?? '');
    else found.set(name ?? '', [value ?? '']);
  }
  return Object.fromEntries(found);
};

/** `/orders/{id}` in its segments, as a client sends them; `/orders/**` without its last. */
export interface Template {
  readonly segments: readonly string[];
  readonly literals: number;
  /** Everything below these segments. */
  readonly prefix: boolean;
}

export const readTemplate = (path: string): Template | undefined => {
  const prefix = path.endsWith('/**');
  const read = readTarget(asSent(prefix ? path.slice(0, -2) : path));
  if (typeof read === 'string' || read.query !== '') return undefined;
  const segments = prefix ? read.segments.slice(0, -1) : read.segments;
  const wellFormed = segments.every((segment) => !/[{}*]/.test(segment) || (!prefix && /^\{[^{}]+\}$/.test(segment)));
  return wellFormed ? { segments, literals: segments.filter((segment) => !isVariable(segment)).length, prefix } : undefined;
};

/** What is no ASCII goes percent-encoded (RFC 3986 section 2.5). */
const asSent = (path: string): string => path.replaceAll(/[^\u0000-\u007f]+/gu, (text) => encodeURIComponent(text));

const isVariable = (segment: string): boolean => segment.startsWith('{');

/** The values of a template's variables, decoded, or `undefined` when the path is not of that form. */
export const matchTemplate = ({ segments, prefix }: Template, actual: readonly string[]): Readonly<Record<string, string>> | undefined => {
  if (prefix ? actual.length <= segments.length && segments.length > 0 : segments.length !== actual.length) return undefined;
  const values: [string, string][] = [];
  for (const [index, wanted] of segments.entries()) {
    const segment = actual[index] ?? '';
    if (!isVariable(wanted)) {
      if (wanted !== segment) return undefined;
    } else if (segment === '') return undefined;
    else values.push([wanted.slice(1, -1), percentDecode(segment)]);
  }
  return Object.fromEntries(values);
};

/** True when a router without case would take the path for this template: Express does unless told otherwise. */
export const matchesWithoutCase = ({ segments, prefix }: Template, actual: readonly string[]): boolean =>
  (prefix ? actual.length > segments.length : segments.length === actual.length) &&
  segments.every((wanted, index) => isVariable(wanted) || wanted.toLowerCase() === (actual[index] ?? '').toLowerCase());
