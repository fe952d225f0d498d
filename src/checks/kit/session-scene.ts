import { isListed, rowsOf } from '../../access/index.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import type { Evidence } from '../../core/report.ts';
import { defineCheck } from '../contract.ts';
import type { Check, Outcome, RouteSubject } from '../contract.ts';
import { oneReadPerService } from '../refuses.ts';
import type { Person } from './browser.ts';
import { withVisitor } from './keycloak.ts';
import type { Visitor } from './keycloak.ts';
import type { Api } from './api.ts';
import type { Answer, Kit } from './index.ts';
import { siteOf, signInAt } from './sessions.ts';
import type { SignedIn, Site } from './sessions.ts';
import { brokeDown, gotThrough } from './through.ts';

/** What a check about sessions works with: one protected read of every service that the same session opens. */
export interface Scene {
  readonly kit: Kit;
  readonly site: Site;
  readonly subject: RouteSubject;
  readonly services: readonly RouteSubject[];
  readonly person: Person;
  /** Sends a session cookie's value to a service, the first unless said. */
  readonly show: (value: string, label: string, service?: RouteSubject) => Promise<Answer>;
  readonly signIn: (person?: Person) => Promise<SignedIn>;
  /** Works with an account that is there for this check alone. */
  readonly visitor: (work: (visitor: Visitor, keycloak: Api) => Promise<Outcome>) => Promise<Outcome>;
}

const behindSessions = (blueprint: Blueprint): readonly RouteSubject[] =>
  oneReadPerService(blueprint).filter(({ gateway, service }) => gateway === 'kong' && service.authentication.session !== undefined);

/** The first service of each way to keep sessions: a claim about the session service is judged there once, and looks at the others itself. */
const firstOfEach = (blueprint: Blueprint): readonly RouteSubject[] => {
  const all = behindSessions(blueprint);
  return all.filter(({ service }, at) => all.findIndex((other) => other.service.authentication === service.authentication) === at);
};

type SessionCheck = Omit<Check, 'subjects' | 'run'> & { readonly run: (scene: Scene) => Promise<Outcome> };

export const sessionCheck = ({ run, ...check }: SessionCheck): Check =>
  defineCheck<RouteSubject>({ ...check, credential: 'any', subjects: firstOfEach, run: (subject, kit) => run(sceneOf(subject, kit)) });

const sceneOf = (subject: RouteSubject, kit: Kit): Scene => {
  const { blueprint } = kit;
  const { authentication } = subject.service;
  const site = siteOf(blueprint, authentication, kit);
  const services = behindSessions(blueprint).filter(({ service }) => service.authentication === authentication);
  // Somebody who may read every one of them, so that a refusal is about the session.
  const allowed = (who: string): boolean =>
    blueprint.personas[who] !== undefined && services.every(({ route }) => isListed(blueprint, who, route));
  const username = rowsOf(blueprint).find(allowed) ?? kit.whoPasses(subject) ?? '';
  const persona = blueprint.personas[username];
  if (!persona) throw new Error(`nobody is expected to pass ${subject.name}`);
  const person = { username, password: persona.password };
  return {
    kit,
    site,
    subject,
    services: services.filter(({ route }) => isListed(blueprint, username, route)),
    person,
    show: (value, label, service = subject) => kit.call(service, { label, token: value, benign: true }),
    signIn: (who = person) => signInAt(site, who),
    visitor: (work) => withVisitor(kit, username, work),
  };
};

export const failed = (why: string, evidence: readonly Evidence[], hint?: string): Outcome => ({
  status: 'failed', why, evidence, ...(hint !== undefined && { hint }),
});
export const skipped = (why: string): Outcome => ({ status: 'skipped', why, evidence: [] });

/** Undefined when the session opens every service, else the verdict: nothing that comes after could be judged. */
export const mustBeAlive = async (scene: Scene, { cookie }: { readonly cookie: { reveal: () => string } }): Promise<Outcome | undefined> => {
  for (const service of scene.services) {
    const answer = await scene.show(cookie.reveal(), 'a good session', service);
    if (!gotThrough(answer))
      return { status: 'inconclusive', why: `a good session must pass first, and it got ${answer.status}`, evidence: [answer.evidence] };
  }
  return undefined;
};

/** Passed when every service refuses the session with 401, each `seconds` after now at the latest. */
export const mustBeDead = async (scene: Scene, cookie: string, label: string, seconds = 0): Promise<Outcome> => {
  const { now, wait } = scene.kit.clock;
  const begun = now();
  const evidence: Evidence[] = [];
  for (const service of scene.services) {
    for (;;) {
      const after = (now() - begun) / 1000;
      const answer = await scene.show(cookie, label, service);
      // A service that is still finding out answers 503: nobody passes, and it is not its last word.
      if ((gotThrough(answer) || answer.status === 503) && after <= seconds) {
        await wait(100);
        continue;
      }
      evidence.push({ ...answer.evidence, ...(seconds > 0 && { answer: `${after.toFixed(1)} s later` }) });
      if (gotThrough(answer)) return failed(`still passes ${after.toFixed(1)} s later`, evidence);
      if (answer.status !== 401) return { status: brokeDown(answer) ? 'crashed' : 'failed', why: `expected 401, got ${answer.status}`, evidence };
      break;
    }
  }
  return { status: 'passed', evidence };
};
