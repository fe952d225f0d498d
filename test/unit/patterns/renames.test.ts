import { expect, it } from 'vitest';
import { loadBlueprint } from '../../../src/blueprint/index.ts';
import { renamedTo } from '../../../src/core/renames.ts';
import { addressOf } from '../../../src/core/resource.ts';
import { expand } from '../../../src/patterns/index.ts';
import { env, inDirectory, sso } from '../blueprint/loading.ts';

const asked = (text: string) => inDirectory({ 'shop.yaml': text }, async (directory) => expand(await loadBlueprint(`${directory}/shop.yaml`, { env })));
const EDITS: readonly (readonly [from: RegExp, to: string])[] = [
  [/^ {2}invoices:$/gm, '  bills:\n    renamedFrom: invoices'],
  [/^( +)list: \{ (match: GET \/invoices)/gm, '$1index: { renamedFrom: list, $2'],
  [/\binvoices: \[list/g, 'bills: [index'],
  [/\binvoices: \[health/g, 'bills: [health'],
  [/^ {4}reports:$/gm, '    nightly:\n      renamedFrom: reports'],
  [/^ {2}reports:/gm, '  nightly:'],
  // A route alone, of a service that has its name still.
  [/cancel: \{ match/g, 'revoke: { renamedFrom: cancel, match'],
  [/place, cancel\]/g, 'place, revoke]'],
];

it('leads each object that has a former name to one that is new, and no other', async () => {
  const text = await sso();
  const before = await asked(text);
  const after = await asked(EDITS.reduce((held, [from, to]) => {
    expect(held).toMatch(from);
    return held.replaceAll(from, to);
  }, text));
  const renames = after.renames ?? [];
  const [was, is] = [before, after].map(({ desired }) => new Set(desired.map(addressOf))) as [Set<string>, Set<string>];
  const gone = before.desired.filter((object) => !is.has(addressOf(object)));
  expect(new Set(gone.map(({ kind }) => kind))).toEqual(new Set(['keycloak.client', 'kong.service', 'kong.plugin', 'kong.route', 'aws.authorizer', 'aws.integration']));
  expect(gone.map((object) => renamedTo(renames, object)).filter((to) => to === undefined || !is.has(to) || was.has(to))).toEqual([]);
  expect(after.desired.filter((object) => renamedTo(renames, object) !== undefined)).toEqual([]);
  expect(before.desired.filter((object) => is.has(addressOf(object)) && renamedTo(renames, object) !== undefined)).toEqual([]);
  // What only begins with the name is another one.
  expect(['shop.invoices-old', 'shop.bills', 'other.invoices'].map((id) => renamedTo(renames, { kind: 'kong.service', id }))).toEqual([undefined, undefined, undefined]);
  expect(renamedTo(renames, { kind: 'kong.service', id: 'shop.invoices.public' })).toBe('kong.service/shop.bills.public');
});
