import { expect, it } from 'vitest';
import { opaConfig } from '../../../../src/stack/opa/config.ts';

const needs = { name: 'shop', keycloak: true, opa: true, kong: true, aws: false, services: [] };
const server = { url: 'http://127.0.0.1:4000', token: 'read' };

it('reads one bundle with a token and reports its state, and logs no decision', () => {
  expect(opaConfig(needs, server)).toEqual({
    services: { bundles: { url: 'http://127.0.0.1:4000', response_header_timeout_seconds: 5, credentials: { bearer: { token: 'read' } } } },
    bundles: { shop: { service: 'bundles', resource: '/bundles/shop.tar.gz', polling: { min_delay_seconds: 1, max_delay_seconds: 2 } } },
    status: { prometheus: true },
  });
});

it('asks for a signature when the blueprint has a key', () => {
  const bundleKey = { id: 'shop-1', algorithm: 'ES256', publicKey: '-----BEGIN PUBLIC KEY-----' };
  expect(opaConfig({ ...needs, bundleKey }, server)).toMatchObject({
    bundles: { shop: { signing: { keyid: 'shop-1' } } },
    keys: { 'shop-1': { algorithm: 'ES256', key: '-----BEGIN PUBLIC KEY-----' } },
  });
});
