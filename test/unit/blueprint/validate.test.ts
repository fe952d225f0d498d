import { describe, expect, it } from 'vitest';
import { findingsOn } from '../../../src/blueprint/findings.ts';
import type { Entry, MapNode } from '../../../src/blueprint/tree.ts';
import { validate } from '../../../src/blueprint/validate.ts';
import { complaints, env, load, problemsIn, sso } from './loading.ts';

describe('what differs from the declaration', () => {
  it('tells a name that cannot be one, once, at the name', async () => {
    const told = await complaints(await sso(['\n  roles:\n', '\n  roles:\n    Sup+port: {}\n']));
    expect(told.map(({ code, marked }) => [code, marked])).toEqual([['BLUEPRINT_BAD_NAME', 'Sup+port']]);
  });

  it.each([
    ['as a text', 'match: "GET ~/orders/(?<id>\\\\d+)$"'],
    ['in a list', 'match: [GET /orders, "GET ~/orders/(?<id>\\\\d+)$"]'],
    ['without a method', 'match: "~/orders/(?<id>\\\\d+)$"'],
  ])("refuses a regular expression of Kong's as a path, %s, with what to use", async (_how, match) => {
    const text = await sso(['match: GET /orders,', `${match},`]);
    const told = await problemsIn(() => load(text, { env }));
    expect(told).toMatchObject([{ code: 'BLUEPRINT_WRONG_VALUE', hint: expect.stringMatching(/GET \/orders\/\{id\}.*raw\.kong\.entities\.routes/) }]);
  });

  it('tells a list that says the same twice, at the first of the two', async () => {
    const told = await complaints(await sso(['roles: [order-writer] }', 'roles: [order-writer, "order-writer"] }']));
    expect(told.map(({ code, marked }) => [code, marked])).toEqual([['BLUEPRINT_WRONG_VALUE', 'order-writer']]);
  });

  it('reads a mapping as often for a hundred keys that it does not know as for two', () => {
    const readings = (wrong: number): number => {
      let read = 0;
      class Counted extends Map<string, Entry> {
        override [Symbol.iterator]() {
          read += 1;
          return super[Symbol.iterator]();
        }
      }
      const at = { file: 'shop.yaml', line: 1, column: 1 };
      const root: MapNode = { kind: 'map', at, entries: new Counted(Array.from({ length: wrong }, (_, nth) => [`key${nth}`, { key: at, node: { kind: 'scalar', value: 'x', at } }])) };
      const findings = findingsOn(root);
      const before = read;
      validate(root, findings);
      expect(findings.problems.filter(({ code }) => code === 'BLUEPRINT_UNKNOWN_KEY')).toHaveLength(wrong);
      return read - before;
    };
    expect(readings(100)).toBe(readings(2));
  });

  it('says of an environment what was expected, as of the blueprint', async () => {
    const text = await sso();
    const stated = (lines: string): Promise<readonly (string | undefined)[]> =>
      problemsIn(() => load(`${text}\n${lines}`, { env })).then((problems) => problems.map(({ expected }) => expected));
    expect(await stated('environments: { live: { realm: { sessions: { idle: soon } } } }')).toEqual(['a duration: a number and s, m, h or d, such as 5m']);
    expect(await stated('environments: { live: { realm: { sslRequired: never } } }')).toEqual(['one of all, external, none']);
    expect(await stated('environments: { live: { realm: { sslRequired: null, tokens: { algorithm: "${ALGORITHM}" } } } }')).toEqual([]);
  });
});
