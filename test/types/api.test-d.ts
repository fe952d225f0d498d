// Not run: the compiler is the test. What is marked @ts-expect-error must not compile.
import { createAuthctl, exitCodeOf } from 'authctl';
import type { Authctl, AuthctlEvent, Proposal, Report } from 'authctl';

declare const authctl: Authctl;

export const results = async (): Promise<void> => {
  const objects: number | undefined = (await authctl.validate('shop.yaml')).data?.objects;
  const code: 0 | 1 | 2 | 3 = exitCodeOf(await authctl.drift('shop.yaml'));
  const state: 'running' | 'starting' | 'degraded' | 'stale' | 'stopped' | undefined = (await authctl.stack.status()).data?.state;
  const report: Report = await authctl.graph(await authctl.load('shop.yaml', { offline: true }));
  void [objects, code, state, report];
};

export const writes = (): void => {
  void authctl.apply('shop.yaml', { approve: true, prune: true });
  void authctl.apply('shop.yaml', { approve: ({ plan, access }: Proposal) => plan.removals.length === 0 && access?.changes.length === 0 });
  // @ts-expect-error nothing is written without being told how to approve
  void authctl.apply('shop.yaml');
  // @ts-expect-error a plan is approved or asked about: there is no silent no
  void authctl.destroy('shop.yaml', { approve: false });
};

export const wrong = (): void => {
  // @ts-expect-error the environment is handed over, the process's own is not read
  createAuthctl({});
  // @ts-expect-error there is no such target
  void authctl.render('shop.yaml', { target: 'helm' });
  // @ts-expect-error what was read cannot be changed
  void authctl.plan('shop.yaml').then((report) => report.problems.push());
};

/** Every event is told apart by its type, and none is left over. */
export const words = (event: AuthctlEvent): string => {
  switch (event.type) {
    case 'run.started':
    case 'run.finished':
      return event.useCase;
    case 'blueprint.loaded':
      return event.file;
    case 'blueprint.untried':
      return event.notice;
    case 'policy.read':
      return `${event.bundle} ${event.revision}`;
    case 'policy.unjudged':
      return event.blueprint;
    case 'stack.used':
      return event.directory;
    case 'read.started':
    case 'read.finished':
      return event.target;
    case 'apply.planned':
      return Object.keys(event.writes).join(' ');
    case 'lock.waiting':
      return event.holder;
    case 'write.started':
      return event.action;
    case 'write.finished':
      return event.problem?.code ?? event.outcome;
    case 'watch.started':
      return event.url;
    case 'watch.finished':
      return String(event.looks);
    case 'watch.changed':
      return [...event.appeared, ...event.gone].join();
    case 'watch.failed':
      return event.why;
    case 'verify.group.started':
      return event.group;
    case 'verify.group.finished':
      return `${event.verdicts.failed} of ${event.checks}`;
    case 'stack.step.started':
      return event.step;
    case 'stack.step.finished':
      return event.detail ?? event.outcome;
    default: {
      const none: never = event;
      return none;
    }
  }
};
