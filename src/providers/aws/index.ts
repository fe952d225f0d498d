import type { ApiGatewayV2Client } from '@aws-sdk/client-apigatewayv2';
import type { AwsTarget, Blueprint } from '../../blueprint/types.ts';
import { Problem } from '../../core/problem.ts';
import { bindKind } from '../../core/provider.ts';
import type { Provider } from '../../core/provider.ts';
import { createLookUp } from './cloudtrail.ts';
import type { LookUp } from './cloudtrail.ts';
import { createSdk, isConflict, isMissing, patientWithIssuers, problemOf } from './client.ts';
import type { Sdk } from './client.ts';
import { dependentsOf } from './dependents.ts';
import { deployAgain } from './deploy.ts';
import { api } from './kinds/api.ts';
import { authorizer } from './kinds/authorizer.ts';
import { integration } from './kinds/integration.ts';
import { mapping } from './kinds/mapping.ts';
import { route } from './kinds/route.ts';
import { stage } from './kinds/stage.ts';
import { reachOf } from './reach/index.ts';
import { recognised } from './recognised.ts';
import { otherwiseServed } from './served.ts';
import { refusesWrites } from '../../blueprint/looking.ts';
import type { Refuses } from '../../blueprint/looking.ts';
import { controlsOf } from '../controls.ts';
import type { Control } from '../controls.ts';
import { lookUpNames } from '../names.ts';
import type { Upstream } from './reach/places.ts';
import { waysIn } from './reach/ways-in.ts';
import { settleDeployments } from './settle.ts';
import { tracesIn } from './traces.ts';
import { aws as specs } from './specs/index.ts';
import { authorizerNames, integrationNames, ownerOf, readView } from './view.ts';
import type { AwsClient, View } from './view.ts';

/** The API Gateway that `targets.aws` names. Nothing is sent before the first list. */
export const connectAws = (blueprint: Blueprint, environment: NodeJS.ProcessEnv = process.env, limitMs?: number): Provider => {
  const target = blueprint.targets.aws;
  if (target === undefined) throw new Problem('TARGET_MISSING', 'the blueprint names no targets.aws', { at: blueprint.at('targets') });
  const upstreams = Object.values(blueprint.services).map(({ id, upstream, audiences }) => ({ service: id, url: upstream, audiences }));
  return createAwsProvider(blueprint.name, target, patientWithIssuers(createSdk(target, environment, limitMs)), upstreams, refusesWrites(blueprint, 'aws'), controlsOf(blueprint.targets), createLookUp(target, environment, limitMs));
};

/** `output('endpoint')` is the URL of the API's first stage, `undefined` while there is no API. */
export const createAwsProvider = (name: string, target: Pick<AwsTarget, 'adopts' | 'region' | 'endpoint' | 'stages' | 'domains'> & Partial<Pick<AwsTarget, 'autoDeploy'>>, sdk: Sdk, upstreams: readonly Upstream[] = [], refuses?: Refuses, controls: readonly Control[] = [], events?: LookUp): Provider => {
  const counts = { reads: 0, writes: 0 };
  // The SDK's `send` is overloaded for every command; what passes through here keeps its type, which a function of one form cannot say.
  const send = (async (command: { readonly constructor: { readonly name: string } }) => {
    const doing = command.constructor.name.replace(/Command$/, '');
    const reads = /^(Get|Export)/.test(doing);
    const refusal = reads ? undefined : refuses?.(doing, '');
    if (refusal) throw refusal;
    counts[reads ? 'reads' : 'writes'] += 1;
    try {
      return await sdk.send(command as Parameters<Sdk['send']>[0]);
    } catch (thrown) {
      // What a kind can mend itself stays as the SDK threw it.
      throw (doing.startsWith('Delete') && isMissing(thrown)) || (doing === 'CreateRoute' && isConflict(thrown))
        ? thrown
        : problemOf(thrown, doing, target);
    }
  }) as ApiGatewayV2Client['send'];

  const ids = new Map<string, string>();
  const owners = new Map<string, string>();
  const readIds = (read: View): View => {
    owners.clear();
    for (const api of read.others) {
      const owner = ownerOf(api);
      if (owner !== undefined) owners.set(api.ApiId ?? '', owner);
    }
    ids.clear();
    for (const tree of read.trees) {
      ids.set(specs.api.address(tree.id), tree.api.ApiId ?? '');
      for (const [id, called] of authorizerNames(tree)) ids.set(specs.authorizer.address(tree.id, called), id);
      for (const [id, called] of integrationNames(tree)) ids.set(specs.integration.address(tree.id, called), id);
    }
    return read;
  };

  let round: Promise<View> | undefined;
  let asked = new Set<string>();
  const begin = (): Promise<View> => {
    asked = new Set();
    return readView({ name, send, adopts: target.adopts }).then(readIds);
  };
  const view: AwsClient['view'] = async (kind) => {
    if (round === undefined || asked.has(kind)) round = begin();
    asked.add(kind);
    return (await round).trees;
  };
  const lookUp = lookUpNames();
  const pause = target.endpoint === undefined ? 500 : 25;
  const aws: AwsClient = { name, adopts: target.adopts, region: target.region, deploys: target.autoDeploy === false, pause, stale: new Map(), servedOtherwise: new Map(), known: new Map(), domains: target.domains?.map((one) => ({ domain: one.name, path: one.path ?? '' })) ?? [], send, view, ids, owners };
  /** Of a region that is only looked at: what stands under our name, whoever made it. */
  const owned = async (): Promise<View['trees']> => (await readView({ name, send, adopts: target.adopts })).trees.filter(({ owner }) => owner === name || refuses !== undefined);

  return {
    name: 'aws',
    kinds: [bindKind(api, aws), bindKind(authorizer, aws), bindKind(integration, aws), bindKind(route, aws), bindKind(stage, aws), bindKind(mapping, aws)],
    // AWS lets an account make a handful of changes a second; a stand-in has no such limit.
    concurrency: target.endpoint === undefined ? 2 : 8,
    output: async (what) => {
      const endpoint = what === 'endpoint' ? (await owned())[0]?.api.ApiEndpoint : undefined;
      const [first = '$default'] = target.stages ?? [];
      return endpoint === undefined || first === '$default' ? endpoint : `${endpoint}/${first}`;
    },
    recognised: (desired, live) => otherwiseServed(desired, recognised({ name, ids, looking: refuses !== undefined }, desired, live), aws.servedOtherwise),
    reach: async (desired, live) =>
      desired.length === 0
        ? { dangers: [], unseen: [] }
        : reachOf({ send, desired, live, view: await (round ??= begin()), upstreams, controls, lookUp, wholeAccount: target.endpoint === undefined }),
    ways: async (desired) => waysIn({ name, send, desired, view: await (round ??= begin()), upstreams, lookUp }),
    dependents: (deleted, staying) => Promise.resolve(dependentsOf(deleted, staying)),
    settle: async (desired) => {
      await deployAgain(aws, desired);
      await settleDeployments(aws, (await owned()).map(({ api: { ApiId = '' } }) => ApiId), pause);
    },
    ...(events && { traces: (found, live) => tracesIn(events, found, live) }),
    requests: () => ({ ...counts }),
    close: () => {
      sdk.destroy();
      return Promise.resolve();
    },
  };
};
