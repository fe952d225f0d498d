import type { AuthctlEvent } from '../core/events.ts';
import { oneLine } from '../core/one-line.ts';
import { openTaskTree } from './task-tree.ts';
import type { Terminal } from './terminal.ts';

export const NOT_JUDGED = 'no opa was found, so the policy was not checked';

/** Called every second, until it is told to stop. */
export type Ticking = (draw: () => void) => () => void;
const everySecond: Ticking = (draw) => {
  const timer = setInterval(draw, 1000);
  // What is drawn keeps nothing alive.
  timer.unref();
  return () => { clearInterval(timer); };
};

/**
 * What happens, as lines on stderr: one for each step, which stays, and at a terminal a tree of what is under way below them, which the next one takes
 * the place of. `watched`: somebody looks on, so what has only begun is worth being told.
 */
export const drawEvents = ({ say, passing, err }: Terminal, watched: boolean, now: () => number = () => performance.now(), every: Ticking = everySecond) => {
  const tree = openTaskTree();
  const line = drawLine(say, err);
  let stop: (() => void) | undefined;
  /** True while there is something to see. */
  const draw = (): boolean => {
    const lines = tree.lines(now());
    passing(lines);
    return lines.length > 0;
  };
  return (event: AuthctlEvent): void => {
    line(event);
    if (!watched) return;
    tree.take(event, now());
    if (draw()) stop ??= every(draw);
    else {
      stop?.();
      stop = undefined;
    }
  };
};

const drawLine =
  (say: Terminal['say'], err: Terminal['err']) =>
  (event: AuthctlEvent): void => {
    switch (event.type) {
      case 'stack.used':
        return say(err.faint(`local stack: addresses and credentials not in the environment come from ${event.directory}`));
      case 'blueprint.untried':
        return say(event.notice);
      case 'policy.unjudged':
        return say(err.faint(NOT_JUDGED));
      case 'policy.read':
        return say(err.faint(`the policy is ${event.revision === '' ? 'a revision without a name' : `revision ${oneLine(event.revision)}`} of the bundle ${event.bundle}${!event.pinned ? ', which is followed' : event.held ? '' : `; nothing holds it to what it is now: authorization.bundle.digest: ${event.digest}`}`));
      case 'lock.waiting':
        return say(err.faint(`… waiting for ${oneLine(event.holder)} (${event.where})`));
      case 'watch.started':
        return say(err.faint(`looking every ${event.seconds} s; ${event.url}/healthz and /metrics`));
      case 'watch.changed':
        for (const words of event.appeared) say(err.bad(`+ ${oneLine(words)}`));
        for (const words of event.gone) say(err.good(`- ${oneLine(words)}`));
        return;
      case 'watch.failed':
        return say(err.change(oneLine(event.why)));
      case 'write.started':
        if (event.detail !== undefined) say(err.faint(`… ${event.detail}`));
        return;
      case 'write.finished': {
        const paint = { done: err.good, failed: err.bad, skipped: err.faint }[event.outcome];
        return say(`${paint(event.outcome.padEnd(7))} ${event.action.padEnd(8)} ${oneLine(event.address)} ${err.faint(`${event.milliseconds} ms`)}`);
      }
      case 'verify.group.finished':
        return say(err.faint(`${event.group}: ${event.checks} checks on ${event.subjects} subjects in ${event.milliseconds} ms`));
      case 'stack.step.finished': {
        const mark = event.outcome === 'done' ? err.good('✓') : err.bad('✗');
        const more = [event.detail, `${(event.milliseconds / 1000).toFixed(1)} s`].filter((part) => part !== undefined).join(', ');
        return say(`${mark} ${event.step} ${err.faint(more)}`);
      }
    }
  };
