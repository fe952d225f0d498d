import { expect, it } from 'vitest';
import { addressOf } from '../../../src/core/resource.ts';
import { expand } from '../../../src/patterns/index.ts';
import { load, problemsIn, sso } from '../blueprint/loading.ts';

const withRaw = async (raw: string): Promise<string> => `${await sso()}\nraw:\n  aws:\n${raw.replace(/^/gm, '    ')}\n`;
const expanded = async (raw: string) => new Map(expand(await load(await withRaw(raw))).desired.map((object) => [addressOf(object), object.spec]));
const problemsOf = async (raw: string) => {
  const blueprint = await load(await withRaw(raw));
  return (await problemsIn(() => Promise.resolve().then(() => expand(blueprint)))).map(({ code, at }) => [code, at?.line]);
};

it('is laid over what the pattern makes; null leaves a field to whoever sets it', async () => {
  const plain = await expanded('{}');
  const raw = await expanded('api: { Description: null, IpAddressType: dualstack }\nintegrations: { orders.list: { TimeoutInMillis: 29000 } }\nstages: { $default: { AutoDeploy: false, DefaultRouteSettings: null } }');
  const { Description: _, ...api } = plain.get('aws.api/shop') ?? {};
  expect(raw.get('aws.api/shop')).toEqual({ ...api, IpAddressType: 'dualstack' });
  expect(raw.get('aws.integration/shop/orders.list')).toEqual({ ...plain.get('aws.integration/shop/orders.list'), TimeoutInMillis: 29_000 });
  const { DefaultRouteSettings: __, ...stage } = plain.get('aws.stage/shop/$default') ?? {};
  expect(raw.get('aws.stage/shop/$default')).toEqual({ ...stage, AutoDeploy: false });
  expect([...raw.keys()]).toEqual([...plain.keys()]);
});

it('says nothing of who passes and where requests go, and names what there is, each at its line', async () => {
  const first = (await withRaw('')).split('\n').findLastIndex((line) => line === '  aws:') + 2;
  expect(await problemsOf('integrations:\n  orders.list:\n    IntegrationUri: "http://elsewhere.example"\n    TimeoutInMilis: 1\n  orders.lst: {}\nstages:\n  live: {}\napi:\n  Name: other')).toEqual([
    ['RAW_UNKNOWN_NAME', first + 4], ['RAW_UNKNOWN_NAME', first + 6], ['RAW_FIELD', first + 8], ['RAW_FIELD', first + 2], ['RAW_UNKNOWN_FIELD', first + 3],
  ]); // prettier-ignore
});
