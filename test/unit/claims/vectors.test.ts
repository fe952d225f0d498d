import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LuaFactory } from 'wasmoon';
import type { LuaEngine } from 'wasmoon';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readObject } from '../../../src/service/json.ts';
import { judgeClaims } from '../../../src/service/token/claims.ts';
import type { ClaimRules } from '../../../src/service/token/claims.ts';

interface Vectors {
  readonly now: number;
  readonly rules: ClaimRules;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly cases: readonly { readonly name: string; readonly reason: string | null; readonly claims: object; readonly rules: Partial<ClaimRules>; readonly headerType: string }[];
}
const root = join(import.meta.dirname, '../../..');
const { now, rules, claims, cases } = JSON.parse(readFileSync(join(root, 'test/data/claims/vectors.json'), 'utf8')) as Vectors;

/** The payload as its text, since both readers begin there. */
const payloadOf = (changes: object): string =>
  JSON.stringify(Object.fromEntries(Object.entries({ ...claims, ...changes }).filter(([, value]) => value !== '<absent>')));
/** A rule that is null is not set. */
const rulesOf = (changes: object): ClaimRules => Object.fromEntries(Object.entries({ ...rules, ...changes }).filter(([, value]) => value !== null)) as unknown as ClaimRules;

let lua: LuaEngine;
beforeAll(async () => {
  lua = await new LuaFactory().createEngine();
  const source = (name: string): string => readFileSync(join(root, `infra/kong/plugins/authctl-token-guard/${name}.lua`), 'utf8');
  lua.global.set('json_source', source('json'));
  lua.global.set('lists_source', source('lists'));
  lua.global.set('claims_source', source('claims'));
  await lua.doString(`
    ngx = { null = setmetatable({}, { __tostring = function() return "null" end }) }
    local function module(text) return assert(load(text, "=module"))() end
    local json = module(json_source)
    package.loaded["kong.plugins.authctl-token-guard.json"] = json
    package.loaded["kong.plugins.authctl-token-guard.lists"] = module(lists_source)
    local claims = module(claims_source)
    local names = { issuer = "issuer", audience = "audience", tokenTypes = "token_types", tokenTypeClaim = "token_type_claim", leeway = "leeway", maxLifetime = "max_lifetime", maxAge = "max_age", clients = "clients" }
    function judge(rules_text, payload, header_type, now)
      local conf = {}
      for name, value in pairs(json.decode(rules_text)) do conf[names[name]] = value end
      return claims.judge(conf, assert(json.decode(payload)), header_type, now) or "accepted"
    end
  `);
});
afterAll(() => { lua.global.close(); });

describe.each(cases)('$name', ({ reason, claims: changed, rules: changedRules, headerType }) => {
  const payload = payloadOf(changed);
  const applied = rulesOf(changedRules);
  it('is judged so by the middleware', () => {
    const read = readObject(Buffer.from(payload), 16);
    expect(typeof read === 'string' ? read : (judgeClaims(applied, read.object, headerType, now) ?? null)).toBe(reason);
  });
  it('is judged so by the guard', () => {
    const judge = lua.global.get('judge') as (...args: readonly unknown[]) => string;
    expect(judge(JSON.stringify(applied), payload, headerType, now)).toBe(reason ?? 'accepted');
  });
});
