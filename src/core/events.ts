import type { ApplyResult, VerdictStatus } from './outcome.ts';

/**
 * What happens while a use case runs, as data: whoever listens draws it, counts it or sends it on. Work that takes a while is a pair,
 * `.started` and `.finished`, and the second carries what was counted. src/app/event-types.ts says what each means, and docs/api.md shows it.
 */
export type AuthctlEvent = RunEvent | BlueprintEvent | ReadEvent | LockEvent | ApplyEvent | WriteEvent | WatchEvent | VerifyEvent | StepEvent;
export type Events = (event: AuthctlEvent) => void;

/** One use case, from its call to its report. */
type RunEvent =
  | { readonly type: 'run.started'; readonly useCase: string }
  | {
      readonly type: 'run.finished';
      readonly useCase: string;
      readonly exitCode: 0 | 1 | 2 | 3;
      readonly problems: number;
      readonly milliseconds: number;
    };

/** What was found out about the blueprint before anything is contacted. */
type BlueprintEvent =
  | { readonly type: 'blueprint.loaded'; readonly blueprint: string; readonly file: string }
  | { readonly type: 'blueprint.untried'; readonly blueprint: string; readonly notice: string }
  | { readonly type: 'policy.unjudged'; readonly blueprint: string }
  | { readonly type: 'policy.read'; readonly bundle: string; readonly revision: string; readonly pinned: boolean; readonly digest: string; readonly held: boolean }
  | { readonly type: 'stack.used'; readonly directory: string };

/** Everything that one target holds is read. */
export type ReadEvent =
  | { readonly type: 'read.started'; readonly target: string }
  | { readonly type: 'read.finished'; readonly target: string; readonly outcome: 'done' | 'failed'; readonly objects: number; readonly milliseconds: number };

/** Somebody else is applying the same blueprint. */
interface LockEvent {
  readonly type: 'lock.waiting';
  readonly holder: string;
  readonly where: string;
}

/** A plan begins to be carried out: how many objects of each target. */
export interface ApplyEvent {
  readonly type: 'apply.planned';
  readonly writes: Readonly<Record<string, number>>;
}

/** One object is written, deleted, or brought into force. */
export type WriteEvent =
  | { readonly type: 'write.started'; readonly address: string; readonly action: string; readonly detail?: string }
  | ({ readonly type: 'write.finished' } & ApplyResult);

/** Drift in one long process. */
type WatchEvent =
  | { readonly type: 'watch.started'; readonly url: string; readonly seconds: number }
  | { readonly type: 'watch.finished'; readonly looks: number; readonly appeared: number; readonly gone: number; readonly milliseconds: number }
  | { readonly type: 'watch.changed'; readonly appeared: readonly string[]; readonly gone: readonly string[] }
  | { readonly type: 'watch.failed'; readonly why: string };

/** The checks of one group. */
export type VerifyEvent =
  | { readonly type: 'verify.group.started'; readonly group: string; readonly checks: number; readonly subjects: number; readonly done: number; readonly total: number }
  | {
      readonly type: 'verify.group.finished';
      readonly group: string;
      readonly checks: number;
      readonly subjects: number;
      readonly verdicts: Readonly<Record<VerdictStatus, number>>;
      readonly milliseconds: number;
    };

/** One step of the local stack's start: something is fetched, built, or started and waited for. */
type StepEvent =
  | { readonly type: 'stack.step.started'; readonly step: string }
  | {
      readonly type: 'stack.step.finished';
      readonly step: string;
      readonly outcome: 'done' | 'failed';
      readonly detail?: string;
      readonly milliseconds: number;
    };
