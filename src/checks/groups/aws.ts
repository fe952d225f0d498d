import { awsKeysOf } from '../../access/index.ts';
import type { Check, Outcome } from '../contract.ts';
import { defineCheck } from '../contract.ts';
import { attackerKey, encodeJson, partsOf, signJws } from '../kit/jws.ts';
import { generateKeyPairSync } from 'node:crypto';
import { aws as specs } from '../../providers/aws/specs/index.ts';
import { passes } from './pos.ts';
import type { Evidence } from '../../core/report.ts';
import { readJson } from '../kit/http.ts';
import { behindAws, oneReadPerService, protectedReads, protectedRoutes, refuses } from '../refuses.ts';

/** What AWS documents of its JWT authorizer, and what follows from it. */
export const aws: readonly Check[] = [
  refuses({
    id: 'AWS-01',
    claim: 'algorithms other than RSA are refused by the authorizer',
    severity: 'high',
    source: 'API Gateway developer guide, JWT authorizers: only RSA-based algorithms',
    needs: ['aws'],
    subjects: behindAws(protectedReads),
    attacks: async (kit, subject) => {
      const { header, payload } = partsOf((await kit.good(subject)).reveal());
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      return [{ label: 'an ES256 signature', token: signJws({ ...header, alg: 'ES256' }, payload, privateKey, 'ES256') }];
    },
  }),
  defineCheck({
    id: 'AWS-02',
    claim: 'client_id stands in for a missing audience, and only then',
    severity: 'medium',
    source: 'API Gateway developer guide, JWT authorizers: aud or client_id',
    needs: ['aws', 'issuer-key'],
    subjects: behindAws(protectedReads),
    run: async (subject, kit) => {
      const good = (await kit.good(subject)).reveal();
      const { audience } = subject.service;
      const alone = kit.harness?.forge(good, { payload: { aud: undefined, client_id: audience } }) ?? '';
      const beside = kit.harness?.forge(good, { payload: { aud: 'other', client_id: audience } }) ?? '';
      const let_in = await (await passes(subject, kit, [{ label: 'no audience, a matching client_id', token: alone }]))();
      if (let_in.status !== 'passed') return let_in;
      const answer = await kit.call(subject, { label: 'another audience, a matching client_id', token: beside });
      const evidence = [...let_in.evidence, answer.evidence];
      return answer.status === 401 ? { status: 'passed', evidence } : { status: 'failed', why: `expected 401, got ${answer.status}`, evidence };
    },
  }),
  defineCheck({
    id: 'AWS-03',
    claim: 'every route behind the authorizer demands a scope, because without one an ID token would pass, but for those that say so (`anyToken`)',
    severity: 'critical',
    source: 'API Gateway developer guide, JWT authorizers, note on ID tokens',
    needs: ['aws'],
    readsConfiguration: true,
    subjects: (blueprint) => behindAws(protectedRoutes)(blueprint).filter(({ route }) => route.anyToken !== true),
    run: async (subject, kit) => {
      const routes = await kit.live(specs.route.kind);
      const keys = awsKeysOf(subject.route);
      const live = routes.filter(specs.route.is).filter(({ id }) => keys.some((key) => id === specs.route.id(kit.blueprint.name, key)));
      const evidence = [{ request: `read the live route ${keys.join(', ')}` }];
      if (live.length < keys.length) return { status: 'failed', why: 'the route is not in the live API', evidence };
      const other = live.find(({ spec }) => spec.AuthorizationType !== 'JWT');
      if (other) return { status: 'failed', why: `the live route has authorization type ${String(other.spec.AuthorizationType)}`, evidence };
      return live.every(({ spec }) => (spec.AuthorizationScopes?.length ?? 0) > 0)
        ? { status: 'passed', evidence }
        : { status: 'failed', why: 'the live route demands no scope', evidence };
    },
  }),
  defineCheck({
    id: 'AWS-04',
    claim: 'the authorizer finds the keys by discovery, wherever the issuer keeps them',
    severity: 'high',
    source: 'API Gateway developer guide, JWT authorizers: jwks_uri',
    needs: ['aws'],
    readsConfiguration: true,
    subjects: behindAws(oneReadPerService),
    run: async (subject, kit) => {
      const { blueprint } = kit;
      const { kid } = partsOf((await kit.good(subject)).reveal()).header;
      const evidence: Evidence[] = [];
      const failed = (why: string): Outcome => ({ status: 'failed', why, evidence });
      const authorizers = (await kit.live(specs.authorizer.kind)).filter(specs.authorizer.is);
      const live = authorizers.find(({ id }) => id === specs.authorizer.id(blueprint.name, subject.service.id));
      const issuer = live?.spec.JwtConfiguration?.Issuer;
      if (issuer == null) return failed('no live authorizer of the service names an issuer');
      const read = async (url: string): Promise<Readonly<Record<string, unknown>> | undefined> => {
        const answer = await kit.send({ url, method: 'GET', headers: [] });
        evidence.push({ request: `GET ${url}`, status: answer.status });
        return answer.status === 200 ? readJson(answer.body) : undefined;
      };
      const address = (await read(`${issuer}/.well-known/openid-configuration`))?.jwks_uri;
      if (typeof address !== 'string') return failed("discovery of the live authorizer's issuer names no keys");
      const keys = (await read(address))?.keys;
      const found = Array.isArray(keys) && keys.some((key: unknown) => typeof key === 'object' && key !== null && 'kid' in key && key.kid === kid);
      return found ? { status: 'passed', evidence } : failed('the key that signs good tokens is not among those it leads to');
    },
  }),
  defineCheck({
    id: 'AWS-22',
    claim: 'a route with `anyToken` takes any token for the service, an ID token among them, and none for anything else',
    severity: 'medium',
    source: 'API Gateway developer guide, JWT authorizers, note on ID tokens',
    needs: ['aws', 'issuer-key'],
    subjects: (blueprint) => behindAws(protectedReads)(blueprint).filter(({ route }) => route.anyToken === true),
    run: async (subject, kit) => {
      const good = (await kit.good(subject)).reveal();
      const like = (payload: Readonly<Record<string, unknown>>): string => kit.harness?.forge(good, { payload: { ...payload, scope: undefined } }) ?? '';
      const let_in = await (await passes(subject, kit, [{ label: 'an ID token for the service, without a scope', token: like({ typ: 'ID' }) }]))();
      if (let_in.status !== 'passed') return let_in;
      const answer = await kit.call(subject, { label: 'the same for another audience', token: like({ typ: 'ID', aud: 'authctl-somebody-else', client_id: undefined }) });
      const evidence = [...let_in.evidence, answer.evidence];
      return answer.status === 401 ? { status: 'passed', evidence } : { status: 'failed', why: `expected 401, got ${answer.status}`, evidence };
    },
  }),
  refuses({
    id: 'AWS-05',
    claim: 'the gateway really verifies signatures',
    severity: 'critical',
    source: 'API Gateway developer guide, JWT authorizers; emulators are known not to',
    needs: ['aws'],
    subjects: behindAws(protectedRoutes),
    attacks: async (kit, subject) => {
      const { header, payload, segments } = partsOf((await kit.good(subject)).reveal());
      return [
        { label: 'changed claims', token: `${segments[0]}.${encodeJson({ ...payload, sub: 'someone-else' })}.${segments[2]}` },
        { label: "the attacker's signature", token: signJws(header, payload, attackerKey()) },
      ];
    },
  }),
  refuses({
    id: 'AWS-08',
    claim: 'only the declared identity source is read',
    severity: 'medium',
    source: 'API Gateway developer guide, JWT authorizers: identity source',
    needs: ['aws'],
    subjects: behindAws(protectedReads),
    attacks: async (kit, subject) => {
      const token = (await kit.good(subject)).reveal();
      const cookie = subject.service.authentication.token.cookie ?? 'token';
      return [
        { label: 'the token in X-Token', headers: [['X-Token', token]] },
        { label: 'the token in a cookie', headers: [['Cookie', `${cookie}=${token}`]] },
        { label: 'the token in the query', query: `Authorization=${token}` },
      ];
    },
  }),
  refuses({
    id: 'AWS-12',
    claim: 'a service that trusts another issuer refuses the tokens of the realm',
    severity: 'critical',
    source: 'API Gateway developer guide, JWT authorizers: iss must match the issuer',
    needs: ['aws', 'persona'],
    subjects: (blueprint) => behindAws(protectedReads)(blueprint).filter(({ service }) => service.authentication.issuer !== undefined),
    attacks: async (kit, { service }) =>
      Promise.all(
        Object.keys(kit.blueprint.personas).map(async (who) => ({ label: `a good token of ${who}`, token: (await kit.tokenOf(who, service)).reveal() })),
      ),
  }),
  refuses({
    id: 'AWS-09',
    claim: 'a path that is not declared leads nowhere',
    severity: 'critical',
    source: 'OWASP API9:2023; ASVS 5.0 8.2.1',
    needs: ['aws'],
    subjects: behindAws(oneReadPerService),
    status: [401, 403, 404],
    attacks: (_kit, { service }) => [
      { label: 'a path nobody declared', path: '/authctl-undeclared' },
      { label: 'a deeper path', path: `/${service.id}/1/2/3/4` },
      { label: 'the root', path: '/' },
      { label: 'a method nobody declared', method: 'PATCH' },
    ],
  }),
];
