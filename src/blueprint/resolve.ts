import { dirname, resolve as resolvePath } from 'node:path';
import { Problem } from '../core/problem.ts';
import type { Position } from '../core/problem.ts';
import { isLikeSecret } from '../core/concealed.ts';
import { Secret, SHORTEST_SECRET } from '../core/secret.ts';
import { isSecret } from './declaration/field.ts';
import { fieldAt } from './declaration/index.ts';
import { isSecretInRaw } from './declaration/raw.ts';
import { nearest } from './nearest.ts';
import { isReferredSecret, isSecretVariable } from './secret-like.ts';
import { storedIn } from './stored.ts';
import type { Stored } from './stored.ts';
import { readFileUpTo } from './read-file.ts';
import type { UnreadFile } from './read-file.ts';
import { mapScalars } from './tree.ts';
import type { MapNode, Node, Path, ScalarNode } from './tree.ts';

const MAX_SECRET_FILE = 64 * 1024;

export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable, a file or a secret of a store that a blueprint refers to. */
export interface Reference {
  readonly name: string;
  readonly kind: 'variable' | 'file' | 'stored';
  /** Resolves to a secret. */
  readonly secret: boolean;
  /** Has no default. */
  readonly required: boolean;
}

type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: string; readonly fallback?: string }
  | { readonly kind: 'file'; readonly name: string }
  | ({ readonly kind: 'stored' } & Pick<Stored, 'store' | 'name' | 'key' | 'reference'>)
  | { readonly kind: 'broken'; readonly text: string };

/** `${NAME}`, `${NAME:-default}`, `${file:path}`, `${vault:…}` and the other stores; `$${` is a literal `${`. */
const split = (text: string): readonly Part[] => {
  const parts: Part[] = [];
  let from = 0;
  for (const match of text.matchAll(/\$\$\{|\$\{([^}]*)(\}?)/g)) {
    if (match.index > from) parts.push({ kind: 'text', text: text.slice(from, match.index) });
    from = match.index + match[0].length;
    parts.push(match[0] === '$${' ? { kind: 'text', text: '${' } : reference(match[0], match[1] ?? '', match[2] === '}'));
  }
  if (from < text.length || parts.length === 0) parts.push({ kind: 'text', text: text.slice(from) });
  return parts;
};

const reference = (whole: string, inside: string, closed: boolean): Part => {
  const file = /^file:(.+)$/.exec(inside)?.[1];
  const variable = /^([A-Za-z_][A-Za-z0-9_]*)(?::-([^]*))?$/.exec(inside);
  if (!closed) return { kind: 'broken', text: whole };
  if (file !== undefined) return { kind: 'file', name: file };
  const stored = storedIn(inside);
  if (stored !== undefined) return { kind: 'stored', ...stored, reference: whole };
  if (!variable?.[1]) return { kind: 'broken', text: whole };
  return { kind: 'variable', name: variable[1], ...(variable[2] !== undefined && { fallback: variable[2] }) };
};

const isSecretAt = (path: Path, value: unknown): boolean =>
  path[0] === 'raw' ? isSecretInRaw(path, value) : isSecret(fieldAt(path));

/** The texts that stand beside a value, by name, as the file has them: of a list what stands beside the list. */
const besideIn = (root: MapNode, path: Path): Readonly<Record<string, unknown>> => {
  let [node, around]: [Node | undefined, MapNode] = [root, root];
  for (const name of path) {
    if (node?.kind === 'map') around = node;
    node = node?.kind === 'map' ? node.entries.get(name)?.node : node?.kind === 'list' ? node.items[Number(name)] : undefined;
  }
  return Object.fromEntries([...around.entries].flatMap(([name, { node: one }]) => (one.kind === 'scalar' ? [[name, one.value] as const] : [])));
};

/** A text whose references nobody has resolved yet. */
const unresolvedText = (parts: readonly Part[]): string => parts.map((part) => (part.kind === 'text' ? part.text : 'referred')).join('');

/** Whether what a text refers to is a secret there, though it could be stated as it is: by its place, or by the form of the text. */
const refersToSecret = (root: MapNode, path: Path, parts: readonly Part[], text = unresolvedText(parts)): boolean =>
  parts.some(({ kind }) => kind !== 'text' && kind !== 'broken') &&
  (parts.some((part) => part.kind === 'variable' && isSecretVariable(path, part.name)) || isReferredSecret(path, text, besideIn(root, path)));

/** What a tree refers to, each name once. Nothing is read. */
export const referencesIn = (root: MapNode): readonly Reference[] => {
  const found = new Map<string, Reference>();
  mapScalars(root, (scalar, path) => {
    if (typeof scalar.value !== 'string' || !scalar.value.includes('${')) return scalar;
    const parts = split(scalar.value);
    const secret = isSecretAt(path, scalar.value) || refersToSecret(root, path, parts);
    for (const part of parts) {
      if (part.kind === 'text' || part.kind === 'broken') continue;
      const name = part.kind === 'stored' ? part.reference : part.name;
      const key = `${part.kind} ${name}`;
      const required = part.kind !== 'variable' || part.fallback === undefined;
      const before = found.get(key);
      found.set(key, {
        name,
        kind: part.kind,
        secret: secret || before?.secret === true,
        required: required || before?.required === true,
      });
    }
    return scalar;
  });
  return [...found.values()];
};

/** What a tree refers to in stores of secrets, each once, at its first place. Nothing is read. */
export const storedReferencesIn = (root: MapNode): readonly Stored[] => {
  const found = new Map<string, Stored>();
  mapScalars(root, (scalar) => {
    if (typeof scalar.value === 'string' && scalar.value.includes('${'))
      for (const part of split(scalar.value))
        if (part.kind === 'stored' && !found.has(part.reference)) {
          const { kind: _, ...stored } = part;
          found.set(part.reference, { ...stored, at: scalar.at });
        }
    return scalar;
  });
  return [...found.values()];
};

interface Resolved {
  readonly root: MapNode;
  readonly secrets: readonly Secret[];
  /** Where secrets are referred to that are not there and a placeholder stands for, in reading order. */
  readonly lacking: readonly Lacking[];
  /** Secrets that came from what was offered. */
  readonly borrowed: readonly Borrowed[];
  readonly problems: readonly Problem[];
}

/** A secret that a placeholder stands for. */
export interface Lacking {
  /** As the blueprint refers to it: `${NAME}`, `${file:path}`. */
  readonly reference: string;
  readonly at: Position;
}

/** A secret that is not in the environment and was offered by somebody else. */
export interface Borrowed {
  readonly name: string;
  readonly path: Path;
  readonly at: Position;
}

interface ResolveOptions {
  readonly env: Environment;
  /** Values for variables that `env` lacks: a local stack's. */
  readonly offered?: Environment;
  /** For what contacts nothing: a secret that is not there is no problem, and a placeholder stands for it. */
  readonly placeholders?: boolean;
  /** What the stores gave, by reference; a placeholder stands for what is not in it, because nobody has asked them yet. */
  readonly stored?: ReadonlyMap<string, string>;
}

const PLACEHOLDER = 'placeholder: nothing is contacted';

/** Every reference replaced by its value. What cannot be resolved becomes `unknown` and a problem; an empty optional value is unset. */
export const resolveReferences = async (root: MapNode, { env: own, offered = {}, placeholders = false, stored = new Map() }: ResolveOptions): Promise<Resolved> => {
  const problems: Problem[] = [];
  const lacking: Lacking[] = [];
  const borrowed: Borrowed[] = [];
  const env = { ...offered, ...own };
  const secrets: Secret[] = [];
  const files = await readReferencedFiles(root);

  const change = (scalar: ScalarNode, path: Path): Node | undefined => {
    const { value, at } = scalar;
    const secret = isSecretAt(path, value);
    if (value === null || (!secret && (typeof value !== 'string' || !value.includes('${')))) return scalar;
    const parts = typeof value === 'string' ? split(value) : [];
    const only = parts.length === 1 ? parts[0] : undefined;
    const refers = only?.kind === 'variable' || only?.kind === 'file' || only?.kind === 'stored';
    if (secret && only?.kind !== 'broken' && (!refers || (only.kind === 'variable' && (only.fallback ?? '') !== ''))) {
      problems.push(literalSecret(scalar, path, refers));
      return { kind: 'unknown', at };
    }
    const hidden = secret || refersToSecret(root, path, parts);
    if (placeholders && hidden && only?.kind === 'stored') {
      lacking.push({ reference: only.reference, at });
      return { ...scalar, value: new Secret(PLACEHOLDER) };
    }
    const texts = parts.map((part) => valueOf(part, { env, file: files, stored, at: scalar, path, secret: hidden }));
    const failed = texts.filter((text) => text instanceof Problem);
    if (placeholders && hidden && refers && failed.length > 0) {
      lacking.push({ reference: String(value), at });
      return { ...scalar, value: new Secret(PLACEHOLDER) };
    }
    if (failed.length > 0) {
      problems.push(...failed);
      return { kind: 'unknown', at };
    }
    const text = texts.join('');
    if (refers && text === '') return undefined;
    if (secret) {
      if (text.length < SHORTEST_SECRET) {
        problems.push(shortSecret(scalar, path));
        return { kind: 'unknown', at };
      }
      const resolved = new Secret(text);
      secrets.push(resolved);
      if (only?.kind === 'variable' && !own[only.name] && offered[only.name]) borrowed.push({ name: only.name, path: [...path], at });
      return { ...scalar, value: resolved };
    }
    if (hidden || refersToSecret(root, path, parts, text)) {
      secrets.push(new Secret(text), ...secretParts(parts, texts, path));
      return { ...scalar, value: new Secret(text) };
    }
    secrets.push(...unshown(parts, texts, path));
    return parts.every((part) => part.kind === 'text')
      ? { ...scalar, value: text }
      : { ...scalar, value: typed(text, path), from: String(value) };
  };

  return { root: mapScalars(root, change), secrets, lacking, borrowed, problems };
};

/** What is secret of a text that is put together: what variables named so give, and what is the only one of it. */
const secretParts = (parts: readonly Part[], texts: readonly (string | Problem)[], path: Path): readonly Secret[] => {
  const given = parts.flatMap((part, at) => (part.kind === 'text' || part.kind === 'broken' ? [] : [{ part, text: String(texts[at]) }]));
  const named = given.filter(({ part }) => part.kind === 'stored' || (part.kind === 'variable' && isSecretVariable(path, part.name)));
  return (named.length > 0 ? named : given).map(({ text }) => new Secret(text));
};

/** What is a part of a text that the blueprint reads itself, and must not be seen either: what a person has, what a sample sends. */
const unshown = (parts: readonly Part[], texts: readonly (string | Problem)[], path: Path): readonly Secret[] => {
  if (path[0] !== 'personas' && !path.includes('sample')) return [];
  return parts.flatMap((part, at) => (part.kind === 'variable' && isLikeSecret(part.name, 'a value') ? [new Secret(String(texts[at]))] : []));
};

interface Sources {
  readonly env: Environment;
  readonly file: ReadonlyMap<string, string | UnreadFile>;
  readonly stored: ReadonlyMap<string, string>;
  readonly at: ScalarNode;
  readonly path: Path;
  readonly secret: boolean;
}

const valueOf = (part: Part, { env, file, stored, at: { at }, path, secret }: Sources): string | Problem => {
  if (part.kind === 'text') return part.text;
  if (part.kind === 'stored') {
    if (secret) return stored.get(part.reference) ?? PLACEHOLDER;
    return new Problem('BLUEPRINT_STORED_PLACE', `${path.join('.')} is no secret, and ${part.reference} is one`, {
      at,
      expected: 'a value, ${NAME}, ${NAME:-default} or ${file:path}',
      hint: 'what is no secret must be known to who only reads the blueprint',
    });
  }
  if (part.kind === 'broken')
    return new Problem('BLUEPRINT_REFERENCE', 'this is not a reference', {
      at,
      expected: '${NAME}, ${NAME:-default}, ${file:path}, ${vault:path#key}, ${aws-secret:name#key} or ${ssm:name}',
      hint: 'write $${ for a literal ${',
    });
  if (part.kind === 'file') {
    const text = file.get(resolvePath(dirname(at.file), part.name));
    if (typeof text === 'string' && text !== '') return text;
    const why = typeof text === 'object' ? text.why : 'is empty';
    return new Problem('BLUEPRINT_FILE_MISSING', `the file "${part.name}" ${why}`, {
      at,
      hint: 'paths are relative to the file that refers to them',
    });
  }
  const value = Object.hasOwn(env, part.name) ? env[part.name] : undefined;
  if (value !== undefined && value !== '') return value;
  if (part.fallback !== undefined) return part.fallback;
  const near = nearest(
    part.name,
    Object.keys(env).filter((name) => env[name]),
  );
  return new Problem('BLUEPRINT_VARIABLE_MISSING', `the environment variable ${part.name} is ${value === '' ? 'empty' : 'not set'}`, {
    at,
    hint:
      near !== undefined ? `did you mean "${near}"?` : `export ${part.name}${secret ? ', or let "authctl stack up" make a value up' : ''}`,
  });
};

const literalSecret = ({ at }: ScalarNode, path: Path, hasDefault: boolean): Problem =>
  new Problem('BLUEPRINT_SECRET_LITERAL', `${path.join('.')} holds a secret, which must not stand in a file`, {
    at,
    sensitive: true,
    expected: 'a reference such as ${NAME} or ${file:path}',
    hint: hasDefault
      ? 'remove the default, and change the secret if it was ever in use'
      : 'put it into an environment variable, and change it if it was ever in use',
  });

const shortSecret = ({ at }: ScalarNode, path: Path): Problem =>
  new Problem('BLUEPRINT_SECRET_SHORT', `the secret of ${path.join('.')} has fewer than ${SHORTEST_SECRET} characters`, {
    at,
    hint: 'choose a longer one: so short a value can be guessed, and cannot be kept out of what is printed',
  });

/** Text from a reference as the type its place asks for: `${LEEWAY}` may be a number. */
const typed = (text: string, path: Path): string | number | boolean => {
  const types = [fieldAt(path)?.type ?? []].flat();
  if (types.includes('integer') && /^-?\d{1,9}$/.test(text)) return Number(text);
  if (types.includes('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  return text;
};

const readReferencedFiles = async (root: MapNode): Promise<ReadonlyMap<string, string | UnreadFile>> => {
  const wanted = new Set<string>();
  mapScalars(root, (scalar) => {
    if (typeof scalar.value === 'string' && scalar.value.includes('${'))
      for (const part of split(scalar.value)) if (part.kind === 'file') wanted.add(resolvePath(dirname(scalar.at.file), part.name));
    return scalar;
  });
  const read = async (path: string): Promise<string | UnreadFile> => {
    const bytes = await readFileUpTo(path, MAX_SECRET_FILE);
    return Buffer.isBuffer(bytes) ? bytes.toString('utf8').replace(/\r?\n$/, '') : bytes;
  };
  return new Map(await Promise.all([...wanted].map(async (path) => [path, await read(path)] as const)));
};
