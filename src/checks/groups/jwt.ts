import { tokenRevocation } from 'openid-client';
import type { Blueprint } from '../../blueprint/types.ts';
import type { Check, Outcome, RouteSubject } from '../contract.ts';
import { defineCheck } from '../contract.ts';
import { freshToken } from '../kit/fresh.ts';
import type { Kit } from '../kit/index.ts';
import { partsOf } from '../kit/jws.ts';
import { brokeDown, gotThrough } from '../kit/through.ts';
import { oneReadPerService } from '../refuses.ts';

const onlyJwt = (blueprint: Blueprint): readonly RouteSubject[] =>
  oneReadPerService(blueprint).filter(({ service }) => service.authentication.pattern === 'jwt');

const secondsAt = ({ clock }: Kit): number => Math.floor(clock.now() / 1000);

/** A copy of the token that ends in `life` seconds, once it has ended and the leeway is over: does it still pass? */
const afterItsEnd = async (kit: Kit, subject: RouteSubject, token: string, life: number): Promise<Outcome | undefined> => {
  if (!kit.harness) return undefined;
  const ends = secondsAt(kit) + life;
  const copy = kit.harness.forge(token, { payload: { exp: ends } });
  const before = await kit.call(subject, { label: `the revoked token, ending in ${life} s`, token: copy });
  // A whole second more, because the leeway counts from a second that has begun.
  await kit.clock.wait((ends + subject.service.authentication.token.leeway + 1 - kit.clock.now() / 1000) * 1000);
  const after = await kit.call(subject, { label: 'the revoked token after its end', token: copy });
  const evidence = [before.evidence, after.evidence];
  if (!gotThrough(before)) return { status: 'inconclusive', why: `a token that ends in ${life} s must pass before it ends, and it got ${before.status}`, evidence };
  if (after.status === 401) return { status: 'passed', evidence };
  return { status: brokeDown(after) ? 'crashed' : 'failed', why: `after its end it got ${after.status}`, evidence };
};

/** What it costs that nobody asks the issuer: measured, and told as a limit of the pattern. */
export const jwt: readonly Check[] = [
  defineCheck({
    id: 'JWT-01',
    claim: 'a revoked token passes until it ends, and no longer',
    severity: 'high',
    source: 'RFC 7009 section 3; RFC 9068 section 6; ASVS 5.0 7.4.1',
    needs: ['disruptive'],
    subjects: onlyJwt,
    run: async (subject, kit) => {
      const { token, configuration } = await freshToken(kit, subject);
      const before = await kit.call(subject, { label: 'a good token', token: token.reveal() });
      if (!gotThrough(before)) return { status: 'inconclusive', why: `a good token must pass first, and it got ${before.status}`, evidence: [before.evidence] };
      await tokenRevocation(configuration, token.reveal(), { token_type_hint: 'access_token' });
      const revoked = kit.clock.now();
      const late = await kit.call(subject, { label: 'the same token, revoked', token: token.reveal() });
      const milliseconds = Math.round(kit.clock.now() - revoked);
      const evidence = [before.evidence, late.evidence];
      if (!gotThrough(late)) return { status: late.status === 401 ? 'passed' : 'crashed', why: `got ${late.status}`, evidence };
      const { exp } = partsOf(token.reveal()).payload;
      const left = Math.max(0, Number(exp) + subject.service.authentication.token.leeway - secondsAt(kit));
      const limit = `a revoked token still passed ${milliseconds} ms after its revocation, and passes for ${left} s more, until it ends`;
      const end = await afterItsEnd(kit, subject, token.reveal(), 2);
      const all = [...evidence, ...(end?.evidence ?? [])];
      return end && end.status !== 'passed' ? { ...end, evidence: all } : { status: 'passed', limit, evidence: all };
    },
  }),
  defineCheck({
    id: 'JWT-02',
    claim: 'a token works for whoever holds it: it is bound to no client, address or connection',
    severity: 'medium',
    source: 'RFC 6750 section 5.2; RFC 9449 section 1; RFC 9700 section 2.2.1',
    subjects: onlyJwt,
    run: async (subject, kit) => {
      const token = (await kit.good(subject)).reveal();
      const first = await kit.call(subject, { label: 'a good token', token, headers: [['User-Agent', 'its-owner/1']] });
      const second = await kit.call(subject, {
        label: 'a good token',
        token,
        headers: [['User-Agent', 'somebody-else/1'], ['Connection', 'close'], ['X-Forwarded-For', '203.0.113.7']],
      });
      const evidence = [first.evidence, second.evidence];
      if (!gotThrough(first)) return { status: 'inconclusive', why: `a good token must pass, and it got ${first.status}`, evidence };
      if (!gotThrough(second)) return { status: 'failed', why: `the same token got ${second.status} from another client`, evidence };
      return { status: 'passed', limit: 'a stolen token passes from anywhere until it ends: neither the gateway nor the service can tell', evidence };
    },
  }),
];
