import { CreateApiCommand, CreateApiMappingCommand, CreateDomainNameCommand, CreateStageCommand, GetApiMappingsCommand, GetApisCommand, TagResourceCommand } from '@aws-sdk/client-apigatewayv2';
import { expect, it, onTestFinished } from 'vitest';
import { applyPlan } from '../../../../src/core/apply.ts';
import { changesOf, makePlan } from '../../../../src/core/plan.ts';
import type { PlanOptions } from '../../../../src/core/plan.ts';
import type { Desired, Spec } from '../../../../src/core/resource.ts';
import { startEmbeddedAws } from '../../../../infra/stand-ins/src/aws/index.ts';
import { createSdk } from '../../../../src/providers/aws/client.ts';
import { createAwsProvider } from '../../../../src/providers/aws/index.ts';

const origin = { file: 'shop.yaml', line: 1, column: 1 };
const object = (kind: string, id: string, spec: Spec, after: string[] = []): Desired => ({ kind, id, spec, after, origin });
const desired = [
  object('aws.api', 'shop', { Name: 'shop', ProtocolType: 'HTTP' }),
  object('aws.stage', 'shop/$default', { StageName: '$default', AutoDeploy: true }, ['aws.api/shop']),
  object('aws.mapping', 'shop/api.example/v1', { DomainName: 'api.example', ApiMappingKey: 'v1', Api: 'shop', Stage: '$default' }, ['aws.stage/shop/$default']),
];

/** A domain of which a path leads to the API of somebody. */
const ledTo = async (Tags?: Record<string, string>) => {
  const gateway = await startEmbeddedAws({ controlPort: 0, dataPort: 0, allowHttpIssuers: true });
  const target = { region: 'eu-west-1', endpoint: gateway.control.url, domains: [{ name: 'api.example', path: 'v1' }] };
  const hand = createSdk(target, {});
  const provider = createAwsProvider('shop', target, createSdk(target, {}));
  onTestFinished(async () => {
    hand.destroy();
    await provider.close?.();
    await gateway.close();
  });
  const { ApiId } = await hand.send(new CreateApiCommand({ Name: 'billing', ProtocolType: 'HTTP', Tags }));
  await hand.send(new CreateStageCommand({ ApiId, StageName: '$default', AutoDeploy: true }));
  await hand.send(new CreateDomainNameCommand({ DomainName: 'api.example', DomainNameConfigurations: [{ CertificateArn: 'arn:aws:acm:eu-west-1:000000000000:certificate/x', EndpointType: 'REGIONAL' }] }));
  await hand.send(new CreateApiMappingCommand({ DomainName: 'api.example', ApiMappingKey: 'v1', ApiId, Stage: '$default' }));
  return {
    provider, ApiId, hand,
    plan: (options: PlanOptions) => makePlan([provider], { name: 'shop', desired, deferred: [] }, options),
    leads: async () => (await hand.send(new GetApiMappingsCommand({ DomainName: 'api.example' }))).Items?.map((one) => one.ApiId),
  };
};
const actions = (plan: Awaited<ReturnType<typeof makePlan>>): readonly string[] => changesOf(plan).flatMap((change) => ('desired' in change && change.desired.kind === 'aws.mapping' ? [`${change.action}${change.action === 'blocked' ? `: ${change.problem.message}` : ''}`] : []));

it('takes over a path of a domain that leads to what is nobody\'s, by leave alone', async () => {
  const { plan, provider, ApiId, leads } = await ledTo();
  expect(actions(await plan({}))).toEqual(['blocked: aws.mapping/shop/api.example/v1 already exists and carries no mark of authctl']);
  expect(await leads()).toEqual([ApiId]);
  const taking = await plan({ adopt: true });
  expect(actions(taking)).toEqual(['adopt']);
  expect((await applyPlan({ providers: [provider], plan: taking })).filter(({ outcome }) => outcome !== 'done')).toEqual([]);
  expect(await leads()).not.toEqual([ApiId]);
});

it('takes no path of a domain that leads to the API of another blueprint', async () => {
  const { plan } = await ledTo({ authctl: 'billing' });
  for (const adopt of [false, true]) expect(actions(await plan({ adopt }))).toEqual(['blocked: aws.mapping/shop/api.example/v1 belongs to the blueprint "billing"']);
});

it('writes over no mark that an API has got since it was planned', async () => {
  const { ApiId, hand, plan, provider } = await ledTo();
  const { ApiId: own } = await hand.send(new CreateApiCommand({ Name: 'shop', ProtocolType: 'HTTP' }));
  const taking = await plan({ adopt: true });
  await hand.send(new TagResourceCommand({ ResourceArn: `arn:aws:apigateway:eu-west-1::/apis/${String(own)}`, Tags: { authctl: 'billing' } }));
  const results = await applyPlan({ providers: [provider], plan: taking });
  expect(results.filter(({ outcome }) => outcome === 'failed')).toMatchObject([{ address: 'aws.api/shop', problem: { code: 'PLAN_BLOCKED', message: expect.stringMatching(/was taken over by the blueprint "billing" since it was planned$/) as string } }]);
  expect(results.filter(({ outcome, action }) => outcome === 'done' && action !== 'settle')).toEqual([]);
  const { Items = [] } = await hand.send(new GetApisCommand({}));
  expect(Items.map((one) => [one.ApiId, one.Tags?.['authctl']])).toEqual(expect.arrayContaining([[own, 'billing'], [ApiId, undefined]]));
});
