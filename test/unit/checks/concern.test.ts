import { describe, expect, it } from 'vitest';
import { loadBlueprint } from '../../../src/blueprint/index.ts';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import { checks } from '../../../src/checks/catalogue.ts';
import { concernOf } from '../../../src/checks/concern.ts';
import type { Subject } from '../../../src/checks/contract.ts';
import { addressOf } from '../../../src/core/resource.ts';
import { expand } from '../../../src/patterns/index.ts';

const load = (name: string, env: Readonly<Record<string, string>> = {}): Promise<Blueprint> => loadBlueprint(`blueprints/${name}.yaml`, { env: { AWS_ENDPOINT: 'http://127.0.0.1:9', ...env }, placeholders: true });

/** Whoever issues tokens is called as its realm, and more than that: how a gateway asks it. */
const nameOf = (subject: Subject): string => (subject.name === 'keycloak shop' && !('of' in subject) ? 'the issuer' : subject.name);

/** What is checked after these were written, and what is not, by the names of subjects. */
const after = (blueprint: Blueprint, ...touched: readonly string[]): { readonly checked: readonly string[]; readonly left: readonly string[] } => {
  const concern = concernOf(blueprint, expand(blueprint).desired, touched);
  const subjects = checks.flatMap((check) => check.subjects(blueprint));
  const names = (wanted: boolean): readonly string[] => [...new Set(subjects.filter((subject) => concern(subject) === wanted).map(nameOf))].toSorted();
  return { checked: names(true), left: names(false) };
};
const everywhere = (blueprint: Blueprint): readonly string[] => [...new Set(checks.flatMap((check) => check.subjects(blueprint)).map(nameOf))].toSorted();

describe('what is checked again', async () => {
  const shop = await load('sso');
  const all = everywhere(shop);

  it('has every object of a blueprint concern something, and no name stands on both sides', () => {
    for (const { kind, id } of expand(shop).desired) {
      const { checked, left } = after(shop, addressOf({ kind, id }));
      expect([kind, id, checked.length > 2, checked.filter((name) => left.includes(name)), [...checked, ...left].toSorted()]).toEqual([kind, id, true, [], all]);
    }
  });

  it.each(['kong.plugin/shop.orders.guard', 'kong.plugin/shop.orders.list.scope', 'kong.service/shop.orders', 'kong.plugin/shop.orders.public.guard'])('is a service behind Kong after %s: what guards one of its routes, or where they lead', (address) => {
    const { checked, left } = after(shop, address);
    expect(checked).toEqual([...all.filter((name) => /^kong orders\./.test(name)), 'kong /session', 'kong credentials', 'kong live routes', 'kong routes', 'kong service shop.invoices', 'kong service shop.orders', 'the issuer', 'the whole run'].toSorted());
    expect(left).toEqual(expect.arrayContaining(['aws orders.list', 'kong invoices.list', 'keycloak client storefront', 'opa shop/authz']));
  });

  it.each(['aws.integration/shop/orders.list', 'aws.authorizer/shop/orders'])('is a service behind API Gateway after %s', (address) => {
    const { checked, left } = after(shop, address);
    expect(checked).toEqual([...all.filter((name) => /^aws orders\./.test(name)), 'aws live configuration', 'the issuer', 'the whole run'].toSorted());
    expect(left).toEqual(expect.arrayContaining(['kong orders.list', 'aws invoices.list']));
  });

  it.each([
    ['kong', 'kong.route/shop.orders.list'], ['kong', 'kong.consumer/shop.issuer'], ['kong', 'kong.jwt_secret/shop.issuer/a-key'], ['kong', 'kong.jwt_secret/shop.issuer/<one per key>'], ['kong', 'kong.plugin/shop.orders.gone'],
    ['kong', 'kong.plugin/everywhere'], ['aws', 'aws.route/shop/GET /orders'], ['aws', 'aws.api/shop'], ['aws', 'aws.integration/shop/orders.gone'],
  ])('is all of %s after %s: it may be about any request there, or the blueprint does not say what it is about', (gateway, address) => {
    const { checked, left } = after(shop, address);
    expect(checked.filter((name) => name.startsWith(`${gateway} `))).toEqual(all.filter((name) => name.startsWith(`${gateway} `)));
    expect(left.filter((name) => name.startsWith(`${gateway} `))).toEqual([]);
    expect(left).toEqual(expect.arrayContaining([gateway === 'kong' ? 'aws orders.list' : 'kong orders.list', 'keycloak client storefront']));
  });

  it('is everybody who may ask the policy after the bundle, and not the issuer', () => {
    expect(after(shop, 'opa.bundle/shop').left).toEqual(['keycloak client reports', 'keycloak client storefront', 'keycloak shop']);
  });

  it.each(['keycloak.realm/shop', 'keycloak.client/shop/storefront', 'keycloak.user/shop/alice', 'keycloak.client-scope/shop/gone', 'other.thing/x'])('is everything after %s', (address) => {
    expect(after(shop, address, 'kong.service/shop.orders')).toEqual({ checked: all, left: [] });
  });

  it('is what any of several concerns, and nothing after none', () => {
    expect(after(shop, 'kong.service/shop.orders', 'aws.authorizer/shop/orders').checked).toEqual(expect.arrayContaining(['kong orders.list', 'aws orders.list']));
    expect(after(shop).checked).toEqual([]);
  });

  it('is a gateway that asks another one, too', async () => {
    const behind = await load('sso', { KONG_PROXY_URL: 'http://127.0.0.1:8000', ORDERS_URL: 'http://127.0.0.1:8000/inner' });
    expect(after(behind, 'kong.service/shop.invoices').checked).toContain('aws orders.list');
    expect(after(behind, 'kong.service/shop.invoices').checked).not.toContain('aws invoices.list');
    // It asks itself: routes of orders lead to those of invoices.
    expect(after(behind, 'kong.plugin/shop.invoices.guard').checked).toContain('kong orders.list');
    const { targets, ...own } = await load('sso', { ORDERS_URL: 'https://API.shop.example/inner' });
    const mapped = { ...own, targets: { ...targets, aws: { ...targets.aws, domains: [{ name: 'api.shop.example' }] } } } as Blueprint;
    expect(after(mapped, 'aws.authorizer/shop/invoices').checked).toContain('kong orders.list');
    expect(after(await load('sso', { ORDERS_URL: 'https://a1b2.execute-api.eu-central-1.amazonaws.com' }), 'aws.authorizer/shop/invoices').checked).toContain('kong orders.list');
  });
});
