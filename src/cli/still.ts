import type { AuthctlEvent } from '../core/events.ts';
import { oneLine } from '../core/one-line.ts';

/** What says nothing for longer looks as if it hung. */
const QUIET = 10_000;

/** What begins or ends with an event: by which key, and in which words. */
const spanOf = (event: AuthctlEvent): { readonly key: string; readonly begins?: string } | undefined => {
  switch (event.type) {
    case 'stack.step.started':
      return { key: event.step, begins: event.step };
    case 'stack.step.finished':
      return { key: event.step };
    case 'verify.group.started':
      return { key: event.group, begins: `${event.group} of verify` };
    case 'verify.group.finished':
      return { key: event.group };
    case 'write.started':
      return { key: event.address, begins: `${event.action} ${oneLine(event.address)}` };
    case 'write.finished':
      return { key: event.address };
    default:
      return undefined;
  }
};

type Draw = (event: AuthctlEvent) => void;

/** Draws, and says of what is under way that it goes on, whenever nothing was drawn for ten seconds: what, and how long since the first of it began. */
export const stillAtIt = (draw: Draw, say: (text: string) => void, now: () => number = () => performance.now()): Draw => {
  const open = new Map<string, { readonly words: string; readonly since: number }>();
  let timer: NodeJS.Timeout | undefined;
  const tell = (): void => {
    const [first] = open.values();
    if (first !== undefined) say(`… ${[...open.values()].map(({ words }) => words).slice(0, 3).join(', ')}: ${Math.round((now() - first.since) / 1000)} s`);
  };
  return (event) => {
    draw(event);
    const span = spanOf(event);
    if (span?.begins !== undefined) open.set(span.key, { words: span.begins, since: now() });
    else if (span) open.delete(span.key);
    clearInterval(timer);
    // It keeps nothing alive.
    timer = open.size > 0 ? setInterval(tell, QUIET).unref() : undefined;
  };
};
