import type { Check, Outcome } from '../contract.ts';
import { authorizationCodeGrant, refreshTokenGrant, ResponseBodyError } from 'openid-client';
import { defineCheck } from '../contract.ts';
import type { PlainSubject } from '../contract.ts';
import { withVisitor } from '../kit/keycloak.ts';
import { failed, mustBeAlive, mustBeDead, sessionCheck, skipped } from '../kit/session-scene.ts';
import type { Scene } from '../kit/session-scene.ts';
import { signOut } from '../kit/sessions.ts';
import { gotThrough } from '../kit/through.ts';
import { authorize } from '../kit/tokens.ts';
import { sesSignIn } from './ses-sign-in.ts';
import { sesStore } from './ses-store.ts';

/** Longer than this no check waits for a clock. */
const PATIENCE = 20;
const tooLong = (what: string, seconds: number): Outcome => skipped(`${what} is ${seconds} s, and a check waits ${PATIENCE} s at most`);

const ids = async (scene: Scene, count: number): Promise<readonly string[]> => {
  const found = [];
  for (let left = count; left > 0; left -= 1) found.push((await scene.signIn()).cookie.reveal());
  return found;
};

/** Bits that the part of a cookie which differs from session to session can hold at most: its length times what one character can say. */
const bitsOf = (values: readonly string[]): number => {
  const parts = values.map((value) => value.split(/[.|]/)[0] ?? '');
  const size = /^[0-9a-f]*$/i.test(parts.join('')) ? 4 : 6;
  const fixed = [...(parts[0] ?? '')].findIndex((letter, at) => parts.some((part) => part[at] !== letter));
  return fixed < 0 ? 0 : ((parts[0] ?? '').length - fixed) * size;
};

/** Whether a session whose last use was sent at `used` may have ended for want of use by now, or for its age: who is slow to ask learns nothing of it. */
const mayHaveEnded = ({ kit: { clock }, site: { session: { idle, absolute } } }: Scene, used: number, begun: number): boolean =>
  clock.now() - used >= idle * 1000 || clock.now() - begun >= absolute * 1000;
/** Three sessions at most, until one was used in time; `undefined`: it was not. */
const inTime = async (scene: Scene, use: (scene: Scene) => Promise<Outcome | undefined>): Promise<Outcome> => {
  for (let tries = 0; tries < 3; tries += 1) {
    const outcome = await use(scene);
    if (outcome) return outcome;
  }
  return { status: 'inconclusive', why: 'the answers took as long as a session may go unused, so that it may have ended for that', evidence: [] };
};

/** Two renewals that twenty requests find due at once. `undefined`: they were refused so late that the session may have ended by itself. */
const renewTwice = async (scene: Scene): Promise<Outcome | undefined> => {
  const { kit: { clock }, site: { session: { renew, idle } } } = scene;
  const begun = clock.now();
  const cookie = (await scene.signIn()).cookie.reveal();
  const evidence = [];
  let used = begun;
  for (const round of ['first', 'second']) {
    await clock.wait((Math.min(renew, idle - 1) + 0.2) * 1000);
    const asked = clock.now();
    const answers = await Promise.all(Array.from({ length: 20 }, () => scene.show(cookie, `a session at its ${round} renewal`)));
    const bad = answers.filter((answer) => !gotThrough(answer));
    if (bad.length > 0 && mayHaveEnded(scene, used, begun)) return undefined;
    evidence.push(...(bad[0] ? [bad[0].evidence] : answers.slice(0, 1).map((answer) => answer.evidence)));
    if (bad[0]) return failed(`${bad.length} of 20 were refused at the ${round} renewal (${bad[0].status})`, evidence);
    used = asked;
  }
  return { status: 'passed', evidence };
};

/** A session that is used again and again, beyond its time. `undefined`: it was refused so late that it may have ended for want of use. */
const useToTheEnd = async (scene: Scene): Promise<Outcome | undefined> => {
  const { kit: { clock }, site: { session: { idle, absolute } } } = scene;
  let used = clock.now();
  const cookie = (await scene.signIn()).cookie.reveal();
  const begun = clock.now();
  const age = (): number => (clock.now() - begun) / 1000;
  while (age() < absolute - 1.5) {
    const asked = clock.now();
    const answer = await scene.show(cookie, `a session in use, ${age().toFixed(1)} s old`);
    if (!gotThrough(answer)) return mayHaveEnded(scene, used, begun) ? undefined : failed(`a session in use ended after ${age().toFixed(1)} s`, [answer.evidence]);
    used = asked;
    await clock.wait(Math.min(idle / 3, 1) * 1000);
  }
  while (age() < absolute + 1.5) {
    await scene.show(cookie, 'a session in use at its end');
    await clock.wait(300);
  }
  return mustBeDead(scene, cookie, `a session in use, ${age().toFixed(1)} s old`);
};

/** Life and death of a session: what ends it ends it for every service, and nothing else does. */
const life: readonly Check[] = [
  sessionCheck({
    id: 'SES-02',
    claim: 'a logout ends the session at the server, for every service at once: the old cookie is refused',
    severity: 'critical',
    source: 'ASVS 5.0 7.4.1; OpenID Connect RP-Initiated Logout 1.0',
    needs: ['persona', 'disruptive'],
    run: async (scene) => {
      const signedIn = await scene.signIn();
      const control = await mustBeAlive(scene, signedIn);
      if (control) return control;
      const landing = await signOut(scene.site, signedIn);
      const dead = await mustBeDead(scene, signedIn.cookie.reveal(), 'the cookie of a session that was signed out');
      if (dead.status !== 'passed') return { ...dead, why: `the logout answered ${landing.status}, and the cookie: ${dead.why ?? ''}` };
      return dead;
    },
  }),
  sessionCheck({
    id: 'SES-25',
    claim: 'requests that are under way during a logout do not bring the session back',
    severity: 'high',
    source: 'ASVS 5.0 7.4.1; CWE-362',
    needs: ['persona', 'disruptive'],
    run: async (scene) => {
      const signedIn = await scene.signIn();
      const control = await mustBeAlive(scene, signedIn);
      if (control) return control;
      const cookie = signedIn.cookie.reveal();
      const burst = (): Promise<unknown> => Promise.all(Array.from({ length: 10 }, () => scene.show(cookie, 'a session that is being signed out')));
      const under = burst();
      await Promise.all([signOut(scene.site, signedIn), under, burst()]);
      return mustBeDead(scene, cookie, 'the cookie of a session that was signed out meanwhile');
    },
  }),
  sessionCheck({
    id: 'SES-03',
    claim: 'a session that an administrator ends at Keycloak is refused by every service within two seconds (back-channel logout)',
    severity: 'high',
    source: 'OpenID Connect Back-Channel Logout 1.0 section 2.7; ASVS 5.0 7.4.1, 7.6.1',
    needs: ['persona', 'disruptive'],
    run: (scene) => {
      if (!scene.site.doors.backchannel) return Promise.resolve(skipped(`${scene.site.session.server} knows no back-channel logout`));
      return scene.visitor(async (visitor, keycloak) => {
        const signedIn = await scene.signIn(visitor);
        const control = await mustBeAlive(scene, signedIn);
        if (control) return control;
        await keycloak.demand('POST', `/users/${visitor.id}/logout`);
        return mustBeDead(scene, signedIn.cookie.reveal(), 'the session of a user whom an administrator signed out', 2);
      });
    },
  }),
  sessionCheck({
    id: 'SES-16',
    claim: 'ending one session leaves the other device signed in, and the next sign-in brings nothing back',
    severity: 'high',
    source: 'OpenID Connect Back-Channel Logout 1.0 section 2.4 (sid); ASVS 5.0 7.4.1',
    needs: ['persona', 'disruptive'],
    run: (scene) => {
      if (!scene.site.doors.backchannel) return Promise.resolve(skipped(`${scene.site.session.server} knows no back-channel logout`));
      return scene.visitor(async (visitor, keycloak) => {
        const [first, second] = [await scene.signIn(visitor), await scene.signIn(visitor)];
        const control = (await mustBeAlive(scene, first)) ?? (await mustBeAlive(scene, second));
        if (control) return control;
        await keycloak.demand('DELETE', `/sessions/${first.callback.searchParams.get('session_state') ?? ''}`);
        const gone = await mustBeDead(scene, first.cookie.reveal(), 'the session that an administrator ended', 2);
        if (gone.status !== 'passed') return gone;
        const other = await scene.show(second.cookie.reveal(), 'the session of the other device');
        if (!gotThrough(other)) return failed(`the other device was signed out, too (${other.status})`, [...gone.evidence, other.evidence]);
        await scene.signIn(visitor);
        const still = await mustBeDead(scene, first.cookie.reveal(), 'the ended session after another sign-in');
        return still.status === 'passed' ? { status: 'passed', evidence: [...gone.evidence, other.evidence, ...still.evidence] } : still;
      });
    },
  }),
  sessionCheck({
    id: 'SES-06',
    claim: 'a disabled account loses its session when the token is renewed, at the latest',
    severity: 'critical',
    source: 'ASVS 5.0 7.4.2; the blueprint: authentication.session.renew',
    needs: ['persona', 'disruptive'],
    run: (scene) => {
      const { renew } = scene.site.session;
      if (renew > PATIENCE) return Promise.resolve(tooLong('renew', renew));
      return scene.visitor(async (visitor, keycloak) => {
        const signedIn = await scene.signIn(visitor);
        const control = await mustBeAlive(scene, signedIn);
        if (control) return control;
        await keycloak.demand('PUT', `/users/${visitor.id}`, { enabled: false });
        return mustBeDead(scene, signedIn.cookie.reveal(), 'the session of a disabled account', renew + 2);
      });
    },
  }),
  sessionCheck({
    id: 'SES-26',
    claim: 'twenty requests at once that find the token due for renewal all pass, and the session lives on',
    severity: 'high',
    source: 'RFC 9700 section 4.14.2 (refresh token rotation); RFC 6749 section 10.4',
    needs: ['persona'],
    run: (scene) => {
      const { renew } = scene.site.session;
      return renew > PATIENCE ? Promise.resolve(tooLong('renew', renew)) : inTime(scene, renewTwice);
    },
  }),
  sessionCheck({
    id: 'SES-04',
    claim: 'a session that is not used ends',
    severity: 'high',
    source: 'ASVS 5.0 7.3.1; the blueprint: authentication.session.idle',
    needs: ['persona'],
    run: async (scene) => {
      const { idle } = scene.site.session;
      if (idle > PATIENCE) return tooLong('idle', idle);
      const signedIn = await scene.signIn();
      const control = await mustBeAlive(scene, signedIn);
      if (control) return control;
      await scene.kit.clock.wait((idle + 1.5) * 1000);
      return mustBeDead(scene, signedIn.cookie.reveal(), `a session that was not used for ${idle + 1.5} s`);
    },
  }),
  sessionCheck({
    id: 'SES-05',
    claim: 'a session ends after its absolute time, however much it is used',
    severity: 'high',
    source: 'ASVS 5.0 7.3.2; the blueprint: authentication.session.absolute',
    needs: ['persona'],
    run: (scene) => {
      const { absolute } = scene.site.session;
      return absolute > PATIENCE ? Promise.resolve(tooLong('absolute', absolute)) : inTime(scene, useToTheEnd);
    },
  }),
  sessionCheck({
    id: 'SES-08',
    claim: 'session ids do not repeat, and have room for 128 random bits',
    severity: 'medium',
    source: 'ASVS 5.0 7.2.3',
    needs: ['persona'],
    run: async (scene) => {
      const values = await ids(scene, 12);
      const evidence = [{ request: `${values.length} sign-ins`, answer: `room for ${bitsOf(values)} bits` }];
      if (new Set(values).size !== values.length) return failed('two sign-ins got the same id', evidence);
      return bitsOf(values) >= 128 ? { status: 'passed', evidence } : failed(`room for ${bitsOf(values)} bits alone`, evidence);
    },
  }),
  defineCheck<PlainSubject>({
    id: 'SES-27',
    claim: "an administrator sees a person's session at Keycloak, and its refresh token is worth nothing once it is ended there",
    severity: 'high',
    source: 'ASVS 5.0 7.4.5; RFC 9700 section 4.14',
    needs: ['persona', 'disruptive'],
    subjects: (blueprint) => [{ name: `keycloak ${blueprint.realm.name}`, origin: blueprint.at('realm.sessions'), of: 'keycloak' }],
    run: ({ name }, kit) =>
      withVisitor(kit, Object.keys(kit.blueprint.personas)[0] ?? '', async (visitor, keycloak) => {
        const { client } = kit.blueprint.authentication;
        const configuration = await kit.tokens.configurationOf(client);
        const redirectUri = kit.blueprint.realm.clients[client]?.redirectUris[0] ?? '';
        const proof = await kit.tokens.proofs.options(client, configuration);
        const signedIn = await authorize(kit.send, { configuration, redirectUri, scope: 'openid', username: visitor.username, password: visitor.password });
        const checks = { pkceCodeVerifier: signedIn.verifier.reveal(), expectedState: signedIn.state, expectedNonce: signedIn.nonce };
        const { refresh_token: first = '' } = await authorizationCodeGrant(configuration, signedIn.location, checks, undefined, proof);
        const { refresh_token: refreshToken = first } = await refreshTokenGrant(configuration, first, undefined, proof);
        const sessions = (): Promise<readonly { readonly id: string }[]> =>
          keycloak.get<{ id: string }[]>(`/users/${visitor.id}/sessions`);
        const before = await sessions();
        const evidence = [{ request: `sessions of a person in ${name}`, answer: `${before.length}` }];
        if (before.length !== 1) return failed(`one sign-in gave ${before.length} sessions`, evidence);
        await keycloak.demand('DELETE', `/sessions/${before[0]?.id ?? ''}`);
        const after = await sessions();
        if (after.length > 0) return failed('the session is still listed after it was ended', evidence);
        try {
          await refreshTokenGrant(configuration, refreshToken, undefined, proof);
          return failed('the refresh token of the ended session still works', evidence);
        } catch (thrown) {
          if (!(thrown instanceof ResponseBodyError)) throw thrown;
          return { status: 'passed', evidence: [...evidence, { request: 'its refresh token', status: thrown.status, answer: thrown.error }] };
        }
      }),
  }),
];

/** Sessions: the browser holds an opaque cookie, and everything else is at the server. Checks that take the store away come last. */
export const ses: readonly Check[] = [...sesSignIn, ...life, ...sesStore];
