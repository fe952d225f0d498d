import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { keycloakProblems } from '../../../../src/providers/keycloak/problems.ts';

const ROOM = new URL('../../../../src/providers/keycloak/', import.meta.url);
const thrown = new Set(
  readdirSync(ROOM, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && path !== 'problems.ts')
    .flatMap((path) => [...readFileSync(new URL(path, ROOM), 'utf8').matchAll(/'(KEYCLOAK_[A-Z_]+)'/g)].map(([, code]) => code)),
);

describe('the problems of Keycloak', () => {
  it('are those that its sources name, each once', () => expect(Object.keys(keycloakProblems).toSorted()).toEqual([...thrown].toSorted()));
  it.each(Object.entries(keycloakProblems))('say what they mean, and what to do: %s', (_code, { meaning, next }) => expect([meaning, next]).toEqual([expect.stringMatching(/^[A-Z].+\.$/), expect.stringMatching(/^.+\.$/)]));
});
