import type { AuthctlEvent } from '../core/events.ts';
import { oneLine } from '../core/one-line.ts';
import type { Terminal } from './terminal.ts';

export const NOT_JUDGED = 'no opa was found, so the policy was not checked';

/** What happens, as lines on stderr. `watched`: somebody looks on, so what has only begun is worth a line. */
export const drawEvents =
  ({ say, passing, err }: Terminal, watched: boolean, now: () => number = () => performance.now()) => {
  let begun: number | undefined;
  return (event: AuthctlEvent): void => {
    switch (event.type) {
      case 'stack.used':
        return say(err.faint(`local stack: addresses and credentials not in the environment come from ${event.directory}`));
      case 'blueprint.untried':
        return say(event.notice);
      case 'policy.unjudged':
        return say(err.faint(NOT_JUDGED));
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
      case 'verify.group.started':
        begun ??= now();
        return passing(`… ${event.group}: ${event.done} of ${event.total} verdicts${leftWords(event, now() - begun)}`);
      case 'verify.group.finished':
        return say(err.faint(`${event.group}: ${event.checks} checks on ${event.subjects} subjects in ${event.milliseconds} ms`));
      case 'stack.step.started':
        if (watched) say(`… ${event.step}`);
        return;
      case 'stack.step.finished': {
        const mark = event.outcome === 'done' ? err.good('✓') : err.bad('✗');
        const more = [event.detail, `${(event.milliseconds / 1000).toFixed(1)} s`].filter((part) => part !== undefined).join(', ');
        return say(`${mark} ${event.step} ${err.faint(more)}`);
      }
    }
  };
};

/** How long the rest takes, once enough is done to say so. */
const leftWords = ({ done, total }: { readonly done: number; readonly total: number }, milliseconds: number): string => {
  if (done < total / 20 || done === 0) return '';
  const seconds = Math.ceil(((milliseconds / done) * (total - done)) / 1000);
  return seconds < 90 ? `, about ${seconds} s left` : `, about ${Math.ceil(seconds / 60)} min left`;
};
