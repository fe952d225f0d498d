import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { diffSpec } from '../../../src/core/diff.ts';
import { createMask } from '../../../src/core/mask.ts';
import type { Desired, Spec, SpecValue } from '../../../src/core/resource.ts';
import { Secret } from '../../../src/core/secret.ts';
import { isSpec } from '../../../src/core/spec.ts';
import { seenOf } from '../../../src/core/seen.ts';
import { unstatedDangers } from '../../../src/core/unstated.ts';
import { createDraft } from '../../../src/import/draft.ts';
import { expand } from '../../../src/patterns/index.ts';
import { sent } from '../../../src/providers/aws/kinds/fields.ts';
import { payloadOf } from '../../../src/providers/keycloak/payload.ts';
import { sent as sentToKong } from '../../../src/providers/kong/kinds/row-write.ts';
import { complaints, env, load, sso } from '../blueprint/loading.ts';
import { PLACES } from './places.ts';
import type { Place } from './places.ts';

type Tree = Record<string, unknown>;
const WANTED = 'made-up-0123456789';
const WAS = 'formerly-9876543210';

const put = (tree: Tree, path: readonly string[], value: unknown): void => {
  const [name = '', ...rest] = path;
  if (rest.length === 0) tree[name] = value;
  else if (/^\d+$/.test(rest[0] ?? '')) tree[name] = [value];
  else {
    if (typeof tree[name] !== 'object') tree[name] = {};
    put(tree[name] as Tree, rest, value);
  }
};

/** blueprints/sso.yaml with a value at a place, and what has to stand around it. */
const blueprintWith = async ({ path, beside = {}, stated = 'REF' }: Place, reference: string): Promise<string> => {
  const tree = parse(await sso()) as Tree;
  const of = path.indexOf('protocolMappers');
  if (of !== -1) {
    put(tree, [...path.slice(0, of + 2), 'protocolMapper'], 'oidc-hardcoded-claim-mapper');
    if (path[2] === 'entities') put(tree, [...path.slice(0, of), 'protocol'], 'openid-connect');
  }
  if (path.includes('mappers')) put(tree, [...path.slice(0, -2), 'type'], 'oidc-hardcoded-claim-mapper');
  if (path[3] === 'plugins') put(tree, [...path.slice(0, 5), 'name'], 'http-log');
  for (const [name, value] of Object.entries(beside)) put(tree, [...path.slice(0, -1), name], value);
  const text = stated.replace('REF', reference);
  put(tree, path, text.startsWith('[') ? [text.slice(1, -1)] : text);
  return stringify(tree);
};

const variableOf = ({ variable = 'GIVEN' }: Place): string => variable;
const givenBy = ({ gives = WANTED }: Place): string => gives;
/** The whole text that stands there. */
const wholeOf = (place: Place): string => (place.stated ?? 'REF').replaceAll(/^\[|\]$/g, '').replace('REF', givenBy(place));
const expandedWith = async (place: Place) => {
  const blueprint = await load(await blueprintWith(place, `\${${variableOf(place)}}`), { env: { ...env, [variableOf(place)]: givenBy(place) } });
  return { blueprint, desired: expand(blueprint).desired };
};

const holds = (value: SpecValue, secret: string): boolean =>
  value instanceof Secret ? value.reveal() === secret : typeof value === 'object' && value !== null && Object.values(value).some((one: SpecValue) => holds(one, secret));
/** The same with another text in its place, as a server would show it. */
const changed = (value: SpecValue, secret: string, was: string): SpecValue => {
  if (value instanceof Secret) return value.reveal() === secret ? was : value.reveal();
  if (Array.isArray(value)) return value.map((one: SpecValue) => changed(one, secret, was));
  return isSpec(value) ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, changed(one, secret, was)])) : value;
};
const sentOf = ({ kind, spec }: Desired): unknown => (kind.startsWith('aws.') ? sent(spec) : kind.startsWith('kong.') ? sentToKong(spec) : payloadOf(spec));

describe.each(PLACES)('a reference in $what', (place) => {
  it('is a secret of the object, and of the mask', async () => {
    const { blueprint, desired } = await expandedWith(place);
    const objects = desired.filter(({ spec }) => holds(spec, wholeOf(place)));
    expect(objects).toHaveLength(1);
    expect(JSON.stringify(desired)).not.toContain(givenBy(place));
    const mask = createMask();
    mask.add(blueprint.secrets);
    expect(mask.apply(`the server said ${wholeOf(place)}`)).not.toContain(givenBy(place));
  });

  it('is sent, and no difference shows what was there or what is to be', async () => {
    const { desired } = await expandedWith(place);
    const object = desired.find(({ spec }) => holds(spec, wholeOf(place))) ?? expect.fail('nothing holds it');
    expect(JSON.stringify(sentOf(object))).toContain(wholeOf(place));
    const live = changed(object.spec, wholeOf(place), WAS) as Spec;
    expect(diffSpec(object.spec, changed(object.spec, wholeOf(place), wholeOf(place)) as Spec)).toEqual([]);
    const told = diffSpec(object.spec, live);
    expect(told).toHaveLength(1);
    expect(JSON.stringify(told)).not.toMatch(new RegExp(`${WANTED}|${WAS}|made-up`));
    expect(JSON.stringify(told)).toMatch(/\[secret [0-9a-f]{12}\].*\[secret [0-9a-f]{12}\]/);
  });

  it('is written there by an import that finds the text', () => {
    const draft = createDraft();
    // An import writes no mapper of a scope or client that the blueprint makes otherwise than in raw.
    const path = place.path[0] === 'raw' ? place.path : ['raw', 'keycloak', ...place.path];
    const list = /^\d+$/.test(path.at(-1) ?? '');
    const named = path.slice(0, list ? -2 : -1);
    const text = wholeOf(place);
    draft.put(named, { ...place.beside, [path.at(list ? -2 : -1) ?? '']: list || place.stated?.startsWith('[') === true ? [text] : text });
    // What a variable is named by, and what Kong encrypts, nobody tells to who only sees the text.
    expect(draft.secrets).toHaveLength(place.variable === undefined && place.encrypted !== true ? 1 : 0);
  });

  it('may be one to a store, and needs no value where nothing is contacted', async () => {
    if (place.gives !== undefined || place.variable !== undefined) return;
    const text = await blueprintWith(place, '${vault:secret/data/partner#key}');
    expect(await complaints(text, { placeholders: true })).toEqual([]);
    const stored = await load(text, { readStored: (wanted) => Promise.resolve(new Map(wanted.map(({ reference }) => [reference, WANTED]))) });
    expect(expand(stored).desired.filter(({ spec }) => holds(spec, wholeOf(place)))).toHaveLength(1);
  });
});

describe('what is no secret', () => {
  it.each([
    ['the host of a route', ['raw', 'kong', 'entities', 'routes', 'partner', 'hosts', '0'], 'PARTNER_HOST', 'partner.example'],
    ['a claim that nobody calls so', ['raw', 'keycloak', 'clients', 'reports', 'protocolMappers', 'tier', 'config', 'claim.value'], 'TIER', 'gold-and-silver'],
    ['an address', ['raw', 'kong', 'entities', 'plugins', 'shop.log', 'config', 'traces_endpoint'], 'TRACES_URL', 'https://traces.example/'],
  ])('%s is shown', async (what, path, variable, value) => {
    const place: Place = { what, path, ...(path.includes('claim.value') && { beside: { 'claim.name': 'tier' } }) };
    const blueprint = await load(await blueprintWith(place, `\${${variable}}`), { env: { ...env, [variable]: value } });
    expect(JSON.stringify(blueprint.raw)).toContain(value);
    expect(blueprint.secrets.map((one) => one.reveal())).not.toContain(value);
  });

  it('a text that stands in the file under such a name may stand there, and what is live in its place is not shown', async () => {
    const place: Place = { what: 'a claim', path: ['raw', 'keycloak', 'clients', 'reports', 'protocolMappers', 'key', 'config', 'claim.value'], beside: { 'claim.name': 'api_key' } };
    const blueprint = await load(await blueprintWith(place, 'not-a-reference'));
    const object = expand(blueprint).desired.find(({ id }) => id === 'shop/reports') ?? expect.fail('no client');
    const live = JSON.parse(JSON.stringify(payloadOf(object.spec)).replace('not-a-reference', WAS)) as Spec;
    expect(JSON.stringify(diffSpec(object.spec, live))).not.toContain(WAS);
  });
});

it('a mapper that somebody added is told without its value, by the name that stands beside it', () => {
  const held = { mappers: { added: { protocolMapper: 'oidc-hardcoded-claim-mapper', config: { 'claim.name': 'api_key', 'claim.value': WAS } } } };
  const at = { file: 'shop.yaml', line: 1, column: 1 };
  const told = unstatedDangers({ kind: 'keycloak.client', id: 'shop/web', spec: {}, after: [], origin: at }, { kind: 'keycloak.client', id: 'shop/web', spec: held, owner: undefined, ref: undefined }, { fields: {} });
  expect(told).toHaveLength(1);
  expect(JSON.stringify(told)).not.toContain(WAS);
  // The fingerprint in a file does not help to guess it.
  expect(told[0]?.seen).not.toBe(seenOf(held.mappers));
});

it('what a person has by such a name, and what a sample sends, is masked', async () => {
  const text = (await sso(['place: { match: POST /orders,', 'place: { match: POST /orders, sample: { body: { key: "${SAMPLE_API_KEY}" } },'])).replace('password: "${SAM_PASSWORD}"', 'password: "${SAM_PASSWORD}", attributes: { badge: ["${SAM_ACCESS_KEY}"] }');
  const blueprint = await load(text, { env: { ...env, SAMPLE_API_KEY: WANTED, SAM_ACCESS_KEY: WAS } });
  expect(JSON.stringify([blueprint.services, blueprint.personas])).toMatch(new RegExp(`${WANTED}.*${WAS}`));
  const mask = createMask();
  mask.add(blueprint.secrets);
  expect(mask.apply(`${WANTED} ${WAS} orders:9101`)).toBe('[secret] [secret] orders:9101');
});
