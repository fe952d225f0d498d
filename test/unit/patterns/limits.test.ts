import { describe, expect, it } from 'vitest';
import { expand } from '../../../src/patterns/index.ts';
import { aws } from '../../../src/providers/aws/specs/index.ts';
import { kong } from '../../../src/providers/kong/specs/index.ts';
import { complaints, load, sso } from '../blueprint/loading.ts';

/** The orders of the shop at Kong alone, with more said of the service, and of the route that reads one. */
const orders = async (service: string, route = '') => {
  const text = await sso(['    recorder: "${ORDERS_RECORDER_URL:-}"', `    recorder: "\${ORDERS_RECORDER_URL:-}"\n    ${service}`], ['match: "GET /orders/{id}",', `match: "GET /orders/{id}",${route === '' ? '' : ` ${route},`}`]);
  return text.replaceAll('gateways: [kong, aws]', 'gateways: [kong]');
};
const objects = async (service: string, route?: string) => expand(await load(await orders(service, route))).desired;
const pluginsOf = async (suffix: string, service: string, route?: string) =>
  Object.fromEntries((await objects(service, route)).filter(kong.plugin.is).filter(({ id }) => id.endsWith(suffix)).map(({ id, spec }) => [id, [spec.name, spec.route?.name ?? spec.service?.name, spec.config]]));

describe('limits', () => {
  it('of a service stand on it, before its protected routes and its public ones, and of a route on the route', async () => {
    const unset = { month: null, year: null, policy: 'local', hide_client_headers: false };
    expect(await pluginsOf('.rate', 'rateLimit: { second: 20, minute: 600 }', 'rateLimit: { hour: 50, by: service }')).toEqual({
      'shop.orders.rate': ['rate-limiting', 'shop.orders', { second: 20, minute: 600, hour: null, day: null, limit_by: 'ip', ...unset }],
      'shop.orders.public.rate': ['rate-limiting', 'shop.orders.public', { second: 20, minute: 600, hour: null, day: null, limit_by: 'ip', ...unset }],
      'shop.orders.read.rate': ['rate-limiting', 'shop.orders.read', { second: null, minute: null, hour: 50, day: null, limit_by: 'service', ...unset }],
    });
  });

  it('of bodies are told to Kong in its own units', async () => {
    expect(await pluginsOf('.size', 'maxBody: 512kB', 'maxBody: 8MB')).toMatchObject({
      'shop.orders.size': ['request-size-limiting', 'shop.orders', { allowed_payload_size: 512, size_unit: 'kilobytes', require_content_length: false }],
      'shop.orders.read.size': ['request-size-limiting', 'shop.orders.read', { allowed_payload_size: 8, size_unit: 'megabytes' }],
    });
  });

  it('are no plugin where nobody states one', async () => {
    expect([await pluginsOf('.rate', 'retries: 1'), await pluginsOf('.size', 'retries: 1')]).toEqual([{}, {}]);
  });

  it.each([
    ['rateLimit: { by: ip }', 'BLUEPRINT_MISSING_KEY', 'rateLimit'],
    ['rateLimit: { second: 100, minute: 60 }', 'BLUEPRINT_WRONG_VALUE', '60'],
    ['rateLimit: { minute: 0 }', 'BLUEPRINT_WRONG_VALUE', '0'],
    ['maxBody: 8', 'BLUEPRINT_WRONG_TYPE', '8'],
    ['maxBody: 8 MB', 'BLUEPRINT_WRONG_VALUE', '8 MB'],
  ])('that Kong would refuse are told at their place: %s', async (stated, code, marked) => {
    expect((await complaints(await orders(stated))).map((one) => [one.code, one.marked])).toEqual([[code, marked]]);
  });
});

it('a route says for itself, or by its service, what Kong holds back', async () => {
  const routes = (await objects('responseBuffering: false', 'requestBuffering: false, responseBuffering: true')).filter(kong.route.is);
  const of = (name: string) => routes.filter(({ id }) => id === `shop.${name}`).map(({ spec }) => [spec.request_buffering, spec.response_buffering]);
  expect([of('orders.list'), of('orders.read'), of('invoices.list')]).toEqual([[[undefined, false]], [[false, true]], [[undefined, undefined]]]);
});

describe('what pages of other origins may do', () => {
  it('is told by the preflight of their service alone', async () => {
    expect(await pluginsOf('.cors', 'cors: { headers: [X-Tenant, authorization], exposed: [X-Total], maxAge: 1h }')).toMatchObject({
      'shop.orders.cors': ['cors', 'shop.orders', { headers: ['Authorization', 'Content-Type', 'X-Requested-With', 'X-Tenant'], exposed_headers: ['X-Total'], max_age: 3600, preflight_continue: false }],
      'shop.invoices.cors': ['cors', 'shop.invoices', { headers: ['Authorization', 'Content-Type', 'X-Requested-With'], exposed_headers: null, max_age: 600 }],
    });
  });

  it('is one answer of an HTTP API: all headers, and the shortest time', async () => {
    const text = await sso(['    recorder: "${ORDERS_RECORDER_URL:-}"', '    recorder: "${ORDERS_RECORDER_URL:-}"\n    cors: { headers: [X-Tenant], exposed: [X-Total], maxAge: 1m }']);
    expect(expand(await load(text)).desired.filter(aws.api.is).map(({ spec }) => spec.CorsConfiguration)).toMatchObject([
      { AllowHeaders: ['authorization', 'content-type', 'x-tenant'], ExposeHeaders: ['x-total'], MaxAge: 60 },
    ]);
  });

  it('is nothing where no page may ask', async () => {
    const text = (await orders('cors: { headers: [X-Tenant] }')).replace('  client: storefront\n', '  client: storefront\n  origins: []\n');
    expect((await complaints(text)).map(({ code, marked }) => [code, marked])).toContainEqual(['BLUEPRINT_ROUTE_CONDITION', 'cors']);
  });
});

it.each(['rateLimit: { minute: 5 }', 'maxBody: 1MB', 'requestBuffering: false', 'responseBuffering: true'])('an HTTP API has no %s', async (stated) => {
  const text = await sso(['match: "GET /orders/{id}",', `match: "GET /orders/{id}", ${stated},`]);
  expect((await complaints(text)).map(({ code }) => code)).toEqual(['BLUEPRINT_AWS_ROUTE']);
});
