import { hideSecrets } from '../core/hide-secrets.ts';
import { isObject, textsOf } from '../core/json.ts';
import { fieldAt } from '../blueprint/declaration/index.ts';
import { isSecretInRaw } from '../blueprint/declaration/raw.ts';
import { isSecretAt } from '../blueprint/secret-like.ts';
import { isNamedSecret } from '../core/concealed.ts';

export type Path = readonly string[];

/** A value that the blueprint takes from the environment. */
interface WantedSecret {
  readonly variable: string;
  /** What it is the secret of, in words. */
  readonly of: string;
}
/** What the source has and the blueprint does not say. */
interface Unsaid {
  readonly address: string;
  readonly why: string;
}
/** What the source has and nobody should. */
interface Unsafe {
  /** Where it stands in the blueprint. */
  readonly path: Path;
  readonly what: string;
  readonly instead: string;
}

/** A part of the blueprint that is being made: mappings in the order in which they were filled. */
export type Part = Map<string, Part> | readonly unknown[] | string | number | boolean | null;

/** A reference of the blueprint's own, which is written as it is. */
class Reference {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export interface Draft {
  readonly tree: Map<string, Part>;
  /** Above the line of a key. */
  readonly comments: ReadonlyMap<string, readonly string[]>;
  readonly secrets: readonly WantedSecret[];
  readonly unsaid: readonly Unsaid[];
  readonly unsafe: readonly Unsafe[];
  /** Values of another system: texts are escaped, secrets become references, placeholders of keycloak-config-cli variables. */
  readonly put: (path: Path, value: unknown) => void;
  readonly comment: (path: Path, text: string) => void;
  /** Lines of a comment below everything. */
  readonly propose: (lines: readonly string[]) => void;
  readonly proposed: readonly string[];
  /** A new variable for a secret; the same for what has the same words. A placeholder that stands in its place names its own. */
  readonly secret: (variable: string, of: string, value?: unknown) => Reference;
  /** What a reference says between its brackets. */
  readonly reference: (inside: string) => Reference;
  readonly leave: (address: string, why: string) => void;
  readonly warn: (path: Path, what: string, instead: string) => void;
}

/** What servers show in the place of a secret. */
export const MASK = '**********';

/** Names that mean something else to JavaScript objects, and that no blueprint has for a key. */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

export const keyOf = (path: Path): string => JSON.stringify(path);

/** What a draft says already at a path. */
export const saidAt = ({ tree }: Pick<Draft, 'tree'>, path: Path): Part | undefined => {
  let part: Part | undefined = tree;
  for (const name of path) part = part instanceof Map ? part.get(name) : undefined;
  return part;
};
/** The names of a mapping, or of a list, at a path of a draft. */
export const namesAt = (draft: Pick<Draft, 'tree'>, path: Path): ReadonlySet<string> => {
  const part = saidAt(draft, path);
  return new Set(part instanceof Map ? part.keys() : textsOf(part));
};

export const createDraft = (): Draft => {
  const tree = new Map<string, Part>();
  const comments = new Map<string, string[]>();
  const secrets = new Map<string, WantedSecret>();
  const unsaid: Unsaid[] = [];
  const unsafe: Unsafe[] = [];
  const proposed: string[] = [];

  const secret = (wanted: string, of: string, value?: unknown): Reference => {
    const [placeholder, more] = typeof value === 'string' ? placeholdersIn(value) : [];
    if (placeholder !== undefined && typeof placeholder !== 'string' && more === undefined) {
      secrets.set(placeholder.variable, { variable: placeholder.variable, of });
      return new Reference(`\${${placeholder.variable}}`);
    }
    const base = variableOf(wanted);
    for (let count = 1; ; count += 1) {
      const variable = count === 1 ? base : `${base}_${count}`;
      const held = secrets.get(variable);
      if (held !== undefined && held.of !== of) continue;
      secrets.set(variable, { variable, of });
      return new Reference(`\${${variable}}`);
    }
  };
  const leave = (address: string, why: string): void => {
    unsaid.push({ address: hideSecrets(address), why: hideSecrets(why) });
  };

  const hide = (path: Path): void => {
    const wanted = variableOf(secretName(path));
    const [field = '', above] = [path.at(-1), path.slice(0, -1)];
    leave(path.join('.'), `the server does not show it: say \${${wanted}} there when you take it over`);
    comments.set(keyOf(above), [...(comments.get(keyOf(above)) ?? []), `not shown: ${field}. Where the realm is made anew, state ${field}: \${${wanted}}`]);
  };

  const variable = ({ variable: name, fallback }: Placeholder, path: Path): string => {
    if (fallback === undefined && !secrets.has(name)) secrets.set(name, { variable: name, of: path.join('.') });
    return `\${${name}${fallback === undefined ? '' : `:-${fallback}`}}`;
  };
  const text = (value: string, path: Path, isSecret = isSecretAt(path, value)): string => {
    const placeholders = placeholdersIn(value);
    if (!isSecret) return placeholders.map((part) => (typeof part === 'string' ? part.replaceAll('${', () => '$${') : variable(part, path))).join('');
    const [only, more] = placeholders;
    // A default would be the secret itself.
    if (only !== undefined && typeof only !== 'string' && more === undefined) return variable({ variable: only.variable }, path);
    return secret(secretName(path), path.join('.')).text;
  };
  const part = (value: unknown, path: Path): Part | undefined => {
    if (value instanceof Reference) return value.text;
    // An empty one is none, and would be refused where a secret is asked for.
    if (value === '' && isSecretInRaw(path, value)) return undefined;
    if (value === MASK && isSecretAt(path, value)) {
      hide(path);
      return undefined;
    }
    if (typeof value === 'string') {
      const wrong = misfit(path, value);
      if (wrong === undefined) return text(value, path);
      leave(path.join('.'), wrong);
      return undefined;
    }
    if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
    if (Array.isArray(value))
      return value.flatMap((item, index) => {
        const made = part(item, [...path, String(index)]);
        return made === undefined && typeof item === 'string' && misfit([...path, String(index)], item) !== undefined ? [] : [made ?? null];
      });
    if (!isObject(value)) return undefined;
    const inside = new Map<string, Part>();
    for (const [name, item] of Object.entries(value)) {
      // Whose an object was is no part of it.
      if (item === undefined || name.startsWith('authctl.')) continue;
      const wrong = wrongKey(path, name);
      if (wrong !== undefined) leave([...path, name].join('.'), wrong);
      else {
        const isNamed = path[0] === 'raw' && typeof item === 'string' && item !== '' && item !== MASK && isNamedSecret(value, name);
        const made = isNamed ? text(item, [...path, name], true) : part(item, [...path, name]);
        if (made !== undefined) inside.set(name, made);
      }
    }
    return inside;
  };

  return {
    tree, comments, unsaid, unsafe, proposed, secret, leave,
    propose: (lines) => void proposed.push(...lines),
    reference: (inside) => new Reference(`\${${inside}}`),
    get secrets() {
      return [...secrets.values()];
    },
    put: (path, value) => {
      const wrong = path.map((name, depth) => wrongKey(path.slice(0, depth), name)).find((why) => why !== undefined);
      if (wrong !== undefined) return leave(path.join('.'), wrong);
      const made = part(value, path);
      const last = path.at(-1);
      if (made === undefined || last === undefined) return;
      let inside: Map<string, Part> = tree;
      for (const name of path.slice(0, -1)) {
        const held = inside.get(name);
        const next = held instanceof Map ? held : new Map<string, Part>();
        if (held !== next) inside.set(name, next);
        inside = next;
      }
      inside.set(last, made);
    },
    comment: (path, words) => {
      comments.set(keyOf(path), [...(comments.get(keyOf(path)) ?? []), words]);
    },
    warn: (path, what, instead) => {
      // What is left out is not there to be mended.
      if (!(saidAt({ tree }, path.slice(0, -1)) instanceof Map)) return;
      unsafe.push({ path, what, instead });
      comments.set(keyOf(path), [...(comments.get(keyOf(path)) ?? []), `unsafe: ${what}. ${instead}`]);
    },
  }; // prettier-ignore
};

/** Why a blueprint cannot have this key there; nothing where it can. */
const wrongKey = (above: Path, name: string): string | undefined => {
  if (FORBIDDEN.has(name)) return 'a blueprint cannot have a key of this name';
  if (placeholdersIn(name).some((one) => typeof one !== 'string')) return 'a placeholder in a name: references stand in values alone';
  const { pattern, title } = fieldAt(above)?.propertyNames ?? {};
  return pattern === undefined || new RegExp(pattern).test(name) ? undefined : `a blueprint takes ${title ?? 'another name'} there`;
};

/** Why a field of the blueprint's own cannot hold a text; nothing where it can, or where the text is to be put together. */
export const misfit = (path: Path, value: string): string | undefined => {
  if (placeholdersIn(value).some((one) => typeof one === 'string' && /\$\{\{\s*env\b/.test(one))) return 'decK makes a number, or more, of a variable there: state what it comes to';
  const { pattern, title } = fieldAt(path) ?? {};
  if (pattern === undefined || new RegExp(pattern).test(value) || placeholdersIn(value).some((one) => typeof one !== 'string')) return undefined;
  return `a blueprint takes ${title ?? 'another text'} there`;
};

/** The last names of its path that say something. */
const secretName = (path: Path): string => path.filter((name) => !WORDLESS.has(name) && !/^\d+$/.test(name)).slice(-3).join('_');
const WORDLESS = new Set(['raw', 'keycloak', 'kong', 'entities', 'config', 'attributes']);

export const variableOf = (words: string): string => {
  const plain = words
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 100);
  return /^[A-Z]/.test(plain) ? plain : `SECRET${plain === '' ? '' : `_${plain}`}`;
};

interface Placeholder {
  readonly variable: string;
  readonly fallback?: string;
}

/** `$(env:NAME:-default)` and `$(name)` of keycloak-config-cli, `${{ env "NAME" }}` of decK, in quotes of either kind. */
const placeholdersIn = (text: string): readonly (string | Placeholder)[] => {
  const parts: (string | Placeholder)[] = [];
  let from = 0;
  for (const match of text.matchAll(/\$\((?:env:)?([A-Za-z_][A-Za-z0-9_.-]*)(?::-([^()$}]*))?\)|\$\{\{\s*env\s+["`]([A-Za-z_][A-Za-z0-9_]*)["`]\s*\}\}/g)) {
    if (match.index > from) parts.push(text.slice(from, match.index));
    const name = match[1] ?? match[3] ?? '';
    const variable = (match[0].startsWith('$(env:') || match[3] !== undefined) && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : variableOf(name);
    parts.push({ variable, ...(match[2] !== undefined && { fallback: match[2] }) });
    from = match.index + match[0].length;
  }
  if (from < text.length || parts.length === 0) parts.push(text.slice(from));
  return parts;
};
