import { textsOf } from '../../core/json.ts';

type Row = Readonly<Record<string, unknown>>;

/** True where no request can meet a route of both; false where that cannot be told from the beginnings of their paths and their hosts. */
export const areApart = (some: readonly Row[], others: readonly Row[]): boolean => {
  const asked = others.map(areaOf);
  return some.map(areaOf).every((one) => asked.every((other) => hostsApart(one.hosts, other.hosts) || pathsApart(one.beginnings, other.beginnings)));
};

interface Area {
  /** Whole names; none where a route takes any, or asks for a pattern. */
  readonly hosts: readonly string[];
  /** What each path that a route takes begins with, at least one of them. */
  readonly beginnings: readonly string[];
}

const areaOf = ({ hosts, paths, expression }: Row): Area => {
  const names = textsOf(hosts).map((host) => host.toLowerCase().replace(/:\d+$/, ''));
  const beginnings = textsOf(paths).map(beginningOf);
  // An expression may be about anything; a route without paths takes all of them.
  const any = typeof expression === 'string' || beginnings.length === 0;
  return { hosts: names.some((host) => host.includes('*')) ? [] : names, beginnings: any ? [''] : beginnings };
};

const hostsApart = (one: readonly string[], other: readonly string[]): boolean => one.length > 0 && other.length > 0 && !one.some((host) => other.includes(host));
const pathsApart = (one: readonly string[], other: readonly string[]): boolean => !one.some((text) => other.some((with_) => text.startsWith(with_) || with_.startsWith(text)));

/** The letters before anything that has a meaning in a regular expression; what may be left out or repeated is none of them. */
const beginningOf = (path: string): string => {
  if (!path.startsWith('~')) return path;
  const source = path.slice(1).replace(/^\^/, '');
  if (source.includes('|')) return '';
  const [text = ''] = /^[\w/~%:;=,@!&'" <>#-]*/.exec(source) ?? [];
  return /^[*?{]/.test(source.slice(text.length)) ? text.slice(0, -1) : text;
};
