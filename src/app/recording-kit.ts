import { generateKeyPairSync } from 'node:crypto';
import { callersOf, claimsOf, pathFor, whoPasses } from '../access/index.ts';
import type { Blueprint } from '../blueprint/types.ts';
import type { RouteSubject } from '../checks/contract.ts';
import type { Attack } from '../checks/kit/attack.ts';
import { makeHarness } from '../checks/kit/harness.ts';
import { hasNeed } from '../checks/kit/index.ts';
import type { Kit } from '../checks/kit/index.ts';
import { signJws } from '../checks/kit/jws.ts';
import { NotSent } from '../checks/kit/writes.ts';
import { createCertificates } from '../checks/kit/certificates.ts';
import { createProofs } from '../checks/kit/proofs.ts';
import type { createWrites } from '../checks/kit/writes.ts';
import { Secret } from '../core/secret.ts';

/** What would be sent, or read. */
export interface Noted {
  readonly words: string;
  /** Unstated where the objects of a target are read. */
  readonly method?: string;
  readonly address?: string;
}

interface Recording {
  readonly note: (noted: Noted) => void;
  /** What a run may do: writes that it may not send are not noted. Everything, unless it is stated. */
  readonly leave?: { readonly disruptive: boolean; readonly writes: ReturnType<typeof createWrites> };
}

/** Where a request goes; the endpoint of an API is known to AWS alone. */
const addressOf = (blueprint: Blueprint, { gateway, service, route }: RouteSubject, { base, around, path }: Pick<Attack, 'base' | 'around' | 'path'>): string => {
  const host = base ?? (around === true ? service.upstream : gateway === 'aws' ? '(the endpoint of the API)' : (blueprint.targets.kong?.proxy.url ?? ''));
  return `${host.replace(/\/$/, '')}${path ?? pathFor(service, route, whoPasses(blueprint, route))}`;
};

/**
 * A kit that sends nothing: it notes each request, and answers as a gateway that lets nobody in, or, with `leave`, those who show a good token. Tokens
 * are made up on the spot by a key that nobody trusts.
 */
export const recordingKit = (blueprint: Blueprint, { note, leave }: Recording): Kit => {
  let now = Date.now();
  // Nobody waits for what is not sent.
  const clock: Kit['clock'] = {
    now: () => now,
    wait: (milliseconds) => {
      now += milliseconds;
      return Promise.resolve();
    },
  };
  const issued = new Set<string>();
  const issue = (token: string): Secret => {
    issued.add(token);
    const secret = new Secret(token);
    return leave?.writes.issue(secret) ?? secret;
  };
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const callers = callersOf(blueprint);
  const tokenOf = (who: string): Promise<Secret> => {
    const caller = callers.find(({ name }) => name === who);
    const claims = caller && claimsOf(blueprint, caller, Math.floor(Date.now() / 1000));
    if (!claims) return Promise.reject(new Error(`nobody is called ${who}`));
    return Promise.resolve(
      issue(signJws({ alg: 'RS256', typ: 'JWT', kid: 'rehearsal' }, { ...claims, jti: 'rehearsal' }, privateKey, 'RS256')),
    );
  };
  const tokens = async (who: string): Promise<{ readonly access: Secret; readonly id: Secret; readonly refresh: Secret }> => {
    const access = await tokenOf(who);
    return { access, id: access, refresh: access };
  };
  const answer = { status: 401, headers: {}, setCookies: [], body: '', milliseconds: 0, upstream: undefined };
  const call: Kit['call'] = (subject, attack) => {
    const query = attack.query === undefined ? '' : '?…';
    const refusal = leave?.writes.refusal(subject, attack);
    if (refusal) return Promise.reject(refusal);
    const request = `${attack.method ?? subject.route.method} ${attack.path ?? pathFor(subject.service, subject.route, whoPasses(blueprint, subject.route))}${query} with ${attack.label}`;
    note({ words: request, method: attack.method ?? subject.route.method, address: addressOf(blueprint, subject, attack) });
    const passes = leave !== undefined && attack.token !== undefined && issued.has(attack.token);
    const given = passes ? { ...answer, status: 200, upstream: [{ method: attack.method ?? subject.route.method, path: attack.path ?? subject.route.path, headers: {} }] } : answer;
    return Promise.resolve({ ...given, evidence: { request, status: given.status } });
  };
  const harness =
    leave?.disruptive === false
      ? undefined
      : makeHarness('rehearsal', blueprint.realm.tokens.algorithm.startsWith('RS') ? blueprint.realm.tokens.algorithm : 'RS256', privateKey);
  const callAll: Kit['callAll'] = (subject, attacks) =>
    Promise.all(
      attacks.map((attack) =>
        call(subject, attack).catch((thrown: unknown) => {
          if (thrown instanceof NotSent) return thrown;
          throw thrown;
        }),
      ),
    );
  return {
    blueprint,
    tokens: { persona: tokens, client: tokens, proofs: createProofs(blueprint, clock), certificates: createCertificates(blueprint, clock), clientAuth: { form: () => ({}), assertion: () => ({}), authentication: () => () => undefined }, configurationOf: () => Promise.reject(new Error('a rehearsal has no issuer')) },
    send: ({ method, url }) => {
      note({ words: `${method} ${url}`, method, address: url });
      return Promise.resolve(answer);
    },
    sendBytes: () => Promise.resolve(answer),
    openStore: () => Promise.reject(new Error('a rehearsal has no store')),
    clock,
    call,
    callAll,
    sendAll: async (subject, attacks) => {
      const answers = await callAll(subject, attacks);
      return () => Promise.resolve(answers);
    },
    callBytes: (subject, label) => {
      note({ words: label, method: 'as bytes', address: addressOf(blueprint, subject, {}) });
      return Promise.resolve({ ...answer, evidence: { request: label, status: answer.status } });
    },
    good: async (subject) => tokenOf(whoPasses(blueprint, subject.route) ?? ''),
    whoPasses: ({ route }) => whoPasses(blueprint, route),
    tokenOf,
    harness,
    fixtures: { hold: () => Promise.reject(new Error('a rehearsal makes nothing')), release: () => Promise.resolve(), made: () => false, releaseAll: () => Promise.resolve([]) },
    has: leave ? (need, subject) => hasNeed(need, subject, { blueprint, disruptive: leave.disruptive, harness }) : () => true,
    mayWrite: leave ? leave.writes.mayWrite : () => true,
    live: (kind) => {
      note({ words: `read the live ${kind} objects` });
      return Promise.resolve([]);
    },
    reach: () => {
      note({ words: 'work out what is within reach of the live gateway' });
      return Promise.resolve([]);
    },
    awsReach: () => {
      note({ words: 'work out what is within reach of the live APIs' });
      return Promise.resolve([]);
    },
    realmReach: () => {
      note({ words: 'work out what is within reach of the live realm' });
      return Promise.resolve([]);
    },
    ways: () => {
      note({ words: 'work out every live route to a service' });
      return Promise.resolve([]);
    },
    disruptive: leave?.disruptive ?? true,
    journal: [],
  };
};
