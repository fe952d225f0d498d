import { generateKeyPairSync } from 'node:crypto';
import type { Blueprint } from '../blueprint/types.ts';
import type { Check } from '../checks/contract.ts';
import { isRouteSubject } from '../checks/contract.ts';
import { makeHarness } from '../checks/kit/harness.ts';
import type { Kit } from '../checks/kit/index.ts';
import { callersOf, claimsOf, pathFor, whoPasses } from '../access/index.ts';
import { realClock } from '../checks/kit/network.ts';
import { signJws } from '../checks/kit/jws.ts';
import { Secret } from '../core/secret.ts';
import type { Rehearsal } from '../explain/check.ts';

/**
 * Runs a check on its first route with a kit that writes down what would be sent and answers 401 to everything. Tokens are made up on the
 * spot by a key that nobody trusts. Only checks about routes: they reach the world through the kit alone. `undefined` for the others.
 */
export const rehearse = async (check: Check, blueprint: Blueprint): Promise<Rehearsal | undefined> => {
  const [subject] = check.subjects(blueprint).filter(isRouteSubject);
  if (subject === undefined) return undefined;
  const requests: string[] = [];
  let complete = true;
  try {
    const { status } = await check.run(subject, recordingKit(blueprint, requests));
    // It could not judge by these answers, so with others it might have gone on.
    complete = status !== 'inconclusive' && status !== 'skipped';
  } catch {
    // A check that goes on only after a real answer stops here; what it had sent so far stands.
    complete = false;
  }
  return { subject: subject.name, requests: [...new Set(requests)], complete };
};

const recordingKit = (blueprint: Blueprint, requests: string[]): Kit => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const callers = callersOf(blueprint);
  const tokenOf = (who: string): Promise<Secret> => {
    const caller = callers.find(({ name }) => name === who);
    const claims = caller && claimsOf(blueprint, caller, Math.floor(Date.now() / 1000));
    if (!claims) return Promise.reject(new Error(`nobody is called ${who}`));
    return Promise.resolve(
      new Secret(signJws({ alg: 'RS256', typ: 'JWT', kid: 'rehearsal' }, { ...claims, jti: 'rehearsal' }, privateKey, 'RS256')),
    );
  };
  const tokens = async (who: string): Promise<{ readonly access: Secret; readonly id: Secret; readonly refresh: Secret }> => {
    const access = await tokenOf(who);
    return { access, id: access, refresh: access };
  };
  const answer = { status: 401, headers: {}, setCookies: [], body: '', milliseconds: 0, upstream: undefined };
  const call: Kit['call'] = (subject, attack) => {
    const query = attack.query === undefined ? '' : '?…';
    const request = `${attack.method ?? subject.route.method} ${attack.path ?? pathFor(subject.service, subject.route, whoPasses(blueprint, subject.route))}${query} with ${attack.label}`;
    requests.push(request);
    return Promise.resolve({ ...answer, evidence: { request, status: answer.status } });
  };
  return {
    blueprint,
    tokens: { persona: tokens, client: tokens, configurationOf: () => Promise.reject(new Error('a rehearsal has no issuer')) },
    send: ({ method, url }) => {
      requests.push(`${method} ${url}`);
      return Promise.resolve(answer);
    },
    sendBytes: () => Promise.resolve(answer),
    openStore: () => Promise.reject(new Error('a rehearsal has no store')),
    clock: realClock,
    call,
    callAll: (subject, attacks) => Promise.all(attacks.map((attack) => call(subject, attack))),
    callBytes: (_subject, label) => {
      requests.push(label);
      return Promise.resolve({ ...answer, evidence: { request: label, status: answer.status } });
    },
    good: async (subject) => tokenOf(whoPasses(blueprint, subject.route) ?? ''),
    whoPasses: ({ route }) => whoPasses(blueprint, route),
    tokenOf,
    harness: makeHarness(
      'rehearsal',
      blueprint.realm.tokens.algorithm.startsWith('RS') ? blueprint.realm.tokens.algorithm : 'RS256',
      privateKey,
    ),
    fixtures: { hold: () => Promise.reject(new Error('a rehearsal makes nothing')), release: () => Promise.resolve(), made: () => false, releaseAll: () => Promise.resolve([]) },
    has: () => true,
    mayWrite: () => true,
    live: (kind) => {
      requests.push(`read the live ${kind} objects`);
      return Promise.resolve([]);
    },
    reach: () => {
      requests.push('work out what is within reach of the live gateway');
      return Promise.resolve([]);
    },
    realmReach: () => {
      requests.push('work out what is within reach of the live realm');
      return Promise.resolve([]);
    },
    ways: () => {
      requests.push('work out every live route to a service');
      return Promise.resolve([]);
    },
    disruptive: true,
    journal: [],
  };
};
