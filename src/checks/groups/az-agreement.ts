import type { Blueprint } from '../../blueprint/types.ts';
import { decisionOf, kongAsks, ownerRefusal, pathFor, policyInput, servicesDecide, serviceVerifies, tokenHolders } from '../../access/index.ts';
import { decide } from './az.ts';
import type { Check, Outcome, PlainSubject, RouteSubject } from '../contract.ts';
import { defineCheck, isRead } from '../contract.ts';
import type { Kit } from '../kit/index.ts';
import { tokenAtService } from '../kit/introspection.ts';
import { partsOf } from '../kit/jws.ts';
import { gotThrough } from '../kit/through.ts';
import { behindKong, protectedRoutes } from '../refuses.ts';

interface CallerOnRoute extends RouteSubject {
  readonly who: string;
}

/** Everybody with a token on every protected route, where Kong asks OPA and the service decides again. */
const askedTwice = (blueprint: Blueprint): readonly CallerOnRoute[] =>
  !kongAsks(blueprint) || !servicesDecide(blueprint)
    ? []
    : behindKong(protectedRoutes)(blueprint)
        .filter(({ service }) => serviceVerifies(blueprint, service))
        .flatMap((subject) =>
          tokenHolders(blueprint).map((who) => ({ ...subject, name: `${subject.name} as ${who}`, who })),
        );

const askBoth = async (subject: CallerOnRoute, kit: Kit): Promise<Outcome> => {
  const { who, service, route } = subject;
  if (!isRead(subject) && !kit.disruptive) return { status: 'skipped', why: 'disruptive', evidence: [] };
  const jwt = await tokenAtService(kit, await kit.tokenOf(who, service), service);
  if (!jwt) return { status: 'inconclusive', why: 'the issuer gave no JWT for a good token', evidence: [] };
  const path = pathFor(service, route, who);
  // The claims of the JWT, as Kong hands them over: an answer of introspection says more (client_id) than is in it.
  const answers = await decide(kit, decisionOf(kit.blueprint, service.id), policyInput(kit.blueprint, route, { path, source: 'kong', token: partsOf(jwt.reveal()).payload, raw: jwt.reveal() }));
  const evidence = answers.map((answer) => answer.evidence);
  if (answers.length === 0 || answers.some((answer) => answer.evidence.status !== 200))
    return { status: 'inconclusive', why: 'OPA did not answer', evidence };
  const answer = await kit.call(subject, { label: `the token of ${who}`, token: jwt.reveal(), valid: true, path, around: true });
  const all = [...evidence, answer.evidence];
  if (answer.status === 0) return { status: 'skipped', why: 'the service cannot be reached around the gateway', evidence: all };
  if (answer.status >= 500) return { status: 'crashed', why: `the service answered ${answer.status}`, evidence: all };
  // A service may hide by 404 what it refuses: without its recorder nobody knows whether it did.
  if (answer.upstream === undefined && [400, 404, 409, 422].includes(answer.status))
    return { status: 'inconclusive', why: `the service answered ${answer.status}, which says nothing of its decision`, hint: 'name an object that is there by `sample`, or state its recorder', evidence: all };
  const atService = gotThrough(answer);
  const atGateway = answers.every(({ allowed }) => allowed);
  // Who owns nothing here is refused by the finer rule, which the gateway cannot know.
  const finer = ownerRefusal(kit.blueprint, route, who) !== undefined;
  if (atService === atGateway || (atGateway && finer)) return { status: 'passed', evidence: all };
  const why = atService ? 'the gateway says no, and the service yes' : `the gateway says yes, and the service no (${answer.status})`;
  return { status: 'failed', why, hint: 'do both have the same revision? AZ-15 and AZ-18 say', evidence: all };
};

const withStatus = (blueprint: Blueprint): readonly (PlainSubject & { readonly id: string; readonly url: string })[] =>
  Object.values(blueprint.services).flatMap(({ id, status, at }) => (status === undefined ? [] : [{ id, url: status, name: `service ${id}`, origin: at, of: 'opa' }]));

/** Several decide about one request, or each about its own: they must decide alike. */
export const agreement: readonly Check[] = [
  defineCheck({
    id: 'AZ-17',
    claim: 'gateway and service never disagree on the rule that both judge',
    severity: 'critical',
    source: 'NIST SP 800-204B section 4; ASVS 5.0 8.3.1',
    needs: ['opa'],
    subjects: askedTwice,
    run: askBoth,
  }),
  defineCheck({
    id: 'AZ-18',
    claim: "every service decides by the blueprint's revision of the policy",
    severity: 'high',
    source: 'ASVS 5.0 8.3.1; docs/service.md, status of a decider',
    subjects: withStatus,
    run: async ({ url, id }, kit) => {
      const { expand } = await import('../../patterns/index.ts');
      const revision = expand(kit.blueprint).desired.find(({ kind }) => kind === 'opa.bundle')?.spec.revision;
      const answer = await kit.send({ url, method: 'GET', headers: [] });
      const evidence = [{ request: `the status of the service ${id}`, status: answer.status }];
      const none = answer.failure ?? `status ${answer.status}`;
      if (answer.status !== 200) return { status: 'inconclusive', why: `the service does not tell its status (${none})`, evidence };
      const told = readStatus(answer.body);
      const shown = [{ ...evidence[0], request: evidence[0]?.request ?? '', answer: told.revision ?? 'no policy' }];
      if (told.revision === revision && told.ready) return { status: 'passed', evidence: shown };
      const why = told.revision === revision ? 'its policy is too old to decide by' : `it decides by ${told.revision ?? 'no policy'}, not by ${String(revision)}`;
      return { status: 'failed', why, hint: 'authctl apply publishes the policy again; the log of the service says why it does not take it', evidence: shown };
    },
  }),
];

const readStatus = (body: string): { readonly ready: boolean; readonly revision: string | undefined } => {
  try {
    const { ready, revision } = JSON.parse(body) as { ready?: unknown; revision?: unknown };
    return { ready: ready === true, revision: typeof revision === 'string' ? revision : undefined };
  } catch {
    return { ready: false, revision: undefined };
  }
};
