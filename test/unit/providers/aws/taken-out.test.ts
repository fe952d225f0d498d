import { CreateApiCommand, CreateApiMappingCommand, CreateDomainNameCommand, CreateStageCommand, DeleteDomainNameCommand, GetApiMappingsCommand, GetApisCommand, GetDomainNamesCommand, TagResourceCommand, UpdateApiMappingCommand } from '@aws-sdk/client-apigatewayv2';
import { expect, it, onTestFinished } from 'vitest';
import { applyPlan } from '../../../../src/core/apply.ts';
import { changesOf, makePlan } from '../../../../src/core/plan.ts';
import type { PlanOptions } from '../../../../src/core/plan.ts';
import type { Desired, Spec } from '../../../../src/core/resource.ts';
import { startEmbeddedAws } from '../../../../infra/stand-ins/src/aws/index.ts';
import { createSdk } from '../../../../src/providers/aws/client.ts';
import type { Sdk } from '../../../../src/providers/aws/client.ts';
import { createAwsProvider } from '../../../../src/providers/aws/index.ts';
import { mappingTag, markedPlaces } from '../../../../src/providers/aws/mapping-marks.ts';

const origin = { file: 'shop.yaml', line: 1, column: 1 };
const object = (kind: string, id: string, spec: Spec, after: string[] = []): Desired => ({ kind, id, spec, after, origin });
const without = [
  object('aws.api', 'shop', { Name: 'shop', ProtocolType: 'HTTP' }),
  object('aws.stage', 'shop/$default', { StageName: '$default', AutoDeploy: true }, ['aws.api/shop']),
];
const mapped = object('aws.mapping', 'shop/api.example/v1', { DomainName: 'api.example', ApiMappingKey: 'v1', Api: 'shop', Stage: '$default' }, ['aws.stage/shop/$default']);
const stated = [...without, mapped];

/** A region with a domain, and a blueprint that has it lead to its API or has it no more. `stopped` answers no more from a command on. */
const region = async () => {
  const gateway = await startEmbeddedAws({ controlPort: 0, dataPort: 0, allowHttpIssuers: true });
  const target = { region: 'eu-west-1', endpoint: gateway.control.url };
  const hand = createSdk(target, {});
  const [sent, stopped] = [[] as string[], new Set<string>()];
  const counted = (sdk: Sdk): Sdk => ({
    destroy: () => { sdk.destroy(); },
    send: (async (command: { readonly constructor: { readonly name: string } }) => {
      const name = command.constructor.name.replace(/Command$/, '');
      if (stopped.has(name)) throw Object.assign(new Error('the line is cut'), { code: 'ECONNRESET' });
      if (!name.startsWith('Get')) sent.push(name);
      return sdk.send(command as Parameters<Sdk['send']>[0]);
    }) as Sdk['send'],
  });
  const providers = { stated: createAwsProvider('shop', { ...target, domains: [{ name: 'api.example', path: 'v1' }] }, counted(createSdk(target, {}))), without: createAwsProvider('shop', target, counted(createSdk(target, {}))) };
  onTestFinished(async () => {
    hand.destroy();
    await Promise.all(Object.values(providers).map((provider) => provider.close?.()));
    await gateway.close();
  });
  const makeDomain = (DomainName: string) => hand.send(new CreateDomainNameCommand({ DomainName, DomainNameConfigurations: [{ CertificateArn: 'arn:aws:acm:eu-west-1:000000000000:certificate/x', EndpointType: 'REGIONAL' }] }));
  await makeDomain('api.example');
  const mappings = async () => (await hand.send(new GetApiMappingsCommand({ DomainName: 'api.example' }))).Items ?? [];
  const apis = async () => (await hand.send(new GetApisCommand({}))).Items ?? [];
  const plan = (which: 'stated' | 'without', options: PlanOptions = {}, desired: readonly Desired[] = which === 'stated' ? stated : without) => makePlan([providers[which]], { name: 'shop', desired, deferred: [] }, options);
  const carryOut = async (which: 'stated' | 'without', planned: Awaited<ReturnType<typeof plan>>) => (await applyPlan({ providers: [providers[which]], plan: planned })).filter(({ outcome, action }) => outcome !== 'done' && action !== 'settle').map(({ address, outcome }) => `${address} ${outcome}`);
  return {
    hand, sent, stopped, makeDomain, mappings, plan, carryOut, apis,
    apply: async (which: 'stated' | 'without', options: PlanOptions = {}) => carryOut(which, await plan(which, options)),
    marks: async () => markedPlaces((await apis()).find(({ Tags }) => Tags?.['authctl'] === 'shop')?.Tags),
    /** An API of others, with a stage. */
    theirs: async () => {
      const { ApiId } = await hand.send(new CreateApiCommand({ Name: 'billing', ProtocolType: 'HTTP' }));
      await hand.send(new CreateStageCommand({ ApiId, StageName: '$default', AutoDeploy: true }));
      return ApiId;
    },
  };
};
const told = (plan: Awaited<ReturnType<typeof makePlan>>): readonly string[] => [
  ...changesOf(plan).flatMap((change) => (change.action === 'danger' && change.danger.kind === 'aws.domain' ? [`danger ${change.danger.id}`] : [])),
  ...changesOf(plan).flatMap((change) => ('live' in change && change.live?.kind === 'aws.mapping' && change.action !== 'keep' ? [`${change.action} ${change.live.id}`] : [])),
];

it('what was made and is no more in the blueprint is an orphan, which --prune deletes, and the domain stays', async () => {
  const { apply, plan, mappings, marks, sent, hand } = await region();
  expect(await apply('stated')).toEqual([]);
  expect(sent.slice(-2)).toEqual(['TagResource', 'CreateApiMapping']);
  expect(await marks()).toEqual([{ domain: 'api.example', path: 'v1' }]);
  expect(told(await plan('stated'))).toEqual([]);

  expect(told(await plan('without'))).toEqual(['orphan shop/api.example/v1']);
  expect(await apply('without')).toEqual([]);
  expect(await mappings()).toHaveLength(1);
  expect(await apply('without', { prune: true })).toEqual([]);
  expect([await mappings(), await marks()]).toEqual([[], []]);
  expect((await hand.send(new GetDomainNamesCommand({}))).Items?.map(({ DomainName }) => DomainName)).toEqual(['api.example']);
  expect(told(await plan('without', { prune: true }))).toEqual([]);
});

it('what leads elsewhere by now is not ours, whenever that was noticed', async () => {
  const { apply, apis, plan, carryOut, mappings, marks, theirs, hand } = await region();
  await apply('stated');
  const [mapping] = await mappings();
  const planned = await plan('without', { prune: true });
  expect(told(planned)).toEqual(['delete shop/api.example/v1']);
  const other = await theirs();
  await hand.send(new UpdateApiMappingCommand({ DomainName: 'api.example', ApiMappingId: mapping?.ApiMappingId, ApiId: other, Stage: '$default' }));
  // Of this plan, which did not know it, and of the next: our mark goes, and their mapping stays.
  expect(await carryOut('without', planned)).toEqual([]);
  expect([(await mappings()).map(({ ApiId }) => ApiId), await marks()]).toEqual([[other], []]);

  const [key, value] = mappingTag({ domain: 'api.example', path: 'v1' });
  const shop = (await apis()).find(({ Name }) => Name === 'shop');
  await hand.send(new TagResourceCommand({ ResourceArn: `arn:aws:apigateway:eu-west-1::/apis/${String(shop?.ApiId)}`, Tags: { [key]: value } }));
  expect(told(await plan('without'))).toEqual(['orphan shop/api.example/v1']);
  expect(await apply('without', { prune: true })).toEqual([]);
  expect([(await mappings()).map(({ ApiId }) => ApiId), await marks()]).toEqual([[other], []]);
});

it('what others have lead to our API is told, and never deleted', async () => {
  const { apply, plan, mappings, apis, hand } = await region();
  await apply('without');
  const [own] = await apis();
  await hand.send(new CreateApiMappingCommand({ DomainName: 'api.example', ApiMappingKey: 'v2', ApiId: own?.ApiId, Stage: '$default' }));
  expect(told(await plan('without', { prune: true }))).toEqual(['danger api.example/v2']);
  // Nor on a domain that the blueprint names for another path.
  await apply('stated', { prune: true });
  expect(told(await plan('stated', { prune: true }))).toEqual(['danger api.example/v2']);
  await apply('without', { prune: true });
  expect((await mappings()).map(({ ApiMappingKey }) => ApiMappingKey)).toEqual(['v2']);
});

it('a run that ends between the mark and the mapping is made whole by the next, or its mark goes', async () => {
  const { apply, plan, mappings, marks, stopped } = await region();
  stopped.add('CreateApiMapping');
  expect(await apply('stated')).toEqual(['aws.mapping/shop/api.example/v1 failed']);
  expect([await mappings(), await marks()]).toEqual([[], [{ domain: 'api.example', path: 'v1' }]]);
  expect(told(await plan('without'))).toEqual(['orphan shop/api.example/v1']);
  stopped.clear();
  expect(changesOf(await plan('stated')).map(({ action }) => action)).toEqual(expect.arrayContaining(['create']));
  expect(await apply('stated')).toEqual([]);
  expect(await mappings()).toHaveLength(1);

  // Between the deletion and the mark: what is left is the mark.
  stopped.add('UntagResource');
  expect(await apply('without', { prune: true })).toEqual(['aws.mapping/shop/api.example/v1 failed']);
  expect([await mappings(), await marks()]).toEqual([[], [{ domain: 'api.example', path: 'v1' }]]);
  stopped.clear();
  expect(await apply('without', { prune: true })).toEqual([]);
  expect(await marks()).toEqual([]);
});

it('a mapping is not deleted where it cannot be read whose it is by now', async () => {
  const { apply, plan, carryOut, mappings, marks, stopped } = await region();
  await apply('stated');
  const planned = await plan('without', { prune: true });
  stopped.add('GetApiMappings');
  expect(await carryOut('without', planned)).toEqual(['aws.mapping/shop/api.example/v1 failed']);
  expect([(await mappings()).length, (await marks()).length]).toEqual([1, 1]);
});

it('is let go by release: it stays, and is ours no more', async () => {
  const { apply, plan, carryOut, mappings, marks } = await region();
  await apply('stated');
  expect(await carryOut('without', await plan('without', { release: ['aws.mapping/*'] }, []))).toEqual([]);
  expect([(await mappings()).length, await marks()]).toEqual([1, []]);
  expect(told(await plan('without', { prune: true }))).toEqual(['danger api.example/v1']);
});

it('leaves no mark on an API that is let go, not even of what was not made', async () => {
  const { apply, plan, carryOut, apis, stopped } = await region();
  stopped.add('CreateApiMapping');
  await apply('stated');
  stopped.clear();
  expect(await carryOut('stated', await plan('stated', { release: ['*'] }, []))).toEqual([]);
  expect((await apis()).map(({ Tags }) => Tags)).toEqual([{}]);
});

it('a domain that is gone has taken its mapping with it', async () => {
  const { apply, plan, marks, hand } = await region();
  await apply('stated');
  await hand.send(new DeleteDomainNameCommand({ DomainName: 'api.example' }));
  expect(told(await plan('without', { prune: true }))).toEqual(['delete shop/api.example/v1']);
  expect(await apply('without', { prune: true })).toEqual([]);
  expect(await marks()).toEqual([]);
});

it('goes with the API that is deleted', async () => {
  const { plan, apply, carryOut, mappings, apis } = await region();
  await apply('stated');
  expect(await carryOut('without', await plan('without', { prune: true }, []))).toEqual([]);
  expect([await mappings(), await apis()]).toEqual([[], []]);
});

it.each([
  { domain: 'api.example', path: '' }, { domain: '*.shop.example', path: 'v1/next' }, { domain: 'a-b.example', path: '~team/v1.2_x' },
])('is known by a tag that AWS takes ($domain/$path)', (place) => {
  const [key, value] = mappingTag(place);
  expect([key, value].join('')).toMatch(/^[A-Za-z0-9 +=._:/@-]+$/);
  expect(key.length).toBeLessThanOrEqual(128);
  expect(markedPlaces({ [key]: value, team: 'red/blue' })).toEqual([place]);
  // One that somebody has copied to another place marks nothing.
  expect(markedPlaces({ [key]: 'other.example/' })).toEqual([]);
});
