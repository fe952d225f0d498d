import { describe, expect, it } from 'vitest';
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

describe('a former name is that of nothing else', () => {
  const renamesIn = async (...edits: readonly Edit[]) => (await asked(edits.reduce((held, [from, to]) => held.replace(from, to), await sso()))).renames ?? [];
  type Edit = readonly [from: string, to: string];
  const CLIENT = (was: string): Edit => ['    storefront:\n      type', `    storefront:\n      renamedFrom: ${was}\n      type`];
  const INVOICES: Edit = ['  invoices:\n    upstream', '  invoices:\n    renamedFrom: bills\n    upstream'];

  it('of no client whose name begins with it, for names may hold dots', async () => {
    const renames = await renamesIn(CLIENT('web'));
    expect(['shop/web', 'shop/web.admin', 'shop/web-admin'].map((id) => renamedTo(renames, { kind: 'keycloak.client', id }))).toEqual(['keycloak.client/shop/storefront', undefined, undefined]);
    expect(['shop/web/reader', 'shop/web.admin/reader'].map((id) => renamedTo(renames, { kind: 'keycloak.client-role', id }))).toEqual(['keycloak.client-role/shop/storefront/reader', undefined]);
  });

  it('of what tokens and accounts of that client have, and of no others', async () => {
    const grants = ['shop/client/client', 'shop/account/client', 'shop/client/reports', 'shop/account/reports', 'shop/scope/client'];
    const renames = await renamesIn(CLIENT('client'));
    expect(grants.map((id) => renamedTo(renames, { kind: 'keycloak.grant', id }))).toEqual(['keycloak.grant/shop/client/storefront', 'keycloak.grant/shop/account/storefront', undefined, undefined, undefined]);
  });

  it('of no entity that the blueprint states by itself', async () => {
    const renames = await renamesIn(INVOICES);
    expect(['kong.service', 'kong.upstream', 'kong.consumer'].map((kind) => renamedTo(renames, { kind, id: 'shop.bills' }))).toEqual(['kong.service/shop.invoices', undefined, undefined]);
  });

  it('of every match of a route, which are routes of their own', async () => {
    const several = (name: string): Edit => ['list: { match: GET /invoices', `${name}match: [GET /invoices, GET /bills]`];
    const before = await asked((await sso()).replace(...several('list: { ')));
    const renamed = (await sso()).replace(...several('index: { renamedFrom: list, ')).replaceAll('invoices: [list', 'invoices: [index');
    const after = await asked(renamed);
    const is = new Set(after.desired.map(addressOf));
    const gone = before.desired.filter((object) => !is.has(addressOf(object)));
    expect(gone.map(addressOf)).toContain('kong.route/shop.invoices.list~2');
    expect(gone.map((object) => [addressOf(object), is.has(renamedTo(after.renames ?? [], object) ?? '')]).filter(([, there]) => there !== true)).toEqual([]);
  });

  it('of a route below both names of its service, which may have been renamed long before', async () => {
    const renames = await renamesIn(INVOICES, ['list: { match: GET /invoices', 'list: { renamedFrom: all, match: GET /invoices']);
    expect(['shop.bills.all', 'shop.invoices.all', 'shop.invoices.all.opa'].map((id) => renamedTo(renames, { kind: 'kong.route', id }))).toEqual(['kong.route/shop.invoices.list', 'kong.route/shop.invoices.list', 'kong.route/shop.invoices.list.opa']);
  });
});
