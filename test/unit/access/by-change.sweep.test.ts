import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { asFound, byChange, matrixOf, passesIn, questionsOf } from '../../../src/access/index.ts';
import type { AsFound, Cell, Part, PolicyAnswer } from '../../../src/access/index.ts';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import { changesOf } from '../../../src/core/plan.ts';
import type { Change, Spec } from '../../../src/core/resource.ts';
import { addressOf } from '../../../src/core/resource.ts';
import { bundleOf } from '../../../src/providers/opa/bundle.ts';
import { eachByItself } from './each-by-itself.ts';
import { example, planOver } from './in-force.ts';

type World = Pick<AsFound, 'blueprint' | 'policy'> & Partial<Pick<AsFound, 'unasked'>> & { readonly part?: Part };

/**
 * A policy that says yes to three of four questions, whatever they are: another one for another file, route or token. Which example of a path is asked about is all
 * the same to it, and so is a name in the token, which a world has by its routes with owners.
 */
const answersOf = ({ blueprint, policy, unasked, part }: World): ReadonlyMap<string, PolicyAnswer> =>
  new Map(
    questionsOf(blueprint, 1_800_000_000, part).map(({ key, route, input }) => {
      const { token, route: asked } = input as { readonly token?: Readonly<Record<string, unknown>> | null; readonly route?: unknown };
      const { preferred_username: _name, ...rest } = token ?? {};
      const [byte = 0] = createHash('sha256').update(JSON.stringify([policy, route, token && rest, (asked as { readonly id?: unknown } | undefined)?.id])).digest();
      return [key, { allow: unasked?.has(route) === true || byte % 4 !== 0, reasons: [] }];
    }),
  );
const cellsWith = (asks: boolean) => (worlds: readonly World[]): Promise<readonly (readonly Cell[])[]> =>
  Promise.resolve(worlds.map((world) => matrixOf(world.blueprint, asks ? answersOf(world) : undefined, world.part).cells));

/** Another value of a list of names, or of a flag. */
const otherSpec = (spec: Spec, names: readonly string[], seed: number): Spec => {
  const [flags, lists] = [Object.keys(spec).filter((field) => typeof spec[field] === 'boolean'), Object.keys(spec).filter((field) => Array.isArray(spec[field]) && spec[field].every((item) => typeof item === 'string'))];
  const fields = [...flags, ...lists, ...(typeof spec['config'] === 'object' ? ['config'] : []), 'enabled', 'files'];
  const field = fields[seed % fields.length] ?? 'enabled';
  const held = spec[field];
  if (field === 'config') return { config: otherSpec({ deny_all: false, ...(held as Spec) }, names, seed >> 3) };
  if (field === 'files') return typeof spec['files'] === 'object' ? { files: { 'policy.rego': `package a${seed}` } } : { enabled: false };
  if (Array.isArray(held)) return { [field]: seed % 3 === 0 ? [] : seed % 3 === 1 ? held.slice(1) : [...(held as string[]), names[seed % Math.max(names.length, 1)] ?? 'x'] };
  return { [field]: held !== true };
};

const marked = (change: Change): Change => {
  if (change.action !== 'update') return change;
  const because = Object.keys(change.live.spec)
    .filter((field) => JSON.stringify(change.live.spec[field]) !== JSON.stringify(change.desired.spec[field]))
    .flatMap((field) => (field === 'config' ? ['config.scopes'] : [field]).map((path) => ({ path, before: 1, after: 2 })));
  return { ...change, because };
};

const examples = ['sso.yaml', 'aws.yaml', 'hybrid.yaml', 'issuers.yaml', 'cognito.yaml', 'step-up.yaml', 'mixed.yaml', 'opaque.yaml', 'decentralised.yaml', 'session.yaml'];

it.each(examples.flatMap((name) => [[name, false], [name, true]] as const))('what each of many changes does to the cells of %s is what it does by itself, a policy asked: %s', async (name, asks) => {
  const blueprint: Blueprint = await example(name);
  const objects = changesOf(planOver(blueprint)).flatMap((change) => ('desired' in change ? [change.desired] : []));
  const names = [...Object.keys(blueprint.realm.roles), ...Object.keys(blueprint.realm.scopes)];
  const cellsOf = cellsWith(asks);
  let told = 0;
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.tuple(fc.nat(objects.length - 1), fc.nat(10_000)), { selector: ([index]) => index, minLength: 1, maxLength: 14 }), async (picks) => {
      const changed = Object.fromEntries(picks.flatMap(([index, seed]) => {
        const object = objects[index];
        return object ? [[addressOf(object), seed % 4 === 0 ? null : otherSpec(object.spec, names, seed)] as const] : [];
      }));
      const given = planOver(blueprint, changed);
      const plan = { ...given, waves: given.waves.map((wave) => wave.map(marked)) };
      const [all = []] = await cellsOf([{ blueprint, policy: bundleOf(blueprint).files }]);
      for (const gateway of ['kong', 'aws'] as const) {
        const wanted = all.filter((cell) => cell.gateway === gateway);
        const [found = []] = await cellsOf([asFound(blueprint, plan, gateway)]);
        const passes = passesIn(found);
        const odd = wanted.filter((cell) => cell.passes !== passes(cell));
        if (odd.length === 0) continue;
        const by = await byChange(blueprint, plan, { gateway, odd, cellsOf });
        told += by.filter(({ opens, refuses }) => opens.length + refuses.length > 0).length;
        expect(by).toEqual(await eachByItself(blueprint, plan, { gateway, wanted, found, cellsOf }));
      }
    }),
    { numRuns: 40 },
  );
  expect(told).toBeGreaterThan(0);
}, 120_000);
