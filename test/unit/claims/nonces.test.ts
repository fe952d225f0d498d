import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LuaFactory } from 'wasmoon';
import type { LuaEngine } from 'wasmoon';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judgeNonce, nonceOf } from '../../../src/service/token/nonce.ts';

const SECRET = 'a secret of enough characters';
const LEEWAY = 5;

let lua: LuaEngine;
/** What the guard says: whether the nonce is good, which one is next, and why none can be made. */
let judge: (secret: string, lifetime: number, shown: string, now: number) => readonly [good: boolean, next: string, failure: string];
beforeAll(async () => {
  lua = await new LuaFactory().createEngine();
  lua.global.set('nonce_source', readFileSync(join(import.meta.dirname, '../../../infra/kong/plugins/authctl-token-guard/nonce.lua'), 'utf8'));
  // Bytes pass as base64url: a text of Lua has no other form out here.
  lua.global.set('mac', (key: string, text: string) => createHmac('sha256', key).update(text).digest().subarray(0, 16).toString('latin1'));
  await lua.doString(`
    package.loaded["resty.openssl.hmac"] = { new = function(key) return { final = function(_, text) return mac(key, text) end } end }
    package.loaded["kong.plugins.authctl-token-guard.base64url"] = { encode = function(text) return encode(text) end }
    -- The MAC is cut to its bytes out there, where characters are not bytes.
    string.sub = function(text) return text end
    local nonce = assert(load(nonce_source, "=nonce"))()
    function judge_nonce(secret, lifetime, shown, now)
      local good, next_nonce, failure = nonce.judge({ dpop_nonce_secret = secret, dpop_nonce_lifetime = lifetime, leeway = ${LEEWAY} }, shown ~= "" and shown or nil, now)
      return (good and "good" or "bad") .. "|" .. (next_nonce or "") .. "|" .. (failure or "")
    end
  `);
  lua.global.set('encode', (text: string) => Buffer.from(text, 'latin1').toString('base64url'));
  const asked = lua.global.get('judge_nonce') as (...args: readonly unknown[]) => string;
  judge = (...args) => {
    const [good = '', next = '', failure = ''] = asked(...args).split('|');
    return [good === 'good', next, failure];
  };
});
afterAll(() => { lua.global.close(); });

describe('nonces of proofs', () => {
  const lifetime = 10;
  const period = 100_000;
  const begin = period * lifetime;

  it.each([-lifetime - 6, -lifetime - 5, -lifetime, -6, -5, -1, 0, 4.9, 5, 9.9, 10, 14.9, 15, 19.9, 20, 24.9, 25, 1e6])('are judged alike by guard and middleware, by whatever clock: %s s after their period began', (seconds) => {
    const now = begin + seconds;
    const shown = nonceOf({ secret: SECRET, lifetime }, period);
    const { good, next = '' } = judgeNonce({ secret: SECRET, lifetime }, shown, { now, leeway: LEEWAY });
    expect(judge(SECRET, lifetime, shown, now)).toEqual([good, next, '']);
    // Good from a leeway before their period until a leeway after the next.
    expect(good).toBe(seconds >= -LEEWAY && seconds < 2 * lifetime + LEEWAY);
  });

  it.each(['', 'another secret of enough characters'])('of the secret %j are none of ours, and the next one is told', (secret) => {
    const of = { secret: SECRET, lifetime };
    const shown = nonceOf({ secret, lifetime }, period);
    expect(judge(SECRET, lifetime, shown, begin)).toEqual([false, nonceOf(of, period), '']);
    expect(judgeNonce(of, shown, { now: begin, leeway: LEEWAY })).toEqual({ good: false, next: nonceOf(of, period) });
  });

  it.each(['', 'short'])('are not made of the secret %j, as Kong has of a reference that it cannot resolve: everybody could make them', (secret) => {
    expect(judge(secret, lifetime, nonceOf({ secret, lifetime }, period), begin)).toEqual([false, '', expect.stringContaining('secret')]);
  });
});
