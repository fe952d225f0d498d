import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { repository } from './loading.ts';

const run = promisify(execFile);

/** An OPA that is already on this machine: stated, on the PATH, or where a local stack keeps its own. */
const findOpa = async (): Promise<string | undefined> => {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const places = [
    process.env['AUTHCTL_OPA_BIN'] ?? '',
    ...(process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, 'opa')),
    join(cache, 'authctl/opa/1.22.0/opa'),
  ];
  for (const place of places.filter((path) => path !== '')) {
    try {
      await access(place);
      return place;
    } catch {
      continue;
    }
  }
  return undefined;
};

const opa = await findOpa();

describe.skipIf(opa === undefined)('the policy of the shop (needs opa)', () => {
  const ask = async (...args: string[]): Promise<string> => (await run(opa ?? '', args, { cwd: repository })).stdout;

  it('is formatted and passes the strict check', async () => {
    expect(await ask('fmt', '--list', 'policies')).toBe('');
    expect(await ask('check', '--strict', 'policies')).toBe('');
  });

  it('says of every package what it is for', async () => {
    interface Annotation { readonly annotations: { readonly scope: string; readonly title?: string; readonly entrypoint?: boolean }; readonly path?: readonly { readonly value: string }[] }
    const { namespaces, annotations } = JSON.parse(await ask('inspect', '--annotations', '--format', 'json', 'policies/shop')) as {
      namespaces: Record<string, unknown>;
      annotations: readonly Annotation[];
    };
    const titled = annotations.filter(({ annotations: { scope, title } }) => scope === 'package' && title !== undefined);
    const names = titled.map(({ path = [] }) => path.map(({ value }) => value).join('.'));
    expect(names.toSorted()).toEqual(Object.keys(namespaces).filter((name) => !name.endsWith('_test')).toSorted());
    expect(annotations.filter(({ annotations: { entrypoint } }) => entrypoint).map(({ path = [] }) => path.map(({ value }) => value).join('.'))).toEqual(['data.shop.authz']);
  });

  it('passes its tests, which reach every line', async () => {
    const { coverage } = JSON.parse(await ask('test', 'policies', '--coverage', '--format=json')) as { coverage: number };
    expect(coverage).toBe(100);
  });
});
