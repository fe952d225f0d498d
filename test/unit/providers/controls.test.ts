import { expect, it } from 'vitest';
import { controlsOf, partOf } from '../../../src/providers/controls.ts';

const targets = (keycloak: object) =>
  controlsOf({ kong: { admin: { url: 'http://kong:8001' } }, opa: { servers: ['http://opa-1:8181', 'http://opa-2:8181'] }, keycloak } as never).map(({ url, what }) => `${what} ${url}`);

it('whatever manages or decides is behind the gateways, by each address that it has', () => {
  const others = ["Kong's Admin API http://kong:8001", 'the API of OPA http://opa-1:8181', 'the API of OPA http://opa-2:8181'];
  expect(targets({ url: 'https://id.example' })).toEqual([...others, 'Keycloak https://id.example']);
  expect(targets({ url: 'https://id.example', admin: 'https://rule.example', backchannel: 'http://keycloak:8080' })).toEqual([...others, 'Keycloak https://id.example', 'Keycloak https://rule.example', 'Keycloak http://keycloak:8080']);
  expect(controlsOf({})).toEqual([]);
});

it('a part of it is found by the path below its address', () => {
  const [keycloak] = controlsOf({ keycloak: { url: 'https://id.example/auth' } } as never);
  const asked: string[] = [];
  if (keycloak) expect(partOf(keycloak, (below) => asked.push(below) === 2)).toMatchObject({ effect: 'weakens' });
  expect(asked).toEqual(['/auth/admin', '/auth/realms']);
});

it('one that guards nothing itself is open as a whole; of Keycloak what is no part of it is none', () => {
  const [kong] = controlsOf({ kong: { admin: { url: 'http://kong:8001' } } } as never);
  const [keycloak] = controlsOf({ keycloak: { url: 'https://id.example/' } } as never);
  const asked: string[] = [];
  if (kong) expect(partOf(kong, () => false)).toEqual({ what: "Kong's Admin API", effect: 'opens' });
  if (keycloak) {
    expect(partOf(keycloak, (below) => asked.push(below) > 2)).toBeUndefined();
    expect(partOf(keycloak, () => true)).toEqual({ below: '/admin', what: "Keycloak's administration", effect: 'opens' });
  }
  expect([kong, keycloak].filter((one) => one !== undefined)).toHaveLength(2);
  expect(asked).toEqual(['/admin', '/realms']);
});
