import type { Check, Later, Outcome, RouteSubject } from '../contract.ts';
import { defineCheck } from '../contract.ts';
import { knownAnswer } from '../kit/index.ts';
import type { Answer, Attack, Kit } from '../kit/index.ts';
import { brokeDown, gotThrough, isOfUpstream, statusText } from '../kit/through.ts';
import { behindKong, oneReadPerService, protectedReads, protectedRoutes, publicRoutes } from '../refuses.ts';

/** A request that must be let through: the gateway's 2xx or the service's own answer and, where the upstream can be observed, exactly one call. */
export const passes = async (subject: RouteSubject, kit: Kit, attacks: readonly Attack[]): Promise<Later> => {
  const answers = await kit.sendAll(subject, attacks);
  return async () => passed((await answers()).map(knownAnswer));
};

const passed = (answers: readonly Answer[]): Outcome => {
  const evidence = answers.map((answer) => answer.evidence);
  const refused = answers.find((answer) => !gotThrough(answer));
  if (refused)
    return {
      status: brokeDown(refused) ? 'crashed' : 'failed',
      why: `must pass, and got ${statusText(refused)}${refused.headers['www-authenticate'] ? ` (${refused.headers['www-authenticate']})` : ''}`,
      hint: isOfUpstream(refused) ? 'the gateway let it through: look at the service, or say by `sample` what it wants of a request' : 'compare issuer, audience, keys and scopes of gateway and realm: authctl drift names what moved',
      evidence,
    };
  const lost = answers.find(({ upstream }) => upstream && upstream.length !== 1);
  if (lost) return { status: 'failed', why: `answered ${lost.status}, but the upstream saw ${lost.upstream?.length ?? 0} calls`, evidence };
  return { status: 'passed', evidence };
};

const flip = (text: string, change: (letter: string) => string): string => [...text].map(change).join('');

export const pos: readonly Check[] = [
  defineCheck({
    id: 'POS-01',
    credential: 'any',
    claim: 'a valid access token reaches the upstream',
    severity: 'critical',
    source: 'ASVS 5.0 9.1.1; RFC 6750 section 2.1',
    subjects: protectedRoutes,
    run: async (subject, kit) => {
      const read = subject.route.method === 'GET' || subject.route.method === 'HEAD';
      if (!read && !kit.disruptive) return { status: 'skipped', why: 'disruptive', evidence: [] };
      const who = kit.whoPasses(subject);
      if (who === undefined) return { status: 'skipped', why: 'nobody in `expect` may pass here', evidence: [] };
      return passes(subject, kit, [{ label: 'a good token', token: (await kit.good(subject)).reveal() }]);
    },
  }),
  defineCheck({
    id: 'POS-03',
    claim: 'the authentication scheme is case-insensitive',
    severity: 'low',
    source: 'RFC 9110 section 11.1',
    subjects: behindKong(oneReadPerService),
    run: async (subject, kit) => {
      const token = (await kit.good(subject)).reveal();
      return passes(
        subject,
        kit,
        ['bearer', 'BEARER', flip('bearer', (letter) => (letter === 'e' ? 'E' : letter))].map((scheme) => ({
          label: `the scheme written ${scheme}`,
          headers: [['Authorization', `${scheme} ${token}`]],
        })),
      );
    },
  }),
  defineCheck({
    id: 'POS-11',
    claim: 'the name of the header has no case: a token passes as AUTHORIZATION, too',
    severity: 'low',
    source: 'RFC 9110 section 5.1; RFC 9113 section 8.2.1',
    subjects: oneReadPerService,
    run: async (subject, kit) => {
      const token = (await kit.good(subject)).reveal();
      return passes(subject, kit, ['authorization', 'AUTHORIZATION', 'aUTHORIZATION'].map((name) => ({ label: `the header written ${name}`, headers: [[name, `Bearer ${token}`]] })));
    },
  }),
  defineCheck({
    id: 'POS-04',
    claim: 'an audience list that contains the API is accepted',
    severity: 'medium',
    source: 'RFC 7519 section 4.1.3',
    needs: ['issuer-key'],
    subjects: protectedReads,
    run: async (subject, kit) => {
      const good = (await kit.good(subject)).reveal();
      const token = kit.harness?.forge(good, { payload: { aud: ['some-other-api', subject.service.audience] } }) ?? '';
      return passes(subject, kit, [{ label: 'an audience list with the API second', token }]);
    },
  }),
  defineCheck({
    id: 'POS-07',
    credential: 'any',
    claim: 'public routes stay public, without a token and with a rubbish one',
    severity: 'medium',
    source: 'the blueprint: public',
    subjects: publicRoutes,
    run: (subject, kit) => passes(subject, kit, [{ label: 'no token' }, { label: 'a rubbish token', token: 'rubbish' }]),
  }),
  defineCheck({
    id: 'POS-09',
    claim: 'a large but legal token is answered, never with a 5xx',
    severity: 'medium',
    source: 'RFC 6585 section 5',
    needs: ['issuer-key'],
    subjects: oneReadPerService,
    run: async (subject, kit) => {
      const good = (await kit.good(subject)).reveal();
      const token = kit.harness?.forge(good, { payload: { padding: 'x'.repeat(4800) } }) ?? '';
      const answer = await kit.call(subject, { label: `a token of ${token.length} characters`, token });
      const allowed = gotThrough(answer) || answer.status === 400 || answer.status === 431;
      return allowed
        ? { status: 'passed', evidence: [answer.evidence] }
        : { status: brokeDown(answer) ? 'crashed' : 'failed', why: `got ${answer.status}`, evidence: [answer.evidence] };
    },
  }),
  defineCheck({
    id: 'POS-10',
    credential: 'any',
    claim: 'a CORS preflight is answered without credentials and without a call to the upstream',
    severity: 'medium',
    source: 'Fetch standard, CORS-preflight fetch',
    needs: ['origins'],
    subjects: oneReadPerService,
    run: async (subject, kit) => {
      const origin = subject.service.authentication.origins[0] ?? '';
      const answer = await kit.call(subject, {
        label: 'a preflight from a declared origin',
        method: 'OPTIONS',
        headers: [['Origin', origin], ['Access-Control-Request-Method', subject.route.method], ['Access-Control-Request-Headers', 'authorization']],
      });
      const allowed = answer.headers['access-control-allow-origin'] === origin && answer.status >= 200 && answer.status <= 299;
      const seen = answer.upstream?.length ?? 0;
      if (allowed && seen === 0) return { status: 'passed', evidence: [answer.evidence] };
      return { status: 'failed', why: seen > 0 ? 'the preflight reached the upstream' : `got ${answer.status} without the origin allowed`, evidence: [answer.evidence] };
    },
  }),
  defineCheck({
    id: 'POS-02',
    credential: 'any',
    claim: 'a valid token still works after hostile ones: nobody is locked out',
    severity: 'high',
    source: 'ASVS 5.0 9.1.1',
    subjects: protectedReads,
    run: async (subject, kit) => {
      const token = (await kit.good(subject)).reveal();
      for (let count = 0; count < 20; count += 1) await kit.call(subject, { label: 'one of twenty bad tokens in a row', token: `${token.slice(0, -6)}${count}AAAAA`, unwatched: true });
      return passes(subject, kit, [{ label: 'a good token', token }]);
    },
  }),
];
