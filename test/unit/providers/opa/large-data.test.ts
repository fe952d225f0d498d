import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { diffSpec } from '../../../../src/core/diff.ts';
import type { Live } from '../../../../src/core/resource.ts';
import { expand } from '../../../../src/patterns/index.ts';
import { bundleOf } from '../../../../src/providers/opa/bundle.ts';
import { bundle } from '../../../../src/providers/opa/kinds/bundle.ts';
import { opa as specs } from '../../../../src/providers/opa/specs/index.ts';
import type { BundleSpec } from '../../../../src/providers/opa/specs/index.ts';
import { load, repository, sso } from '../../blueprint/loading.ts';
import { world } from './fake-opa.ts';

/** Little for data, and far more than all else that is read and written beside it. */
const DATA = JSON.stringify(Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`user-${String(at).padStart(6, '0')}`, { region: 'eu', grade: at % 7 }])));

/** How often something as long as the data was read from JSON, and written to it. */
const passes = async (work: () => unknown): Promise<{ readonly read: number; readonly written: number }> => {
  const [parse, stringify] = [vi.spyOn(JSON, 'parse'), vi.spyOn(JSON, 'stringify')];
  try {
    await work();
    const long = (values: readonly unknown[]): number => values.filter((value) => typeof value === 'string' && value.length >= DATA.length).length;
    return { read: long(parse.mock.calls.map(([text]) => text)), written: long(stringify.mock.results.map(({ value }) => value as unknown)) };
  } finally {
    parse.mockRestore();
    stringify.mockRestore();
  }
};

it('data of a policy is read once and written twice for all that a command asks of it, and once more for what is published', async () => {
  const text = await sso([join(repository, 'policies/shop'), 'policy']);
  const blueprint = await load({ 'blueprint.yaml': text, 'policy/authz.rego': 'package shop.authz\n\ndefault allow := false\n', 'policy/shop/people/data.json': DATA });
  // The document of the bundle, and what its revision is made of.
  expect(await passes(() => expand(blueprint))).toEqual({ read: 1, written: 2 });
  // The policy is judged, the matrix worked out, the plan compared: all by the same bundle.
  expect(await passes(() => [expand(blueprint), bundleOf(blueprint), bundleOf(blueprint)])).toEqual({ read: 0, written: 0 });

  const desired = expand(blueprint).desired.find(specs.bundle.is);
  if (desired === undefined) throw new Error('there is a bundle');
  const opa = { ...world().opa, servers: [] };
  // It goes into the archive as the text that it is.
  expect(await passes(() => bundle.put(opa, desired, undefined))).toEqual({ read: 0, written: 0 });
  const listed: Live<BundleSpec>[] = [];
  expect(await passes(async () => listed.push(...(await bundle.list(opa))))).toEqual({ read: 1, written: 2 });
  const [live] = listed;
  if (live === undefined) throw new Error('it is published');
  expect(await passes(() => { expect(diffSpec({ ...desired.spec, active: {} }, live.spec)).toEqual([]); })).toEqual({ read: 0, written: 0 });
  // What stays known for what goes: the old document and the new one.
  expect(await passes(() => bundle.announce?.(opa, desired, live))).toEqual({ read: 2, written: 0 });
});
