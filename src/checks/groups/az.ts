import type { Blueprint } from '../../blueprint/types.ts';
import type { Evidence } from '../../core/report.ts';
import { answerOf, bundleName, decisionsOf, expected, hasPolicy, isYes, judgedCallers, kongAsks, pathFor, policyInput } from '../../access/index.ts';
import { kong } from '../../providers/kong/specs/index.ts';
import { kongName } from '../../providers/kong/specs/marks.ts';
import { routeName } from '../../patterns/objects.ts';
import type { Check, Later, Outcome, PlainSubject, RouteSubject } from '../contract.ts';
import { defineCheck, isRead } from '../contract.ts';
import { isMeantFor } from '../kit/audience.ts';
import { knownAnswer } from '../kit/index.ts';
import { isWeakFor } from '../kit/levels.ts';
import type { Answer, Kit } from '../kit/index.ts';
import { readJson } from '../kit/http.ts';
import { brokeDown, gotThrough, statusText } from '../kit/through.ts';
import { furtherClient } from '../kit/further.ts';
import { claimsBehind } from '../kit/introspection.ts';
import { partsOf } from '../kit/jws.ts';
import { allRoutes, behindKong, refuses } from '../refuses.ts';

/** One cell of the access matrix: this caller on this route behind this gateway. */
interface Cell extends RouteSubject {
  readonly cell: NonNullable<RouteSubject['cell']>;
}

const cells = (blueprint: Blueprint): readonly Cell[] =>
  allRoutes(blueprint).flatMap((subject) =>
    judgedCallers(blueprint).map((who) => ({
      ...subject,
      name: `${subject.name} as ${who}`,
      cell: { who, allowed: expected(blueprint, who, subject.route) },
    })),
  );

const tryCell = async (subject: Cell, kit: Kit): Promise<Outcome | Later> => {
  if (!isRead(subject) && !kit.disruptive) return { status: 'skipped', why: 'disruptive', evidence: [] };
  const { who, allowed } = subject.cell;
  const token = who === 'anonymous' ? undefined : (await kit.tokenOf(who, subject.service)).reveal();
  const answers = await kit.sendAll(subject, [
    {
      label: allowed ? 'a good token' : `the token of ${who}`,
      path: pathFor(subject.service, subject.route, who),
      ...(token !== undefined && { token }),
    },
  ]);
  return async () => judgeCell(subject, kit, { token, answer: knownAnswer((await answers())[0]) });
};

const judgeCell = async (subject: Cell, kit: Kit, { token, answer }: { readonly token: string | undefined; readonly answer: Answer }): Promise<Outcome> => {
  const { who, allowed } = subject.cell;
  const evidence = [answer.evidence];
  const passed = gotThrough(answer);
  if (allowed) return passed ? { status: 'passed', evidence } : { status: answer.status >= 500 ? 'crashed' : 'failed', why: `${who} must pass, and got ${statusText(answer)}`, evidence };
  if (passed || (answer.upstream?.length ?? 0) > 0) return { status: 'failed', why: `${who} must not pass, and did (${answer.status})`, hint: 'has the policy, or the scope of the route, been changed?', evidence };
  // A token for other audiences is no token here (RFC 6750 section 3.1: invalid_token); one that lacks a scope or a role is a known caller.
  const expected = token === undefined || isWeakFor(kit.blueprint, subject, subject.cell.who) || !isMeantFor(kit.blueprint, subject.service, await claimsOf(subject, kit, token)) ? 401 : 403;
  if (answer.status === expected) return { status: 'passed', evidence };
  return { status: brokeDown(answer) ? 'crashed' : 'failed', why: `refused with ${answer.status} instead of ${expected}`, evidence };
};

/** What the issuer says of a caller; behind a session's cookie is the token that the same person gets by signing in. */
const claimsOf = async ({ cell: { who }, service: { authentication } }: Cell, kit: Kit, token: string): Promise<Readonly<Record<string, unknown>>> =>
  furtherClient(kit.blueprint, who) ? partsOf(token).payload :
  claimsBehind(kit, authentication.session ? (await kit.tokens.persona(who, undefined, authentication)).access.reveal() : token, authentication);

const servicesOf = ({ realm }: Blueprint): readonly string[] => Object.keys(realm.clients).filter((id) => realm.clients[id]?.type === 'service');

/** Asks the OPA servers directly for a decision, as the gateway does. */
export const decide = async (kit: Kit, path: string, input: unknown): Promise<readonly { readonly allowed: boolean; readonly evidence: Evidence }[]> => {
  const { opa } = kit.blueprint.targets;
  const found = [];
  for (const server of opa?.servers ?? []) {
    const answer = await kit.send({
      url: `${server.replace(/\/$/, '')}/v1/data/${path}`,
      method: 'POST',
      headers: [['Content-Type', 'application/json'], ...(opa?.token ? [['Authorization', `Bearer ${opa.token.reveal()}`] as const] : [])],
      body: JSON.stringify({ input }),
    });
    const result = answer.status === 200 ? readJson(answer.body)?.result : undefined;
    found.push({ allowed: isYes(result, answerOf(kit.blueprint)), evidence: { request: `ask ${server} for ${path}`, status: answer.status } });
  }
  return found;
};

interface PolicySubject extends PlainSubject {
  readonly decision: string;
}

/** Every decision that the gateway asks for. */
const thePolicy = (blueprint: Blueprint): readonly PolicySubject[] =>
  kongAsks(blueprint) ? decisionsOf(blueprint).map((decision) => ({ name: `opa ${decision}`, origin: blueprint.at('authorization'), of: 'opa', decision })) : [];

/** A request to what nobody declared, in the shape in which the policy is asked. */
const undeclared = (blueprint: Blueprint, changes: { readonly method: 'GET' | 'DELETE'; readonly path: string; readonly service?: string }, token: object): readonly unknown[] => {
  const route = allRoutes(blueprint)[0]?.route;
  return route === undefined ? [] : [policyInput(blueprint, { ...route, id: 'undeclared', ...changes }, { path: changes.path, source: 'kong', token })];
};

/** What no asker of this shape would send. */
const senseless = ({ authorization: { input, fields } }: Blueprint): readonly unknown[] => {
  const http = { method: 1, path: [], host: {}, headers: { authorization: 7 } };
  if (input === 'envoy') return [{ attributes: null }, { attributes: { request: { http } }, parsed_path: 'x', parsed_query: [] }];
  if (input === 'kong') return [{ request: null }, { request: { http }, route: { name: 1 } }];
  if (input === 'mapping') return [Object.fromEntries(Object.keys(fields).map((name) => [name.split('.')[0], 1]))];
  return [
    { token: null, request: null, route: null },
    { token: { scope: 1, realm_access: 'admin' }, request: { method: 1, path: [] }, route: 'x' },
  ];
};

const denies = (id: string, claim: string, source: string, inputs: (blueprint: Blueprint) => readonly unknown[]): Check =>
  defineCheck<PolicySubject>({
    id,
    claim,
    severity: 'critical',
    source,
    needs: ['opa'],
    subjects: thePolicy,
    run: async ({ decision }, kit) => {
      const answers = [];
      for (const input of inputs(kit.blueprint)) answers.push(...(await decide(kit, decision, input)));
      const evidence = answers.map((answer) => answer.evidence);
      const unreached = answers.find((answer) => answer.evidence.status !== 200);
      if (answers.length === 0 || unreached) return { status: 'inconclusive', why: 'OPA did not answer', evidence };
      return answers.some(({ allowed }) => allowed)
        ? { status: 'failed', why: 'the policy allows it', hint: 'the live policy is not the one of the blueprint: authctl drift', evidence }
        : { status: 'passed', evidence };
    },
  });

/** Authorization: the matrix of the blueprint, cell by cell, and the policy behind it. */
export const az: readonly Check[] = [
  defineCheck({
    id: 'AZ-06',
    credential: 'any',
    claim: 'the access matrix holds: who may pass passes, everybody else is refused',
    severity: 'critical',
    source: 'ASVS 5.0 8.2.1; OWASP API5:2023',
    subjects: cells,
    run: tryCell,
  }),
  denies('AZ-01', 'the policy denies what no rule allows', 'ASVS 5.0 8.2.1; OPA documentation, default rules', (blueprint) => [
    ...undeclared(blueprint, { method: 'GET', path: '/authctl-undeclared' }, { sub: 'x' }),
    ...undeclared(blueprint, { method: 'DELETE', path: '/', service: 'undeclared' }, { sub: 'x', scope: 'admin' }),
  ]),
  denies('AZ-02', 'the policy denies a question it cannot understand', 'OPA documentation, REST API: an undefined decision has no result', (blueprint) => [{}, ...senseless(blueprint)]),
  refuses({
    id: 'AZ-09',
    claim: 'a role of another client, or a claim the user controls, opens nothing',
    severity: 'critical',
    source: 'ASVS 5.0 10.3.2; Keycloak documentation, resource_access',
    needs: ['issuer-key', 'disruptive'],
    status: [403],
    subjects: (blueprint) => behindKong(allRoutes)(blueprint).filter(({ route }) => route.roles.length > 0),
    attacks: async (kit, subject) => {
      if (kit.whoPasses(subject) === undefined || !kit.harness) return [];
      const good = (await kit.good(subject)).reveal();
      const roles = [...subject.route.roles];
      const variants = {
        'the roles under another client': { realm_access: { roles: [] }, resource_access: { other: { roles } } },
        'the roles as a claim of their own': { realm_access: undefined, roles },
        'the roles as groups': { realm_access: { roles: [] }, groups: roles },
        'the roles as one text': { realm_access: { roles: roles.join(' ') } },
      };
      return Object.entries(variants).map(([label, payload]) => ({ label, token: kit.harness?.forge(good, { payload }) ?? '', valid: true }));
    },
  }),
  refuses({
    id: 'AZ-24',
    claim: 'a service cannot act for a person: its own token opens nothing that takes a role',
    severity: 'high',
    source: 'RFC 9068 sections 2.2 and 5; ASVS 5.0 10.3.3',
    needs: ['issuer-key', 'disruptive'],
    status: [403],
    subjects: (blueprint) =>
      // Where a service may by `expect`, the policy lets services act on purpose.
      hasPolicy(blueprint) ? behindKong(allRoutes)(blueprint).filter(({ route }) => route.roles.length > 0 && !servicesOf(blueprint).some((client) => expected(blueprint, client, route))) : [],
    attacks: async (kit, subject) => {
      if (kit.whoPasses(subject) === undefined || !kit.harness) return [];
      const good = (await kit.good(subject)).reveal();
      const accounts = { 'a client of its own': { client_id: 'reports' }, 'the name of a service account': { preferred_username: 'service-account-reports' } };
      return Object.entries(accounts).map(([label, payload]) => ({ label, token: kit.harness?.forge(good, { payload }) ?? '', valid: true }));
    },
  }),
  defineCheck({
    id: 'AZ-11',
    claim: "OPA's own API cannot be reached through the gateway",
    severity: 'critical',
    source: 'OPA documentation, security; ASVS 5.0 13.4.5; OWASP API8:2023',
    needs: ['kong', 'opa'],
    subjects: thePolicy,
    run: async (_subject, kit) => {
      const evidence: Evidence[] = [];
      for (const path of ['/v1/policies', '/v1/data', '/v1/config', '/v1/status', '/v1/query?q=x=1', '/health']) {
        const { status, body } = await kit.send({ url: `${kit.blueprint.targets.kong?.proxy.url ?? ''}${path}`, method: 'GET', headers: [] });
        evidence.push({ request: `GET ${path} at the gateway`, status });
        if (status === 0 || status >= 500) return { status: 'crashed', why: `got ${status}`, evidence };
        if (status < 400 || /"result"\s*:/.test(body)) return { status: 'failed', why: `${path} got an answer`, hint: 'which route leads to OPA?', evidence };
      }
      return { status: 'passed', evidence };
    },
  }),
  defineCheck({
    id: 'AZ-15',
    claim: "every OPA serves the blueprint's revision of the policy",
    severity: 'high',
    source: 'OPA documentation, status API: active_revision',
    needs: ['opa'],
    subjects: thePolicy,
    run: async (_subject, kit) => {
      const { expand } = await import('../../patterns/index.ts');
      const wanted = expand(kit.blueprint).desired.find(({ kind }) => kind === 'opa.bundle');
      const live = (await kit.live('opa.bundle')).find(({ id }) => id === bundleName(kit.blueprint));
      const revision = wanted?.spec.revision;
      const active = Object.entries((live?.spec.active ?? {}) as Record<string, unknown>);
      const evidence = active.map(([server, found]) => ({ request: `the status of ${server}`, answer: String(found) }));
      const stale = active.filter(([, found]) => found !== revision);
      if (active.length === 0) return { status: 'failed', why: 'no OPA reports a bundle', evidence };
      return stale.length === 0
        ? { status: 'passed', evidence }
        : { status: 'failed', why: `${stale.map(([server]) => server).join(', ')} serves another revision than ${String(revision)}`, hint: 'authctl apply publishes the policy again', evidence };
    },
  }),
  defineCheck({
    id: 'AZ-23',
    claim: 'every route at the gateway is in the blueprint',
    severity: 'high',
    source: 'OWASP API9:2023',
    needs: ['kong'],
    subjects: (blueprint) => (blueprint.targets.kong ? [{ name: 'kong routes', origin: blueprint.at('services'), of: 'kong' }] : []),
    run: async (_subject, kit) => {
      const { blueprint } = kit;
      const known = new Set([...allRoutes(blueprint).map(({ route }) => routeName(blueprint, route)), ...Object.keys(blueprint.raw.kong.entities.routes ?? {})]);
      const services = new Set(Object.keys(blueprint.services).flatMap((id) => [kongName(blueprint, id), kongName(blueprint, id, 'public')]));
      const extra = (await kit.live(kong.route.kind)).filter(kong.route.is).filter(({ id, spec }) => {
        const service = spec.service?.name;
        return service != null && services.has(service) && !known.has(id);
      });
      const evidence = extra.map(({ id }) => ({ request: `the live route ${id}` }));
      return extra.length === 0 ? { status: 'passed', evidence } : { status: 'failed', why: `${extra.length} routes lead to a service of the blueprint and are not in it`, evidence };
    },
  }),
];
