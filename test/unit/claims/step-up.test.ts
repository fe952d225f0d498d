import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LuaFactory } from 'wasmoon';
import type { LuaEngine } from 'wasmoon';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readObject } from '../../../src/service/json.ts';
import { weakAuthentication } from '../../../src/service/refusal.ts';
import { lackingOf, signInOf } from '../../../src/service/token/step-up.ts';
import type { SignInDemand } from '../../../src/service/token/step-up.ts';

interface Vectors {
  readonly now: number;
  readonly leeway: number;
  readonly cases: readonly { readonly name: string; readonly lacking: 'acr' | 'auth_time' | null; readonly demand: SignInDemand; readonly claims: object }[];
}
const root = join(import.meta.dirname, '../../..');
const { now, leeway, cases } = JSON.parse(readFileSync(join(root, 'test/data/step-up/vectors.json'), 'utf8')) as Vectors;

/** What the client is told. */
const challenges = {
  acr: 'Bearer error="insufficient_user_authentication", error_description="A stronger sign-in is needed"',
  auth_time: 'Bearer error="insufficient_user_authentication", error_description="A more recent sign-in is needed"',
};
const challengeOf = ({ acr = [], maxAge }: SignInDemand, lacking: 'acr' | 'auth_time'): string =>
  `${challenges[lacking]}${acr.length > 0 ? `, acr_values="${acr.join(' ')}"` : ''}${maxAge === undefined ? '' : `, max_age="${maxAge}"`}`;

let lua: LuaEngine;
beforeAll(async () => {
  lua = await new LuaFactory().createEngine();
  const names = ['token-guard.json', 'token-guard.lists', 'token-guard.claims', 'token-guard.refusal', 'scope-guard.step_up'];
  for (const name of names)
    lua.global.set(name.replace(/\W/g, '_'), readFileSync(join(root, `infra/kong/plugins/authctl-${name.replace('.', '/')}.lua`), 'utf8'));
  await lua.doString(`
    ngx = { null = setmetatable({}, { __tostring = function() return "null" end }) }
    for name in string.gmatch("${names.join(' ')}", "%S+") do
      package.loaded["kong.plugins.authctl-" .. name] = assert(load(_ENV[string.gsub(name, "%W", "_")], "=" .. name))()
    end
    local json = require "kong.plugins.authctl-token-guard.json"
    local refusal = require "kong.plugins.authctl-token-guard.refusal"
    local step_up = require "kong.plugins.authctl-scope-guard.step_up"
    function judge(demand_text, payload, leeway, now)
      local demand = json.decode(demand_text)
      local conf = { acr = demand.acr or {}, max_age = demand.maxAge, leeway = leeway }
      local lacking = step_up.lacking(conf, assert(json.decode(payload)), now)
      return lacking and lacking .. " " .. refusal.weak_authentication(conf, lacking).headers["WWW-Authenticate"] or "passes"
    end
  `);
});
afterAll(() => { lua.global.close(); });

describe.each(cases)('$name', ({ lacking, demand, claims }) => {
  const payload = JSON.stringify(claims);
  const expected = lacking === null ? 'passes' : `${lacking} ${challengeOf(demand, lacking)}`;
  it('is judged so by the middleware', () => {
    const read = readObject(Buffer.from(payload), 16);
    if (typeof read === 'string') throw new Error(read);
    const found = lackingOf(demand, signInOf(read.object, leeway, now));
    expect(found ? `${found} ${weakAuthentication(demand, found).challenge ?? ''}` : 'passes').toBe(expected);
  });
  it('is judged so by the scope guard', () => {
    const judge = lua.global.get('judge') as (...args: readonly unknown[]) => string;
    expect(judge(JSON.stringify(demand), payload, leeway, now)).toBe(expected);
  });
});

it.each(['', 'one', 'time', 'one-time'])('a text in place of a list of levels lets nobody pass by a part of it: %j', (acr) => {
  // As plain JavaScript may write it; a blueprint takes both.
  expect(() => lackingOf({ acr: 'one-time' as unknown as readonly string[] }, { acr, age: 0 })).toThrow(TypeError);
});
