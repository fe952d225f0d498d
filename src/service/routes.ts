import { invalidOption } from './error.ts';
import { isObject } from './json.ts';
import { matchTemplate, matchesWithoutCase, readTemplate } from './path.ts';
import type { TargetPath, Template } from './path.ts';
import { seconds } from './token/keys.ts';
import type { Demands } from './verifier.ts';

interface Form {
  readonly method: string | readonly string[];
  readonly path: string;
}

/** A route of this service, as the blueprint declares it. */
export interface RouteRule extends Demands {
  readonly id: string;
  /** `GET` (and HEAD with it), `GET,POST` or `['GET', 'POST']`, or `ANY`: every method that no other route of the path names. */
  readonly method: string | readonly string[];
  /** `/orders/{id}`, or everything below it: `/orders/**` */
  readonly path: string;
  /** What else is this route, with the same demands. */
  readonly also?: readonly Form[];
  /** Needs no token. */
  readonly public?: boolean;
}

export interface Match {
  readonly rule: RouteRule;
  readonly params: Readonly<Record<string, string>>;
}

/** Finds the declared route of a request; `undefined` for anything not declared, and for a path that could be taken for two. */
export type RouteTable = (method: string, path: TargetPath) => Match | undefined;

/** Throws `SERVICE_OPTION_INVALID` for a rule that could never match, or that another rule hides. */
export const createRouteTable = (rules: readonly RouteRule[]): RouteTable => {
  if (!Array.isArray(rules)) throw invalidOption('routes must be a list');
  const rows = rules.flatMap((rule) => {
    if (!isRecord(rule)) throw invalidOption(`${shown(rule)} is not a route`);
    checkDemands(rule);
    return [rule, ...(rule.also ?? [])].map((form) => ({ rule, template: templateOf(rule, form), named: namedBy(rule, form) }));
  });
  const ids = new Set<string>();
  /** The row of a method and a form. A named method comes before ANY, and HEAD goes with GET unless somebody names it. */
  const owners = new Map<string, Row>();
  const claim = (row: Row, methods: readonly string[], yields: boolean): void => {
    for (const method of methods) {
      const key = `${method} ${shapeOf(row.template)}`;
      if (!owners.has(key)) owners.set(key, row);
      else if (!yields) throw invalidOption(`route ${row.rule.id} is declared twice`);
    }
  };
  for (const { id } of rules) {
    if (ids.has(id)) throw invalidOption(`route ${id} is declared twice`);
    ids.add(id);
  }
  for (const row of rows) claim(row, row.named, false);
  for (const row of rows) if (row.named.includes('GET')) claim(row, ['HEAD'], true);
  const anys = rows.filter(({ named }) => named.length === 0);
  const shapes = new Set<string>();
  for (const row of anys) {
    if (shapes.has(shapeOf(row.template))) throw invalidOption(`route ${row.rule.id} is declared twice`);
    shapes.add(shapeOf(row.template));
    claim(row, METHODS, true);
  }
  // By method and number of segments, because this runs for every request.
  const exact = new Map<string, Row[]>();
  const below = new Map<string, Row[]>();
  for (const [key, row] of owners) {
    const method = key.slice(0, key.indexOf(' '));
    const [buckets, bucket] = row.template.prefix ? [below, method] : [exact, `${method} ${String(row.template.segments.length)}`];
    buckets.set(bucket, [...(buckets.get(bucket) ?? []), row].toSorted((a, b) => b.template.segments.length - a.template.segments.length));
  }
  return (method, { segments }) => {
    const candidates = exact.get(`${method} ${String(segments.length)}`) ?? [];
    const [first, second] = candidates
      .map(({ rule, template }) => ({ rule, template, params: matchTemplate(template, segments) }))
      .filter((row): row is typeof row & Match => row.params !== undefined)
      .toSorted((a, b) => b.template.literals - a.template.literals);
    if (!first) return belowOf(below.get(method) ?? [], candidates, exact.get(`${method} ${String(segments.length - 1)}`) ?? [], segments);
    if (second?.template.literals === first.template.literals) return undefined;
    const couldBeAnother = candidates.some(
      ({ template }) => template.literals > first.template.literals && matchesWithoutCase(template, segments),
    );
    return couldBeAnother ? undefined : { rule: first.rule, params: first.params };
  };
};

interface Row {
  readonly rule: RouteRule;
  readonly template: Template;
  /** None for ANY. */
  readonly named: readonly string[];
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const namedBy = ({ id }: RouteRule, { method }: Form): readonly string[] => {
  const names: readonly unknown[] = typeof method === 'string' ? method.split(',') : isListOfTexts(method) ? method : [method];
  if (names.length === 1 && names[0] === 'ANY') return [];
  // A list of none would be ANY, and ANY among others the name of a method.
  if (names.length === 0) throw invalidOption(`route ${id}: method is an empty list; ANY takes every method`);
  if (names.includes('ANY')) throw invalidOption(`route ${id}: ANY stands alone`);
  const wrong = names.filter((name) => typeof name !== 'string' || !/^[A-Z]+$/.test(name));
  if (wrong.length > 0) throw invalidOption(`route ${id}: ${shown(wrong[0])} is not a method`);
  return names as readonly string[];
};
const isListOfTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((item) => typeof item === 'string');
const isRecord = (value: unknown): boolean => isObject(value);
/** Of an option that plain JavaScript got wrong. */
const shown = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) as string | undefined) ?? String(value));
const shapeOf = ({ segments, prefix }: Template): string =>
  `/${segments.map((segment) => (segment.startsWith('{') ? '{}' : segment)).join('/')}${prefix ? '/**' : ''}`;

/** The longest prefix. None where a router that is careless about case, or about a slash at the end, would take the request for an exact route. */
const belowOf = (prefixes: readonly Row[], sameLength: readonly Row[], shorter: readonly Row[], segments: readonly string[]): Match | undefined => {
  const first = prefixes.find(({ template }) => matchTemplate(template, segments) !== undefined);
  if (!first) return undefined;
  const longer = prefixes.filter(({ template }) => template.segments.length > first.template.segments.length);
  const trimmed = segments.at(-1) === '' ? segments.slice(0, -1) : undefined;
  const couldBeAnother =
    [...sameLength, ...longer].some(({ template }) => matchesWithoutCase(template, segments)) ||
    (trimmed !== undefined && shorter.some(({ template }) => matchesWithoutCase(template, trimmed)));
  return couldBeAnother ? undefined : { rule: first.rule, params: {} };
};

const templateOf = ({ id }: RouteRule, { path }: Form): Template => {
  const template = typeof path === 'string' ? readTemplate(path) : undefined;
  if (!template) throw invalidOption(`route ${id}: ${shown(path)} is not a path like /orders/{id} or /orders/**`);
  return template;
};

const checkDemands = ({ id, also, public: open, scopes, roles, acr, maxAge }: RouteRule): void => {
  if (typeof id !== 'string' || id === '') throw invalidOption(`route ${shown(id)}: id must be a name`);
  if (also !== undefined && !(Array.isArray(also) && also.every(isRecord))) throw invalidOption(`route ${id}: also must be a list of methods and paths`);
  const text = Object.entries({ scopes, roles, acr }).find(([, list]) => list !== undefined && !isListOfTexts(list));
  if (text) throw invalidOption(`route ${id}: ${text[0]} must be a list of texts`);
  const illegible = acr?.find((value) => !/^[!#-[\]-~]+$/.test(value));
  if (illegible !== undefined) throw invalidOption(`route ${id}: ${JSON.stringify(illegible)} cannot be named in a challenge`);
  if (maxAge !== undefined) seconds(`route ${id}: maxAge`, maxAge, 1, 31_536_000);
  if (open === true && (maxAge !== undefined || [scopes, roles, acr].some((list) => (list?.length ?? 0) > 0)))
    throw invalidOption(`route ${id} is public and demands something of a token`);
};
