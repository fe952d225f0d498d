import type { Blueprint } from '../../blueprint/types.ts';
import { expected, foreignObject, pathOfObject, sampleOf, tokenHolders } from '../../access/index.ts';
import type { Check, Outcome, RouteSubject } from '../contract.ts';
import { defineCheck, isRead } from '../contract.ts';
import type { Kit } from '../kit/index.ts';
import { brokeDown, gotThrough, statusText } from '../kit/through.ts';
import { allRoutes } from '../refuses.ts';

/** Somebody with somebody else's object on a route for owners. */
interface ForeignCell extends RouteSubject {
  readonly who: string;
  readonly object: string;
  readonly allowed: boolean;
}

const foreignCells = (blueprint: Blueprint): readonly ForeignCell[] =>
  allRoutes(blueprint)
    .filter(({ route }) => route.ownedBy !== undefined)
    .flatMap((subject) =>
      tokenHolders(blueprint).flatMap((who) => {
          const { service, route } = subject;
          const object = foreignObject(service, who);
          const allowed = expected(blueprint, who, route, 'foreign');
          return object === undefined ? [] : [{ ...subject, name: `${subject.name} as ${who}, somebody else's`, who, object, allowed }];
        }),
    );

const tryForeign = async (cell: ForeignCell, kit: Kit): Promise<Outcome> => {
  if (!isRead(cell) && !kit.disruptive) return { status: 'skipped', why: 'disruptive', evidence: [] };
  const token = (await kit.tokenOf(cell.who, cell.service)).reveal();
  const owner = cell.service.objects[cell.object] ?? '';
  const answer = await kit.call(cell, {
    label: `the token of ${cell.who} and an object of ${owner}`,
    path: pathOfObject(cell.route, cell.object, sampleOf(cell.service, cell.route).path, cell.service.routes),
    token,
  });
  const evidence = [answer.evidence];
  const passed = answer.status >= 200 && answer.status <= 299;
  const crashed = brokeDown(answer);
  if (cell.allowed)
    return gotThrough(answer)
      ? { status: 'passed', evidence }
      : { status: crashed ? 'crashed' : 'failed', why: `${cell.who} may use anybody's, and got ${statusText(answer)}`, evidence };
  if (passed || (answer.upstream?.length ?? 0) > 0)
    return {
      status: 'failed',
      why: `${cell.who} reached an object of ${owner} (${answer.status})`,
      hint: 'does the service look the owner up (input.object), and does its policy ask for it?',
      evidence,
    };
  // 404 as well: a service need not say that somebody else's object is there. A token for another audience is none here.
  if ([401, 403, 404].includes(answer.status)) return { status: 'passed', evidence };
  return { status: crashed ? 'crashed' : 'failed', why: `refused with ${answer.status} instead of 403`, evidence };
};

/** Objects: whose they are decides, not only which route they are behind. */
export const owners: readonly Check[] = [
  defineCheck({
    id: 'AZ-07',
    claim: "somebody else's object is refused, but to those who may use anybody's",
    severity: 'critical',
    source: 'OWASP API1:2023; ASVS 5.0 8.2.2',
    subjects: foreignCells,
    run: tryForeign,
  }),
];
