import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LuaFactory } from 'wasmoon';
import type { LuaEngine } from 'wasmoon';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IDENTITY_PATTERNS } from '../../../src/service/identity-headers.ts';
import { isYes, questionOf } from '../../../src/service/question.ts';
import type { Facts, QuestionShape } from '../../../src/service/question.ts';

type Stated = Omit<Facts, 'headers' | 'source'> & { readonly headers: Readonly<Record<string, readonly string[]>> };
interface Vectors {
  readonly facts: Stated;
  readonly cases: readonly { readonly name: string; readonly shape: QuestionShape; readonly facts: Partial<Stated>; readonly input?: object; readonly why?: string }[];
}
const root = join(import.meta.dirname, '../../..');
const { facts, cases } = JSON.parse(readFileSync(join(root, 'test/data/question/vectors.json'), 'utf8')) as Vectors;
const plugin = (name: string): string => readFileSync(join(root, `infra/kong/plugins/${name}.lua`), 'utf8');

const factsOf = (changes: Partial<Stated>): Stated =>
  Object.fromEntries(Object.entries({ ...facts, ...changes }).filter(([, value]) => (value as unknown) !== '<absent>')) as unknown as Stated;

let lua: LuaEngine;
beforeAll(async () => {
  lua = await new LuaFactory().createEngine();
  for (const name of ['json', 'headers']) lua.global.set(`${name}_source`, plugin(`authctl-token-guard/${name}`));
  for (const name of ['question', 'answer']) lua.global.set(`${name}_source`, plugin(`authctl-opa/${name}`));
  await lua.doString(`
    ngx = { null = setmetatable({}, { __tostring = function() return "null" end }) }
    local function module(text) return assert(load(text, "=module"))() end
    local json = module(json_source)
    package.loaded["kong.plugins.authctl-token-guard.json"] = json
    package.loaded["kong.plugins.authctl-token-guard.headers"] = module(headers_source)
    local question, answer = module(question_source), module(answer_source)
    -- A header has one character for each byte: they go through JSON as text, and become bytes again.
    local function bytes(text)
      local parts = {}
      for _, code in utf8.codes(text) do parts[#parts + 1] = string.char(code) end
      return table.concat(parts)
    end
    function ask(conf_text, facts_text)
      local conf, stated = json.decode(conf_text), json.decode(facts_text)
      local headers = {}
      for name, values in pairs(stated.headers) do
        headers[name] = {}
        for at, value in ipairs(values) do headers[name][at] = bytes(value) end
      end
      local text, why = question.text(conf, {
        method = stated.method, path = stated.path, query = stated.query, authority = stated.authority, host = string.gsub(stated.authority, ":%d+$", ""),
        scheme = stated.scheme, client_ip = stated.clientIp, headers = headers, service = stated.route.service, route = stated.route.id,
        params = stated.route.params, token = stated.token and { raw = stated.token, payload = stated.payload },
      })
      return text or "refused: " .. why
    end
    function says(body, field)
      return answer.read({ status = 200, body = body }, field).allow
    end
  `);
});
afterAll(() => { lua.global.close(); });

describe.each(cases)('$name', ({ shape, facts: changes, input, why }) => {
  const stated = factsOf(changes);
  it('is asked so by the middleware', () => {
    const question = questionOf({ ...stated, headers: new Map(Object.entries(stated.headers)), source: 'kong' }, shape);
    expect('why' in question ? question.why : (JSON.parse(question.text) as unknown)).toEqual(why ?? input);
  });
  it('is asked so by the plugin', () => {
    const ask = lua.global.get('ask') as (...args: readonly unknown[]) => string;
    const conf = { ...shape, ...(shape.fields && { fields: Object.entries(shape.fields).map(([name, place]) => `${name}=${place}`) }) };
    const text = ask(JSON.stringify(conf), JSON.stringify(stated));
    expect(text.startsWith('refused: ') ? text.slice('refused: '.length) : (JSON.parse(text) as unknown)).toEqual(why ?? input);
  });
});

it('has the claims as the very text that was signed', () => {
  const payload = '{ "sub":"alice",  "n":1.50 }';
  for (const input of ['authctl', 'envoy'] as const) {
    const question = questionOf({ ...facts, payload, headers: new Map(), source: 'service' }, { input });
    expect('text' in question && question.text).toContain(payload);
  }
});

it('has what a service looked up, in every shape that has a place for it', () => {
  const asked = (shape: QuestionShape): unknown => {
    const question = questionOf({ ...facts, object: { owner: 'bob' }, headers: new Map(), source: 'service' }, shape);
    return 'text' in question && JSON.parse(question.text);
  };
  for (const shape of [{}, { input: 'envoy' }, { input: 'kong', blueprint: 'shop' }] as const) expect(asked(shape)).toMatchObject({ object: { owner: 'bob' } });
  expect(asked({ input: 'mapping', fields: { whose: 'object.owner' } })).toEqual({ whose: 'bob' });
});

it('knows the same names of identity as the guard', () => {
  const list = /local identity_headers = \{([\s\S]*?)\n\}/.exec(plugin('authctl-token-guard/headers'))?.[1] ?? '';
  expect(IDENTITY_PATTERNS).toEqual([...list.matchAll(/"([^"]+)"/g)].map(([, name]) => name));
});

it.each([
  ['true', 'allow', true], ['{"allow":true}', 'allow', true], ['{"allowed":true}', 'allowed', true], ['{"allow":true}', 'allowed', false], ['{"allowed":true}', 'allow', false],
  ['false', 'allow', false], ['1', 'allow', false], ['"true"', 'allow', false], ['null', 'allow', false], ['[true]', '1', false], ['{"allow":"true"}', 'allow', false], ['{}', 'toString', false],
])('an answer of %s, read by "%s", is a yes: %s', (result, field, yes) => {
  expect(isYes(JSON.parse(result), field)).toBe(yes);
  expect((lua.global.get('says') as (body: string, field: string) => boolean)(`{"result":${result}}`, field)).toBe(yes);
});
