import { isListed } from '../../access/index.ts';
import type { Check, RouteSubject } from '../contract.ts';
import { defineCheck } from '../contract.ts';
import { missingToken } from '../kit/given.ts';
import type { Kit } from '../kit/index.ts';
import { knownStranger } from '../kit/stranger.ts';
import { brokeDown, gotThrough, statusText } from '../kit/through.ts';
import { behindKong, protectedReads } from '../refuses.ts';

const passing = ({ blueprint }: Kit, { route }: RouteSubject): readonly string[] =>
  Object.keys(blueprint.personas).filter((who) => isListed(blueprint, who, route) && missingToken(blueprint, who) === undefined);

/** Answers that depend on who asks: told apart when refused, and never handed to the next when not. */
export const known: readonly Check[] = [
  defineCheck({
    id: 'ERR-03',
    claim: 'who is not known gets 401, and who is known and may not pass gets 403',
    severity: 'medium',
    source: 'RFC 9110 sections 15.5.2 and 15.5.4; RFC 6750 section 3.1',
    subjects: behindKong(protectedReads),
    run: async (subject, kit) => {
      const token = await knownStranger(kit, subject);
      if (token === undefined) return { status: 'skipped', why: 'everybody in expect with a token for this service may pass', evidence: [] };
      const unknown = await kit.call(subject, { label: 'no token' });
      const stranger = await kit.call(subject, { label: 'the token of somebody who may not pass', token });
      const evidence = [unknown.evidence, stranger.evidence];
      if (unknown.status === 401 && stranger.status === 403) return { status: 'passed', evidence };
      const crash = [unknown, stranger].some(({ status }) => brokeDown({ status }));
      return { status: crash ? 'crashed' : 'failed', why: `expected 401 and 403, got ${unknown.status} and ${stranger.status}`, evidence };
    },
  }),
  defineCheck({
    id: 'ERR-09',
    claim: 'the answer to one person is never handed to another: each request is answered by the upstream anew',
    severity: 'critical',
    source: 'RFC 9111 section 3.5; OWASP API8:2023',
    needs: ['upstream', 'persona'],
    // Of each route, for a cache may stand on one; but where each may ask for his own object alone, no two ask for the same.
    subjects: (blueprint) => protectedReads(blueprint).filter(({ route }) => route.ownedBy === undefined),
    run: async (subject, kit) => {
      const [first, second] = passing(kit, subject);
      if (first === undefined || second === undefined) return { status: 'skipped', why: 'fewer than two personas may pass here', evidence: [] };
      const evidence = [];
      for (const who of [first, second, first]) {
        const answer = await kit.call(subject, { label: 'a good token', token: (await kit.tokenOf(who, subject.service)).reveal() });
        evidence.push({ ...answer.evidence, request: `${answer.evidence.request}, of ${who}` });
        if (!gotThrough(answer)) return { status: 'inconclusive', why: `${who} must pass, and got ${statusText(answer)}`, evidence };
        const kept = answer.headers.age !== undefined || /hit/i.test(answer.headers['x-cache-status'] ?? answer.headers['x-cache'] ?? '');
        if (kept || answer.upstream?.length !== 1)
          return { status: 'failed', why: `the answer to ${who} came out of a cache`, hint: 'is there a proxy-cache plugin on the route?', evidence };
      }
      return { status: 'passed', evidence };
    },
  }),
];
