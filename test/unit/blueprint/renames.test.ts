import { expect, it } from 'vitest';
import { complaints, sso } from './loading.ts';

type Edit = readonly [string, string];
const told = async (...edits: readonly Edit[]) => (await complaints(await sso(...edits))).map(({ code, marked }) => [code, marked]);
const INVOICES: Edit = ['  invoices:\n    upstream', '  invoices:\n    renamedFrom: bills\n    upstream'];
const ROUTE: Edit = ['read: { match: "GET /orders/{id}"', 'read: { renamedFrom: show, match: "GET /orders/{id}"'];
const CLIENT: Edit = ['    storefront:\n      type', '    storefront:\n      renamedFrom: website\n      type'];

it('takes a name that nothing has any more, of a service, a route and a client', async () => {
  expect(await told(INVOICES, ROUTE, CLIENT)).toEqual([]);
});

it.each<readonly [string, readonly Edit[], string]>([
  ['a service that is still there', [[INVOICES[0], INVOICES[1].replace('bills', 'orders')]], 'orders'],
  ['itself', [[INVOICES[0], INVOICES[1].replace('bills', 'invoices')]], 'invoices'],
  ['a route that is still there', [[ROUTE[0], ROUTE[1].replace('show', 'list')]], 'list'],
  ['a client that is still there', [[CLIENT[0], CLIENT[1].replace('website', 'reports')]], 'reports'],
  ['what another route has come of', [ROUTE, ['place: { match', 'place: { renamedFrom: show, match']], 'show'],
  ['a former service, without the audience that its tokens have', [['    audience: invoices\n', '    renamedFrom: bills\n']], 'bills'],
])('refuses at its line %s', async (_what, edits, marked) => {
  expect(await told(...edits)).toEqual([['BLUEPRINT_RENAMED', marked]]);
});

it('refuses what can be no name there', async () => {
  expect(await told([INVOICES[0], INVOICES[1].replace('bills', 'shop.bills')])).toEqual([['BLUEPRINT_WRONG_VALUE', 'shop.bills']]);
});
