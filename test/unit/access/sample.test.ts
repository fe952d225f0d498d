import { expect, it } from 'vitest';
import { sampleOf } from '../../../src/access/index.ts';

const nothing = { path: {}, query: {}, headers: {} };

it('is nothing where neither service nor route states one', () => {
  expect(sampleOf({}, {})).toEqual({ path: {}, query: undefined, headers: [], body: undefined });
});

it('puts what the route says before what its service says', () => {
  const service = { sample: { path: { id: '1', shop: '2' }, query: { page: '1', sort: 'up & down' }, headers: { 'X-Tenant': 'a', 'Accept': 'text/csv' } } };
  const route = { sample: { path: { id: '1001' }, query: { page: '2' }, headers: { 'x-tenant': 'b' }, body: [{ item: 'tea' }] } };
  expect(sampleOf(service, route)).toEqual({
    path: { id: '1001', shop: '2' },
    query: 'page=2&sort=up%20%26%20down',
    headers: [['x-tenant', 'b'], ['Accept', 'text/csv']],
    body: '[{"item":"tea"}]',
  });
});

it('has an empty body only where that is stated', () => {
  expect([sampleOf({}, { sample: nothing }).body, sampleOf({}, { sample: { ...nothing, body: {} } }).body]).toEqual([undefined, '{}']);
});
