import { statSync } from 'node:fs';
import { processorSeconds } from './identity.ts';
import type { ProcessMark } from './types.ts';

/** How far something that starts has got, as far as that can be seen from outside. */
export interface Progress {
  /** Bytes of its log. */
  readonly said: number;
  /** Seconds of the processor that it has had. */
  readonly worked: number;
}

/** What does nothing but wait takes less of the processor than this. */
const IDLE_SHARE = 0.02;
/** What gets on for so many times as long, and never answers, goes round in circles. */
const ENOUGH = 10;

/**
 * Whether to go on waiting for what was begun at `begun`: while it gets on, however slow the machine is, and for `seconds` when it does not. Asked with the
 * time and the progress of now.
 */
export const patience = (seconds: number, begun: number): ((now: number, progress: Progress) => boolean) => {
  let last = { at: begun, said: 0, worked: 0 };
  return (now, { said, worked }) => {
    if (said !== last.said || worked - last.worked > seconds * IDLE_SHARE) last = { at: now, said, worked };
    return now - last.at <= seconds * 1000 && now - begun <= seconds * ENOUGH * 1000;
  };
};

export const progressOf = ({ log, mark }: { readonly log: string; readonly mark: ProcessMark }): Progress => ({
  said: statSync(log, { throwIfNoEntry: false })?.size ?? 0,
  worked: processorSeconds(mark.pid),
});
