import { isWrite, kongVerifies, pathFor } from '../../access/index.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import { isBound } from '../../patterns/bound.ts';
import { routeName } from '../../patterns/objects.ts';
import { kong } from '../../providers/kong/specs/index.ts';
import type { Check, Outcome, RouteSubject } from '../contract.ts';
import { defineCheck } from '../contract.ts';
import { CHECK_HEADER } from '../kit/http.ts';
import type { Answer, Kit } from '../kit/index.ts';
import { withoutScope } from '../kit/stranger.ts';
import { brokeDown } from '../kit/through.ts';
import { behindKong, protectedRoutes } from '../refuses.ts';

/** Writes whose scopes Kong looks at. A proof of a bound token would have to be made for bytes. */
const guardedWrites = (blueprint: Blueprint): readonly RouteSubject[] =>
  behindKong(protectedRoutes)(blueprint).filter(({ service, route }) => isWrite(route.method) && route.scopes.length > 0 && kongVerifies(service) && !isBound(service.authentication, 'dpop'));

/** Kong reads the whole body before it asks the upstream, unless the route says otherwise (`request_buffering`). */
const isBuffered = async (kit: Kit, { route }: RouteSubject): Promise<boolean> => {
  const live = (await kit.live(kong.route.kind)).filter(kong.route.is).find(({ id }) => id === routeName(kit.blueprint, route));
  return live !== undefined && live.spec.request_buffering !== false;
};

/** The headers of a write whose body stays here: a gateway refuses by them, or asks for the body, waits, and gets none. */
const heldBack = (subject: RouteSubject, kit: Kit, label: string, token?: string): Promise<Answer> => {
  const { route: { method }, service } = subject;
  const path = pathFor(service, subject.route, kit.whoPasses(subject));
  return kit.callBytes(subject, `${method} ${path} with ${label}, its body held back`, (host, check, known) =>
    [
      `${method} ${path} HTTP/1.1`, `Host: ${host}`, ...known, `${CHECK_HEADER}: ${check}`, 'Accept: application/json', ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]),
      'Content-Type: application/json', 'Content-Length: 2', 'Expect: 100-continue', 'Connection: close', '', '',
    ].join('\r\n'));
};

/** It asked for the body, and waits. One that has decided may say so, too, before it refuses: nginx does when Lua has written the refusal. */
const ASKED = 100;

const tryHeldBack = async (subject: RouteSubject, kit: Kit): Promise<Outcome> => {
  const token = await withoutScope(kit, subject);
  if (token === undefined) return { status: 'skipped', why: 'no variant applies here', evidence: [] };
  if (!(await isBuffered(kit, subject))) return { status: 'skipped', why: 'not tried: Kong may hand on what comes before the body is there', evidence: [] };
  const nobody = await heldBack(subject, kit, 'no token');
  // Somebody before the guards asks whoever comes for the body: then nobody may come with a good token.
  if (nobody.status === ASKED) return { status: 'skipped', why: 'not tried: somebody waits for the body before anybody looks at a token', evidence: [nobody.evidence] };
  if (nobody.status !== 401) return { status: 'inconclusive', why: `without a token it must be refused first, and it got ${nobody.status}`, evidence: [nobody.evidence] };
  const answer = await heldBack(subject, kit, 'a real token with another scope of this audience', token);
  const evidence = [nobody.evidence, answer.evidence];
  const hint = "the route's scopes at the gateway are not those of the blueprint: authctl drift names the field";
  if ((answer.upstream?.length ?? 0) > 0) return { status: 'failed', why: 'the request reached the upstream', hint, evidence };
  if (answer.status === 403) return { status: 'passed', evidence };
  if (answer.status === ASKED) return { status: 'failed', why: 'the gateway waits for the body: nobody has refused such a token', hint, evidence };
  return { status: brokeDown(answer) ? 'crashed' : 'failed', why: `expected 403, got ${answer.status}`, hint, evidence };
};

/** Writes that are tried and not sent: a gateway that refuses does so by the headers, and one that does not waits for the body. */
export const held: readonly Check[] = [
  defineCheck<RouteSubject>({
    id: 'CLM-22',
    claim: 'a real token that lacks the scope of a write is refused before the body is there: nothing is written to try it',
    severity: 'critical',
    source: 'RFC 9110 section 10.1.1; RFC 6750 section 3.1',
    needs: ['kong', 'persona', 'realm'],
    demandsOurs: 'kong',
    subjects: guardedWrites,
    run: tryHeldBack,
  }),
];
