import type { Blueprint } from '../../blueprint/types.ts';
import { serviceVerifies } from '../../access/index.ts';
import type { Check, Outcome, RouteSubject } from '../contract.ts';
import { defineCheck } from '../contract.ts';
import type { Answer, Attack, Kit } from '../kit/index.ts';
import { tokenAtService } from '../kit/introspection.ts';
import { encodeJson, partsOf } from '../kit/jws.ts';
import { brokeDown, gotThrough, statusText } from '../kit/through.ts';
import { oneReadPerService } from '../refuses.ts';

/** One protected read of each service that verifies tokens itself. */
const guardedReads = (blueprint: Blueprint): readonly RouteSubject[] => {
  const seen = new Set<string>();
  return oneReadPerService(blueprint).filter(
    ({ service }) => serviceVerifies(blueprint, service) && !seen.has(service.id) && seen.add(service.id),
  );
};

const attacksWith = (kit: Kit, token: string): readonly Attack[] => {
  const { header, payload, segments } = partsOf(token);
  const [first, second, signature] = segments;
  const flipped = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
  const past = Math.floor(kit.clock.now() / 1000) - 3600;
  const { harness } = kit;
  return [
    { label: 'no token' },
    { label: 'an unsigned token', token: `${encodeJson({ ...header, alg: 'none' })}.${second}.` },
    { label: 'a broken signature', token: `${first}.${second}.${flipped}` },
    { label: 'changed claims', token: `${first}.${encodeJson({ ...payload, scope: 'everything' })}.${signature}` },
    ...(harness
      ? [
          { label: 'an expired token', token: harness.forge(token, { payload: { exp: past + 60, iat: past } }) },
          { label: 'another audience', token: harness.forge(token, { payload: { aud: 'authctl-elsewhere' } }) },
          { label: 'another issuer', token: harness.forge(token, { payload: { iss: `${kit.blueprint.issuer}/` } }) },
        ]
      : []),
  ];
};

const judge = (answer: Answer): Outcome | undefined => {
  const { evidence } = answer;
  if ((answer.upstream?.length ?? 0) > 0) return { status: 'failed', why: 'the request reached the handler', evidence: [evidence] };
  if (answer.status === 401) return undefined;
  const crashed = brokeDown(answer);
  return { status: crashed ? 'crashed' : 'failed', why: `expected 401, got ${answer.status}`, evidence: [evidence] };
};

/** What a service does that trusts nobody in front of it. */
export const ownGuard: readonly Check[] = [
  defineCheck({
    id: 'AZ-19',
    claim: 'the service verifies the token itself: who comes around the gateway gets the same refusals',
    severity: 'critical',
    source: 'ASVS 5.0 8.3.1; NIST SP 800-207 section 2.1',
    needs: ['upstream'],
    subjects: guardedReads,
    run: async (subject, kit) => {
      const token = (await tokenAtService(kit, await kit.good(subject), subject.service))?.reveal();
      if (token === undefined) return { status: 'inconclusive', why: 'the issuer gave no JWT for a good token', evidence: [] };
      const good = await kit.call(subject, { label: 'a good token', token, around: true });
      if (good.status === 0) return { status: 'skipped', why: 'the service cannot be reached around the gateway', evidence: [good.evidence] };
      if (!gotThrough(good))
        return { status: 'inconclusive', why: `a good token must pass at the service, and it got ${statusText(good)}`, evidence: [good.evidence] };
      const evidence = [good.evidence];
      for (const attack of attacksWith(kit, token)) {
        const answer = await kit.call(subject, { ...attack, around: true });
        const bad = judge(answer);
        if (bad) return bad;
        evidence.push(answer.evidence);
      }
      return { status: 'passed', evidence };
    },
  }),
];
