import { isNonEmpty, isObject } from './errors.ts';
import type { Row } from './types.ts';

const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []);

const quoted = (text: string): string => `r#"${text}"#`;

const anyOf = (terms: readonly string[]): readonly string[] => (terms.length === 0 ? [] : [`(${terms.join(' || ')})`]);

/** Rust's regex engine wants `?P<`; Kong replaces the opening wherever it stands. */
const rustRegex = (path: string): string => `^${path.slice(1).replaceAll('?<', '?P<')}`;

const sniTerm = (sni: string): string => {
  if (sni.startsWith('*')) return `tls.sni =^ ${quoted(sni.replace(/\.$/, '').slice(1))}`;
  if (sni.endsWith('*')) return `tls.sni ^= ${quoted(sni.slice(0, -1))}`;
  return `tls.sni == ${quoted(sni.replace(/(.)\.$/, '$1'))}`;
};

const hostTerm = (given: string): string => {
  const [, name = given, port] = /^([^:]*):(\d+)$/.exec(given) ?? [];
  const [operator, host] = name.startsWith('*') ? ['=^', name.slice(1)] : name.endsWith('*') ? ['^=', name.slice(0, -1)] : ['==', name];
  const term = `http.host ${operator} ${quoted(host)}`;
  return port === undefined ? term : `(${term} && net.dst.port == ${port})`;
};

const headerTerms = (name: string, values: unknown): readonly string[] => {
  const field = `any(lower(http.headers.${name.replaceAll('-', '_').toLowerCase()}))`;
  return anyOf(texts(values).map((value) =>
    value.startsWith('~*') ? `${field} ~ ${quoted(value.slice(2).toLowerCase())}` : `${field} == ${quoted(value.toLowerCase())}`));
};

/** The router expression that Kong makes of an HTTP route (`kong/router/transform.lua`). */
export const expressionOf = (route: Row): string => {
  const sni = anyOf(texts(route['snis']).map(sniTerm)).map((term) => `(net.protocol != r#"https"# || ${term})`);
  const headers = Object.entries(isObject(route['headers']) ? route['headers'] : {}).flatMap(([name, values]) => headerTerms(name, values));
  const pathTerm = (path: string): string =>
    path.startsWith('~') ? `http.path ~ ${quoted(rustRegex(path))}` : `http.path ^= ${quoted(path)}`;
  return [
    ...sni,
    ...anyOf(texts(route['methods']).map((method) => `http.method == ${quoted(method)}`)),
    ...anyOf(texts(route['hosts']).map(hostTerm)),
    ...anyOf(texts(route['paths']).map(pathTerm)),
    ...headers,
  ].join(' && ');
};

const FAULTS: readonly { readonly find: RegExp; readonly skip: number; readonly length?: number; readonly error: string }[] = [
  { find: /\(\?(?:[=!]|<[=!])/, skip: 0, error: 'look-around, including look-ahead and look-behind, is not supported' },
  { find: /\(\?P<[=!]/, skip: 4, length: 1, error: 'invalid capture group character' },
  { find: /\(\?>/, skip: 2, length: 1, error: 'unrecognized flag' },
  { find: /\\[1-9]/, skip: 0, error: 'backreferences are not supported' },
  { find: /\\[kgKGRXhHZ]/, skip: 0, error: 'unrecognized escape sequence' },
];

/** What PCRE takes and Rust's `regex` does not, with the place as `regex-syntax` prints it. */
const regexFault = (regex: string): string | undefined => {
  const bare = regex.replace(/\\\\/g, '\0\0');
  const [first] = FAULTS.flatMap((fault) => {
    const found = fault.find.exec(bare);
    return found ? [{ ...fault, at: found.index + fault.skip, size: fault.length ?? found[0].length }] : [];
  }).sort((left, right) => left.at - right.at);
  return first && `regex parse error:\n    ${regex}\n    ${' '.repeat(first.at)}${'^'.repeat(first.size)}\nerror: ${first.error}`;
};

/**
 * What the router says against a route's regexes, or nothing. Kong turns a route into an expression and compiles that with
 * `atc-router`, whose report quotes the expression and marks the regex in it.
 */
export const routeFault = (route: Row): string | undefined => {
  const regexes = [
    ...texts(route['paths']).filter((path) => path.startsWith('~')).map(rustRegex),
    ...Object.values(isNonEmpty(route['headers']) ? (route['headers'] as Row) : {})
      .flatMap((values) => texts(values).filter((value) => value.startsWith('~*')).map((value) => value.slice(2).toLowerCase())),
  ];
  const bad = regexes.find((regex) => regexFault(regex) !== undefined);
  if (bad === undefined) return undefined;
  const expression = expressionOf(route);
  const at = expression.indexOf(quoted(bad));
  const mark = `${' '.repeat(at)}^${'-'.repeat(quoted(bad).length - 2)}^`;
  return `Router Expression failed validation:  --> 1:${at + 1}\n  |\n1 | ${expression}\n  | ${mark}\n  |\n  = ${regexFault(bad)}`;
};
