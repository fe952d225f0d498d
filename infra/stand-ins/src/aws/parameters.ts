/** `append:header.x`, `remove:querystring.y`, `overwrite:path`, `overwrite:statuscode`: what a mapping changes, and how. */
type Change =
  | { readonly action: 'append' | 'overwrite' | 'remove'; readonly place: 'header' | 'querystring'; readonly name: string }
  | { readonly action: 'overwrite'; readonly place: 'path' | 'statuscode' };

const reserved = new Set([
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-location',
  'forwarded',
  'keep-alive',
  'origin',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailers',
  'transfer-encoding',
  'upgrade',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'via',
]);
const reservedPrefixes = ['access-control-', 'apigw-', 'x-amz-', 'x-amzn-'];

/** Headers that no mapping may touch. Source: API Gateway developer guide, "Reserved headers". */
export const isReservedHeader = (name: string): boolean => {
  const lower = name.toLowerCase();
  return reserved.has(lower) || reservedPrefixes.some((prefix) => lower.startsWith(prefix));
};

const headerName = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;

/** Reads the key of a request or response mapping; `undefined` when there is no such place or action there. */
export const parseChange = (key: string, side: 'request' | 'response'): Change | undefined => {
  if (side === 'request' && key === 'overwrite:path') return { action: 'overwrite', place: 'path' };
  if (side === 'response' && key === 'overwrite:statuscode') return { action: 'overwrite', place: 'statuscode' };
  const [, action, place, name] = /^(append|overwrite|remove):(header|querystring)\.(.+)$/.exec(key) ?? [];
  if (action === undefined || place === undefined || name === undefined) return undefined;
  if (place === 'querystring' && side === 'response') return undefined;
  if (place === 'header' && !headerName.test(name)) return undefined;
  return { action: action as 'append' | 'overwrite' | 'remove', place: place as 'header' | 'querystring', name };
};

/** A selection expression taken apart: literal text, and variables by their dotted name (`context.requestId`). */
type Expression = readonly ({ readonly text: string } | { readonly variable: string })[];

const variableName = /^(context|stageVariables|request|response)\.[A-Za-z0-9_.[\]-]+$/;

/**
 * Reads a mapping value: one bare `$variable`, or text in which `${variable}` stands for a value.
 * `undefined` when a `$` introduces no variable of the given side. Source: API Gateway developer guide, "Transforming API requests".
 */
export const parseExpression = (value: string, side: 'request' | 'response'): Expression | undefined => {
  const parts: ({ readonly text: string } | { readonly variable: string })[] = [];
  const known = (name: string): boolean => variableName.test(name) && !name.startsWith(side === 'request' ? 'response.' : 'request.');
  if (value.startsWith('$') && !value.startsWith('${')) return known(value.slice(1)) ? [{ variable: value.slice(1) }] : undefined;
  let rest = value;
  while (rest !== '') {
    const at = rest.indexOf('${');
    if (at === -1) return [...parts, { text: rest }];
    const end = rest.indexOf('}', at);
    const name = rest.slice(at + 2, end);
    if (end === -1 || !known(name)) return undefined;
    if (at > 0) parts.push({ text: rest.slice(0, at) });
    parts.push({ variable: name });
    rest = rest.slice(end + 1);
  }
  return parts;
};

/** The expression's value; `undefined` when it is one variable and that has no value. Missing variables inside text are empty. */
export const evaluate = (expression: Expression, lookup: (variable: string) => string | undefined): string | undefined => {
  const [only] = expression;
  if (expression.length === 1 && only !== undefined && 'variable' in only) return lookup(only.variable);
  return expression.map((part) => ('text' in part ? part.text : (lookup(part.variable) ?? ''))).join('');
};
