import { compiledAnywhere } from './samples.ts';

/** What a router expression can ask about a request. A field that is not there is not known, but for a header, which is then not sent. */
export type Facts = Readonly<Record<string, string>>;

export interface Expression {
  /** `undefined`: it asks for something that is not known, or cannot be read here. */
  readonly matches: (facts: Facts) => boolean | undefined;
  /** The texts that it compares a field with. */
  readonly literals: (field: string) => readonly string[];
}

/** A router expression of Kong: https://developer.konghq.com/gateway/routing/expressions/ */
export const expressionOf = (source: string): Expression => {
  const compared = new Map<string, string[]>();
  try {
    const tokens = source.match(TOKEN) ?? [];
    if (tokens.join('') !== source.replace(/(r#".*?"#|"(?:\\.|[^"\\])*")|\s+/gs, (_all, text: string | undefined) => text ?? '')) throw new Error('unreadable');
    const reading: Reading = { tokens, at: 0, compared };
    const node = either(reading);
    if (reading.at < tokens.length) throw new Error('unreadable');
    return { matches: node, literals: (field) => compared.get(field) ?? [] };
  } catch {
    return { matches: () => undefined, literals: (field) => compared.get(field) ?? [] };
  }
};

const TOKEN = /r#".*?"#|"(?:\\.|[^"\\])*"|&&|\|\||not\s+in\b|[=!^><]=|=\^|[()!~><,[\]]|[\w.:*/#-]+/gs;

type Node = (facts: Facts) => boolean | undefined;
interface Reading {
  readonly tokens: readonly string[];
  at: number;
  readonly compared: Map<string, string[]>;
}

const take = (reading: Reading): string => {
  const token = reading.tokens[reading.at];
  if (token === undefined) throw new Error('ends too soon');
  reading.at += 1;
  return token;
};
const demand = (reading: Reading, token: string): void => {
  if (take(reading) !== token) throw new Error(`expected ${token}`);
};

const either = (reading: Reading): Node => {
  const parts = [every(reading)];
  while (reading.tokens[reading.at] === '||') {
    reading.at += 1;
    parts.push(every(reading));
  }
  return (facts) => {
    const found = parts.map((part) => part(facts));
    return found.includes(true) ? true : found.includes(undefined) ? undefined : false;
  };
};

const every = (reading: Reading): Node => {
  const parts = [one(reading)];
  while (reading.tokens[reading.at] === '&&') {
    reading.at += 1;
    parts.push(one(reading));
  }
  return (facts) => {
    const found = parts.map((part) => part(facts));
    return found.includes(false) ? false : found.includes(undefined) ? undefined : true;
  };
};

const one = (reading: Reading): Node => {
  const token = reading.tokens[reading.at];
  if (token !== '(' && token !== '!') return predicate(reading);
  reading.at += 1;
  const inside = token === '!' ? one(reading) : either(reading);
  if (token === '(') {
    demand(reading, ')');
    return inside;
  }
  return (facts) => {
    const found = inside(facts);
    return found === undefined ? undefined : !found;
  };
};

const predicate = (reading: Reading): Node => {
  const { name, changed } = field(reading);
  const operator = take(reading).replace(/\s+/, ' ');
  const [wanted, isText] = value(take(reading));
  reading.compared.set(name, [...(reading.compared.get(name) ?? []), wanted]);
  return (facts) => {
    const known = Object.hasOwn(facts, name) ? facts[name] : undefined;
    if (known === undefined) return name.startsWith('http.headers.') ? false : undefined;
    return isText || operator === '==' || operator === '!=' ? compare(changed(known), operator, wanted) : undefined;
  };
};

/** A field, or `lower(field)` and `any(field)` around one. */
const field = (reading: Reading): { readonly name: string; readonly changed: (text: string) => string } => {
  const name = take(reading);
  if (reading.tokens[reading.at] !== '(') return { name: name.replace(/\[\*\]$/, ''), changed: (text) => text };
  reading.at += 1;
  const inside = field(reading);
  demand(reading, ')');
  return name === 'lower' ? { ...inside, changed: (text) => inside.changed(text).toLowerCase() } : inside;
};

const value = (token: string): readonly [string, boolean] => {
  if (token.startsWith('r#"')) return [token.slice(3, -2), true];
  if (token.startsWith('"')) return [token.slice(1, -1).replace(/\\(.)/g, (_all, character: string) => ({ n: '\n', r: '\r', t: '\t' })[character] ?? character), true];
  return [token, false];
};

const compare = (seen: string, operator: string, wanted: string): boolean | undefined => {
  switch (operator) {
    case '==':
      return seen === wanted;
    case '!=':
      return seen !== wanted;
    case '^=':
      return seen.startsWith(wanted);
    case '=^':
      return seen.endsWith(wanted);
    case 'contains':
      return seen.includes(wanted);
    case '~':
      return compiledAnywhere(wanted)?.test(seen);
    default:
      return undefined;
  }
};
