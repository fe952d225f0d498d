import type { Stage } from '@aws-sdk/client-apigatewayv2';
import { describe, expect, it } from 'vitest';
import { requestDoings, responseDoings, worstOf } from '../../../../src/providers/aws/reach/mappings.ts';
import { domainDangers, stageDangers } from '../../../../src/providers/aws/reach/stages.ts';
import { idAmong, integrationKey, isAdopted, tagsOf } from '../../../../src/providers/aws/view.ts';

const origin = { file: 'shop.yaml', line: 1, column: 1 };
const treeWith = (stages: readonly Stage[]) => ({
  id: 'shop', owner: 'shop', authorizers: [], integrations: [], routes: [], stages,
  api: { Name: 'shop', ApiId: 'abc', ApiEndpoint: 'https://abc.example', ProtocolType: 'HTTP', RouteSelectionExpression: 'x', Tags: { team: 'red', mine: '' } } as const,
});
const told = (stage: Stage, open = false) => stageDangers({ tree: treeWith([stage]), origin, stated: ['$default'], open });

describe('a stage', () => {
  it('of ours that serves what is configured is nothing', () => {
    const nothing = { dangers: [], unseen: [] };
    expect(told({ StageName: '$default', AutoDeploy: true, DeploymentId: 'd1', LastDeploymentStatusMessage: 'Successfully deployed' })).toEqual(nothing);
    expect(told({ StageName: '$default', AutoDeploy: true })).toEqual(nothing);
    expect(told({ StageName: '$default' })).toEqual(nothing);
  });

  it('of ours that stands still is told with where, how to be rid of it, and whose it is by its tags', () =>
    expect(told({ StageName: '$default', DeploymentId: 'd1' })).toEqual({
      dangers: [{ kind: 'aws.stage', id: 'shop/$default', effect: 'weakens', what: expect.stringContaining('d1') as string, origin, hint: expect.stringMatching(/./) as string, seen: expect.stringMatching(/^[0-9a-f]{12}$/) as string, tags: ['team=red', 'mine'] }],
      unseen: [{ target: 'aws', what: expect.stringContaining('$default of shop') as string, why: expect.stringContaining('d1') as string }],
    }));

  it('whose deployment failed serves what was there before', () => {
    expect(told({ StageName: '$default', AutoDeploy: true, DeploymentId: 'd1', LastDeploymentStatusMessage: 'Unable to deploy' })).toMatchObject({ dangers: [{ effect: 'weakens', what: expect.stringContaining('Unable to deploy') as string }], unseen: [{}] });
    expect(told({ StageName: '$default', AutoDeploy: true, LastDeploymentStatusMessage: 'Unable to deploy' })).toMatchObject({ dangers: [{}], unseen: [] });
  });

  it.each<readonly [string, Stage, boolean, string, number]>([
    ['with nothing in it', { StageName: 'dev' }, true, 'differs', 0],
    ['that stands still', { StageName: 'dev', DeploymentId: 'd1' }, false, 'weakens', 1],
    ['that serves the same', { StageName: 'dev', AutoDeploy: true, DeploymentId: 'd1' }, false, 'differs', 0],
    ['that serves the same, with an open route', { StageName: 'dev', AutoDeploy: true, DeploymentId: 'd1' }, true, 'opens', 0],
    ['that serves what was there before', { StageName: 'dev', AutoDeploy: true, DeploymentId: 'd1', LastDeploymentStatusMessage: 'error' }, false, 'differs', 1],
  ])('beside ours %s', (_what, stage, open, effect, unseen) => {
    const found = told(stage, open);
    expect(found.dangers).toMatchObject([{ id: 'shop/dev', effect, what: expect.stringContaining('https://abc.example/dev') as string }]);
    expect(found.unseen).toHaveLength(unseen);
  });

  it('is another one once its name, its variables, what it serves or how is changed', () => {
    const base: Stage = { StageName: 'dev', DeploymentId: 'd1' };
    const variants: readonly Stage[] = [base, { ...base, DeploymentId: 'd2' }, { ...base, AutoDeploy: true }, { ...base, StageVariables: { a: 'b' } }, { ...base, StageName: 'prod' }, { StageName: 'dev' }];
    const seen = (stage: Stage) => told(stage).dangers[0]?.seen;
    expect(new Set(variants.map(seen)).size).toBe(variants.length);
    // What a stage that deploys by itself serves is what is configured.
    expect(seen({ ...base, AutoDeploy: true })).toBe(seen({ ...base, AutoDeploy: true, DeploymentId: 'd2' }));
    expect(seen({ ...base, AutoDeploy: false, StageVariables: {} })).toBe(seen(base));
  });
});

describe('a domain', () => {
  const mapping = { ApiId: 'abc', Stage: 'dev', ApiMappingKey: 'v1' };
  it('that leads to our API is told, one that leads to another is not', () => {
    const mapped = [
      { domain: { DomainName: 'a.example', Tags: { team: 'red', mine: '' }, MutualTlsAuthentication: { TruststoreUri: 's3://trust' } }, mapping },
      { domain: { DomainName: 'b.example' }, mapping: { ApiId: 'abc', Stage: 'dev' } },
      { domain: { DomainName: 'c.example' }, mapping: { ...mapping, ApiId: 'other' } },
    ];
    expect(domainDangers(mapped, { tree: treeWith([]), origin, told: ['a.example/v1', 'b.example/'] })).toEqual([]);
    expect(domainDangers(mapped, { tree: treeWith([]), origin, told: ['a.example/v2'] })).toMatchObject([
      { kind: 'aws.domain', id: 'a.example/v1', effect: 'differs', what: 'https://a.example/v1 leads to the stage dev of shop, with client certificates of s3://trust', origin, tags: ['team=red', 'mine'] },
      { id: 'b.example/', what: 'https://b.example/ leads to the stage dev of shop', tags: [] },
    ]);
  });
});

describe('a parameter mapping', () => {
  it.each([
    ['overwrite:path', '/admin', 'opens'],
    ['remove:header.x-user', "''", 'weakens'],
    ['append:querystring.token', '$request.header.Authorization', 'exposes'],
    ['append:header.token', '$request.header.Authorization', 'opens'],
    ['append:querystring.page', '1', 'opens'],
  ])('%s of a request to %s %s', (key, value, effect) => expect(requestDoings({ [key]: value })).toMatchObject([{ effect }]));

  it.each([
    ['403', 'overwrite:statuscode', '200', 'opens'],
    ['500', 'overwrite:statuscode', '302', 'opens'],
    ['200', 'overwrite:statuscode', '403', 'breaks'],
    ['403', 'overwrite:statuscode', '500', 'breaks'],
    ['200', 'append:header.x', '$context.authorizer.claims.sub', 'exposes'],
    ['200', 'overwrite:header.location', 'https://elsewhere.example', 'weakens'],
    ['200', 'append:header.x', '1', 'differs'],
  ])('of answers of status %s, %s %s, %s', (status, key, value, effect) => expect(responseDoings({ [status]: { [key]: value }, 404: null })).toMatchObject([{ effect }]));

  it('is one of several: the worst counts, and each is told', () => {
    const doings = [{ effect: 'differs' as const, what: 'a' }, { effect: 'opens' as const, what: 'b' }, { effect: 'weakens' as const, what: 'c' }];
    expect(worstOf(doings)).toEqual({ effect: 'opens', what: 'a; b; c' });
    expect(worstOf([])).toBeUndefined();
  });
});

describe('an API', () => {
  it('has a name of its own among those of its name', () => {
    expect(idAmong([], { Name: 'shop', ApiId: 'a' } as never)).toBe('shop');
    expect(idAmong([{ Name: 'desk' }, { Name: 'shop' }] as never, { Name: 'shop', ApiId: 'b' } as never)).toBe('shop#b');
  });
  it('was taken over where its tag says so', () =>
    expect([{ Tags: { 'authctl-adopted': 'true' } }, { Tags: { 'authctl-adopted': 'false' } }, { Tags: {} }, {}].map(isAdopted)).toEqual([true, false, false, false]));
  it('shows its tags without ours', () => expect([tagsOf({ authctl: 'shop', 'authctl-adopted': 'true', team: 'red' }), tagsOf(undefined)]).toEqual([{ team: 'red' }, {}]));
  it('has integrations of ours by their key', () =>
    expect([{ Description: 'authctl orders.list' }, { Description: 'theirs' }, {}].map(integrationKey)).toEqual(['orders.list', undefined, undefined]));
});
