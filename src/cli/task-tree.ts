import type { AuthctlEvent } from '../core/events.ts';
import { oneLine } from '../core/one-line.ts';

/** What is under way, as the lines of a tree: a root for the work, a branch for each part, with how far it is and how long the rest takes. */
export interface TaskTree {
  /** Notes what happened. */
  readonly take: (event: AuthctlEvent, now: number) => void;
  /** What there is to see now; nothing when nothing is under way. */
  readonly lines: (now: number) => readonly string[];
}

interface Writes {
  done: number;
  readonly total: number;
  /** Objects that are being written at this moment. */
  readonly under: Set<string>;
}

/** What apply waits for at the end, and no object that it counted before. */
const WAITING: ReadonlySet<string> = new Set(['settle', 'drain']);

export const openTaskTree = (): TaskTree => {
  const steps = new Map<string, number>();
  const reads = new Map<string, number>();
  const writes = new Map<string, Writes>();
  const waiting = new Map<string, { readonly words: string; readonly since: number }>();
  let applying: number | undefined;
  let attacking: { readonly group: string; readonly checks: number; readonly subjects: number; readonly done: number; readonly total: number; readonly since: number } | undefined;

  const take = (event: AuthctlEvent, now: number): void => {
    switch (event.type) {
      case 'stack.step.started':
        steps.set(event.step, now);
        return;
      case 'stack.step.finished':
        steps.delete(event.step);
        return;
      case 'read.started':
        reads.set(event.target, now);
        return;
      case 'read.finished':
        reads.delete(event.target);
        return;
      case 'apply.planned':
        applying = now;
        for (const [target, total] of Object.entries(event.writes)) writes.set(target, { done: 0, total, under: new Set() });
        return;
      case 'write.started':
        if (WAITING.has(event.action)) waiting.set(event.address, { words: event.detail ?? `${targetOf(event.address)}: until it is in force`, since: now });
        else writes.get(targetOf(event.address))?.under.add(event.address);
        return;
      case 'write.finished': {
        waiting.delete(event.address);
        const its = writes.get(targetOf(event.address));
        its?.under.delete(event.address);
        if (its && !WAITING.has(event.action)) its.done += 1;
        return;
      }
      case 'verify.group.started':
        attacking = { ...event, since: attacking?.since ?? now };
        return;
      case 'run.finished':
        for (const all of [steps, reads, writes, waiting]) all.clear();
        applying = attacking = undefined;
        return;
      default:
    }
  };

  const lines = (now: number): readonly string[] => {
    const since = (begun: number): string => `${Math.floor((now - begun) / 1000)} s`;
    if (applying !== undefined && writes.size > 0) {
      const all = [...writes.values()];
      const [done, total] = [all.reduce((sum, one) => sum + one.done, 0), all.reduce((sum, { done: its, total: of }) => sum + Math.max(its, of), 0)];
      return tree(`applying: ${done} of ${total}${leftWords({ done, total }, now - applying)}`, [
        ...[...writes].map(([target, { done: its, total: of, under }]) => [target, `${its} of ${Math.max(its, of)}${underWords(under)}`] as const),
        ...[...waiting.values()].map(({ words, since: begun }) => ['…', `${words}, ${since(begun)}`] as const),
      ]);
    }
    if (attacking !== undefined) {
      const { group, checks, subjects, since: begun } = attacking;
      return tree(`attacking: ${attacking.done} of ${attacking.total} verdicts${leftWords(attacking, now - begun)}`, [[group, `${checks} ${checks === 1 ? 'check' : 'checks'} on ${subjects} ${subjects === 1 ? 'subject' : 'subjects'}`]]);
    }
    if (steps.size > 0) return tree('local stack', [...steps].map(([step, begun]) => [step, since(begun)] as const));
    if (reads.size > 0) return tree('reading', [...reads].map(([target, begun]) => [target, since(begun)] as const));
    return [];
  };
  return { take, lines };
};

const tree = (root: string, branches: readonly (readonly [name: string, words: string])[]): readonly string[] => {
  const width = Math.max(0, ...branches.map(([name]) => name.length));
  return [`… ${root}`, ...branches.map(([name, words], at) => `  ${at === branches.length - 1 ? '└' : '├'} ${name.padEnd(width)}  ${oneLine(words)}`)];
};

const targetOf = (address: string): string => address.split('.')[0] ?? '';

const underWords = (under: ReadonlySet<string>): string => {
  const [first] = under;
  if (first === undefined) return '';
  return under.size === 1 ? `: ${first}` : `: ${first} and ${under.size - 1} more`;
};

/** How long the rest takes, once enough is done to say so. */
const leftWords = ({ done, total }: { readonly done: number; readonly total: number }, milliseconds: number): string => {
  if (done < total / 20 || done === 0 || done >= total) return '';
  const seconds = Math.ceil(((milliseconds / done) * (total - done)) / 1000);
  return seconds < 90 ? `, about ${seconds} s left` : `, about ${Math.ceil(seconds / 60)} min left`;
};
