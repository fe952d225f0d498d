import { invalidOption } from './error.ts';
import { matchTemplate, matchesWithoutCase, readTemplate } from './path.ts';
import type { TargetPath, Template } from './path.ts';
import type { Demands } from './verifier.ts';

/** A route of this service, as the blueprint declares it. */
export interface RouteRule extends Demands {
  readonly id: string;
  readonly method: string;
  /** `/orders/{id}` */
  readonly path: string;
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
  const rows = rules.map((rule) => ({ rule, template: templateOf(rule) }));
  const seen = new Set<string>();
  for (const { rule, template } of rows) {
    const shape = `${rule.method} /${template.segments.map((segment) => (segment.startsWith('{') ? '{}' : segment)).join('/')}`;
    if (seen.has(shape) || seen.has(rule.id)) throw invalidOption(`route ${rule.id} is declared twice`);
    seen.add(shape).add(rule.id);
  }
  // By method and number of segments, because this runs for every request.
  const buckets = new Map<string, typeof rows>();
  for (const row of rows) {
    const bucket = `${row.rule.method} ${String(row.template.segments.length)}`;
    buckets.set(bucket, [...(buckets.get(bucket) ?? []), row]);
  }
  return (method, { segments }) => {
    const candidates = buckets.get(`${method} ${String(segments.length)}`) ?? [];
    const [first, second] = candidates
      .map(({ rule, template }) => ({ rule, template, params: matchTemplate(template, segments) }))
      .filter((row): row is typeof row & Match => row.params !== undefined)
      .toSorted((a, b) => b.template.literals - a.template.literals);
    if (!first || second?.template.literals === first.template.literals) return undefined;
    const couldBeAnother = candidates.some(
      ({ template }) => template.literals > first.template.literals && matchesWithoutCase(template, segments),
    );
    return couldBeAnother ? undefined : { rule: first.rule, params: first.params };
  };
};

const templateOf = ({ id, method, path, public: open, scopes, roles, acr }: RouteRule): Template => {
  const template = readTemplate(path);
  if (!template || template.segments.some((segment) => /[{}]/.test(segment) && !/^\{[^{}]+\}$/.test(segment)))
    throw invalidOption(`route ${id}: ${path} is not a path like /orders/{id}`);
  if (!/^[A-Z]+$/.test(method)) throw invalidOption(`route ${id}: ${method} is not a method`);
  if (open === true && [scopes, roles, acr].some((list) => (list?.length ?? 0) > 0))
    throw invalidOption(`route ${id} is public and demands something of a token`);
  return template;
};
