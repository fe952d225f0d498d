import { KONG_HEADERS } from '../../patterns/kong/identity-headers.ts';
import type { Check, RouteSubject } from '../contract.ts';
import { defineCheck } from '../contract.ts';
import { knownAnswers } from '../kit/index.ts';
import { behindKong, oneReadPerService, refuses } from '../refuses.ts';
import { brokeDown } from '../kit/through.ts';

const SPOOF = 'spoofed.example';

/** Headers that are for the next hop alone, and those that say where a request came from. */
export const hops: readonly Check[] = [
  refuses({
    id: 'HDR-08',
    credential: 'any',
    claim: 'headers that Connection names as of this hop alone do not lead around the token',
    severity: 'high',
    source: 'RFC 9110 section 7.6.1; CWE-436',
    subjects: oneReadPerService,
    attacks: () => [
      { label: 'Connection: Authorization, without a token', headers: [['Connection', 'close, Authorization']] },
      { label: 'Connection: Authorization beside a bad token', token: 'bad', headers: [['Connection', 'close, authorization']] },
      { label: 'Connection that names the identity headers of the gateway', headers: [['Connection', `close, ${KONG_HEADERS.join(', ')}`], ['X-Consumer-Username', 'admin']] },
      { label: 'Connection that names where the request came from', headers: [['Connection', 'close, X-Forwarded-For, X-Real-IP'], ['X-Forwarded-For', '127.0.0.1']] },
      { label: 'Keep-Alive and TE', headers: [['Keep-Alive', 'timeout=600'], ['TE', 'trailers']] },
      { label: 'Proxy-Connection and Upgrade to HTTP/2', headers: [['Connection', 'Upgrade, HTTP2-Settings'], ['Upgrade', 'h2c'], ['HTTP2-Settings', 'AAMAAABkAAQAAP__']] },
    ],
  }),
  defineCheck<RouteSubject>({
    id: 'HDR-09',
    credential: 'any',
    claim: 'where a request came from is said by the gateway, not by the client',
    severity: 'medium',
    source: 'RFC 7239 section 8.1; CWE-348; Kong documentation, trusted_ips',
    needs: ['upstream'],
    subjects: behindKong(oneReadPerService),
    run: async (subject, kit) => {
      const token = (await kit.good(subject)).reveal();
      const said = { 'X-Forwarded-Host': SPOOF, 'X-Forwarded-Proto': `https-${SPOOF}`, 'X-Forwarded-Port': '61234', 'X-Real-IP': '203.0.113.77' };
      const [answer] = await knownAnswers(kit, subject, [{ label: 'a good token and a made-up origin', token, headers: Object.entries(said) }]);
      if (!answer) throw new Error('one request, one answer');
      const evidence = [answer.evidence];
      if (brokeDown(answer)) return { status: 'crashed', why: `got ${answer.status}`, evidence };
      const [call] = answer.upstream ?? [];
      // A gateway that refuses such a request believes nothing of it either.
      if (!call) return answer.status >= 400 ? { status: 'passed', evidence } : { status: 'inconclusive', why: `the request got ${answer.status} and did not reach the upstream`, evidence };
      const believed = Object.entries(said).filter(([name, value]) => call.headers[name.toLowerCase()] === value).map(([name]) => name);
      return believed.length === 0
        ? { status: 'passed', evidence }
        : { status: 'failed', why: `the upstream received the client's own ${believed.join(', ')}`, hint: "does Kong's trusted_ips trust everybody?", evidence };
    },
  }),
];
