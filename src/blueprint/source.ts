import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { Problem } from '../core/problem.ts';
import type { Position } from '../core/problem.ts';
import { suggestion } from './nearest.ts';
import { readFileUpTo } from './read-file.ts';
import { overlay, union, without } from './tree.ts';
import type { MapNode, Node, Path } from './tree.ts';
import { parseUsual } from './usual-yaml.ts';

const MAX_FILES = 100;
const MAX_BYTES = 4 * 1024 * 1024;

export interface Source {
  /** Every file merged, `include` removed, `environments` still there. */
  readonly root: MapNode;
  /** In order of reading: the blueprint first. */
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
  /** Per file, the line from which its text was not YAML. */
  readonly brokenFrom: ReadonlyMap<string, number>;
}

/** Reads a blueprint and what it includes, or takes their texts from `recorded`, by the names in `files`. A missing blueprint is a problem like any other. */
export const readSource = async (path: string, recorded?: Readonly<Record<string, string>>): Promise<Source> => {
  const files: string[] = [];
  const problems: Problem[] = [];
  const brokenFrom = new Map<string, number>();

  const read = async (file: string, chain: readonly string[], at?: Position): Promise<MapNode> => {
    const nothing: MapNode = { kind: 'map', entries: new Map(), at: { file, line: 1, column: 1 } };
    if (chain.includes(file)) {
      problems.push(new Problem('BLUEPRINT_INCLUDE', `"${file}" includes itself`, { at }));
      return nothing;
    }
    if (files.includes(file)) return nothing;
    if (files.length >= MAX_FILES) {
      problems.push(new Problem('BLUEPRINT_INCLUDE', `more than ${MAX_FILES} files are included`, { at }));
      return nothing;
    }
    files.push(file);
    const text = recorded !== undefined && Object.hasOwn(recorded, file) ? recorded[file] : await contents(file, at, problems);
    if (text === undefined) return nothing;
    const stated = parseUsual(file, text) ?? (await parseAll(file, text));

    let root = without(stated, ['include']);
    for (const item of includesOf(stated, problems)) {
      const included = await read(named(resolve(dirname(file), item.path)), [...chain, file], item.at);
      root = union(root, included, (path, first, second) => problems.push(twice(path, first, second.key)));
    }
    return root;
  };

  const parseAll = async (file: string, text: string): Promise<MapNode> => {
    const { parse } = await import('./parse.ts');
    const parsed = parse(file, text);
    problems.push(...parsed.problems);
    if (parsed.brokenFrom !== undefined) brokenFrom.set(file, parsed.brokenFrom);
    return parsed.root;
  };

  const root = await read(named(resolve(path)), []);
  return { root, files, problems, brokenFrom };
};

/** A file as people see it from where they stand; outside of that directory by its whole path. */
const named = (absolute: string): string => {
  const near = relative(process.cwd(), absolute);
  return near === '' || near.startsWith('..') || isAbsolute(near) ? absolute : near;
};

const contents = async (file: string, at: Position | undefined, problems: Problem[]): Promise<string | undefined> => {
  const bytes = await readFileUpTo(file, MAX_BYTES);
  if (!Buffer.isBuffer(bytes)) {
    const place = at ? 'paths are relative to the file that includes them' : 'name another file, or let "authctl init" write a blueprint to start from';
    problems.push(
      new Problem(bytes.tooLarge ? 'BLUEPRINT_TOO_LARGE' : 'BLUEPRINT_UNREADABLE', `"${file}" ${bytes.why}`, { at, hint: bytes.tooLarge ? 'split it with include' : place }),
    );
    return undefined;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    problems.push(new Problem('BLUEPRINT_UNREADABLE', `"${file}" is not UTF-8 text`, { at: at ?? firstOdd(file, bytes), hint: 'save it as UTF-8' }));
    return undefined;
  }
};

/** Where the first character stands that is none in UTF-8. */
const firstOdd = (file: string, bytes: Buffer): Position => {
  const before = bytes.toString('utf8').split('\ufffd', 1)[0]?.split('\n') ?? [];
  return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
};

interface Include {
  readonly path: string;
  readonly at: Position;
}

const includesOf = (root: MapNode, problems: Problem[]): readonly Include[] => {
  const entry = root.entries.get('include');
  if (!entry) return [];
  const items = entry.node.kind === 'list' ? entry.node.items : [entry.node];
  return items.flatMap((item) => {
    if (item.kind === 'scalar' && typeof item.value === 'string' && item.value !== '') return [{ path: item.value, at: item.at }];
    problems.push(
      new Problem('BLUEPRINT_INCLUDE', 'include is a list of file names', { at: item.at, expected: 'include: [services.yaml]' }),
    );
    return [];
  });
};

const twice = (path: Path, first: Node, at: Position): Problem =>
  new Problem('BLUEPRINT_INCLUDE_CONFLICT', `${path.join('.')} is stated in two files`, {
    at,
    hint: `also at ${first.at.file}:${first.at.line}; keep one, or use environments for what differs`,
  });

/** The blueprint with one environment laid over it (none when `name` is undefined), `environments` removed. */
export const chooseEnvironment = (root: MapNode, name: string | undefined, problems: Problem[]): MapNode => {
  const base = without(root, ['environments']);
  if (name === undefined) return base;
  const environments = root.entries.get('environments');
  const known = environments?.node.kind === 'map' ? environments.node.entries : new Map<string, never>();
  const chosen = known.get(name);
  // Anything but a mapping here is the schema's to report.
  if (chosen) return chosen.node.kind === 'map' ? overlay(base, chosen.node) : base;
  problems.push(
    new Problem('BLUEPRINT_UNKNOWN_ENVIRONMENT', `the blueprint has no environment "${name}"`, {
      at: environments?.key ?? root.at,
      hint: suggestion(name, known.keys()) ?? 'environments are stated under "environments:"',
    }),
  );
  return base;
};
