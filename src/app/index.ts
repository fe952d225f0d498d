import type { Blueprint } from '../blueprint/types.ts';
import type { Events } from '../core/events.ts';
import { createMask } from '../core/mask.ts';
import { problemsOf } from '../core/problem.ts';
import { exitCodeOf } from '../core/report.ts';
import type { Report } from '../core/report.ts';
import type { FormatName } from '../report/index.ts';
import type { Style } from '../report/style.ts';
import type { Topology } from '../core/topology.ts';
import type { StackStatus } from '../stack/index.ts';
import type { Accepted, AcceptRequest } from './accept.ts';
import { asksServers } from './asking.ts';
import type { ApplyRequest, DestroyRequest } from './apply.ts';
import type { Diagnosis } from './doctor.ts';
import type { FixRequest } from './fix.ts';
import type { GraphRequest } from './graph.ts';
import type { Unlocked, UnlockRequest } from './lock.ts';
import type { MatrixFound, MatrixRequest } from './matrix.ts';
import type { History, HistoryRequest } from './history.ts';
import type { Imported, ImportRequest } from './import.ts';
import type { InitRequest, Initialized } from './init.ts';
import type { Inventory } from './inventory.ts';
import type { PermissionsFound, PermissionsRequest } from './permissions.ts';
import type { PlanRequest } from './plan.ts';
import type { ReleaseRequest } from './release.ts';
import type { RenderRequest, RenderTarget } from './render.ts';
import type { RollbackRequest } from './rollback.ts';
import type { Rotated, RotateRequest } from './rotate/index.ts';
import { openRun } from './run.ts';
import type { AuthctlOptions, BlueprintSource, Run } from './run.ts';
import type { StackStarted, StackUpRequest } from './stack.ts';
import type { Validated } from './validate.ts';
import type { VerifyRequest } from './verify.ts';
import type { WatchRequest } from './watch/index.ts';
import type { WatchState } from './watch/loop.ts';

/**
 * Everything that the command line can do, for a program. Each function answers with a `Report`, and what a person can fix is in its
 * `problems`; only a bug is thrown. `exitCodeOf` says what a report means. Nothing is printed, nobody is asked, the process is not ended.
 */
export interface Authctl {
  /**
   * A blueprint that is valid, for several use cases. `offline`: placeholders stand in for secrets that are not set, so that it is good for
   * what contacts nothing. Throws `Problems` with everything that is wrong.
   */
  readonly load: (path: string, how?: { readonly offline?: boolean }) => Promise<Blueprint>;
  /** Checks the blueprint alone: nothing is contacted. */
  readonly validate: (source: BlueprintSource) => Promise<Report<Validated>>;
  /** Reads every target and says what `apply` would change. Writes nothing. */
  readonly plan: (source: BlueprintSource, request?: PlanRequest) => Promise<Report>;
  /** A plan whose changes are a no: has anything moved since? */
  readonly drift: (source: BlueprintSource) => Promise<Report>;
  /** Puts back what has drifted since the last run that is noted, and nothing else, when `approve` says yes; it lets nobody in. */
  readonly fix: (path: string, request: FixRequest) => Promise<Report>;
  /** Drift in one long process, until `signal` says stop: each thing is told when it appears, and when it is gone. */
  readonly watch: (source: BlueprintSource, request?: WatchRequest) => Promise<Report<WatchState>>;
  /** Writes into the blueprint's file, under `accept:`, what `drift` tells of that the blueprint does not state. Writes no target. */
  readonly accept: (path: string, request: AcceptRequest) => Promise<Report<Accepted>>;
  /** Makes the live stack match the blueprint, when `approve` says yes to the plan. */
  readonly apply: (source: BlueprintSource, request: ApplyRequest) => Promise<Report>;
  /** Brings all targets back to what an earlier apply had brought into force, when `approve` says yes to the plan. */
  readonly rollback: (path: string, request: RollbackRequest) => Promise<Report>;
  /** Gives the realm a new key to sign with, and takes the old one away when nobody needs it, when `approve` says yes to the steps. */
  readonly rotateKeys: (source: BlueprintSource, request: RotateRequest) => Promise<Report<Rotated>>;
  /** Deletes what carries the blueprint's mark, except realms and protected objects, when `approve` says yes to the plan. */
  readonly destroy: (source: BlueprintSource, request: DestroyRequest) => Promise<Report>;
  /** Takes the blueprint's mark off its live objects, and leaves them as they are, when `approve` says yes to the plan. */
  readonly release: (source: BlueprintSource, request: ReleaseRequest) => Promise<Report>;
  /** Takes away the lock that a run of apply left, when `approve` says yes to who held it. */
  readonly unlock: (source: BlueprintSource, request: UnlockRequest) => Promise<Report<Unlocked>>;
  /** What the runs that wrote something did and did not, as it was noted: on this machine, or in a bucket. No target is contacted. */
  readonly history: (request?: HistoryRequest) => Promise<Report<History>>;
  /** Attacks the live stack, and judges what it answers. */
  readonly verify: (source: BlueprintSource, request?: VerifyRequest) => Promise<Report>;
  /** Who passes where, worked out from the blueprint and its policy. Nothing is contacted; an `opa` of this machine evaluates the policy. */
  readonly matrix: (source: BlueprintSource, request?: MatrixRequest) => Promise<Report<MatrixFound>>;
  /** In words, the blueprint, or `what` of it: a route, a check, an object, a persona or client. Nothing is contacted. */
  readonly explain: (source: BlueprintSource, what?: string) => Promise<Report>;
  /** Whether everything is there that the other commands need: reachable, of a known version, clocks, rights, plugins. Writes nothing. */
  readonly doctor: (source: BlueprintSource) => Promise<Report<Diagnosis>>;
  /** The least that a login needs at each target, for what it does at the most. Nothing is contacted. */
  readonly permissions: (source: BlueprintSource, request: PermissionsRequest) => Promise<Report<PermissionsFound>>;
  /** The blueprint as the source of a drawing, and as data. Nothing is contacted. */
  readonly graph: (source: BlueprintSource, request?: GraphRequest) => Promise<Report<Topology>>;
  /** What `apply` would write, as the text of a file for another tool. Nothing is contacted. */
  readonly render: (source: BlueprintSource, request: RenderRequest) => Promise<Report<{ readonly target: RenderTarget }>>;
  /** Writes a commented blueprint and its policy to start from. Never overwrites. */
  readonly init: (path: string, request?: InitRequest) => Promise<Report<Initialized>>;
  /** A blueprint of what is there, with a list of its secrets, of what it does not say and of what is unsafe. Nothing is written but its file. */
  readonly import: (request: ImportRequest) => Promise<Report<Imported>>;
  /** What is live at the blueprint's targets, and whose it is: the blueprint's, another's, nobody's. Writes nothing. */
  readonly inventory: (source: BlueprintSource) => Promise<Report<Inventory>>;
  /** The local stack. It starts with the secrets of `env` and makes the others up. */
  readonly stack: {
    readonly up: (path: string, request?: StackUpRequest) => Promise<Report<StackStarted>>;
    readonly down: () => Promise<Report<{ readonly stopped: boolean }>>;
    readonly status: () => Promise<Report<StackStatus>>;
  };
  /** A report in one of the formats of the command line, masked. Throws `CLI_UNKNOWN_FORMAT`. */
  readonly format: (report: Report, format: FormatName, style?: Style) => Promise<string>;
  /** Takes the secrets of every blueprint that was loaded so far out of a text: a last net for whoever prints. */
  readonly mask: (text: string) => string;
}

/** Each use case is loaded when it is called: what a program does not use costs it nothing. */
export const createAuthctl = (options: AuthctlOptions): Authctl => {
  const mask = createMask();
  const emit: Events = options.events ?? (() => undefined);

  const reported = async <Data>(useCase: string, work: (run: Run) => Promise<Report<Data>>, settings: AuthctlOptions): Promise<Report<Data>> => {
    let run: Run | undefined;
    let report: Report<Data>;
    try {
      run = await openRun(settings, mask);
      report = await work(run);
    } catch (thrown) {
      const problems = problemsOf(thrown);
      if (problems === undefined) throw thrown;
      report = { command: useCase, problems };
    } finally {
      run?.runs.close();
    }
    const blueprint = run?.loaded();
    // Whoever contacts nothing need not load what is told of targets.
    if (blueprint === undefined || !asksServers(report.command)) return report;
    return (await import('./about.ts')).withAbout(report, { blueprint, overlay: run?.overlay, now: new Date() });
  };
  const perform = async <Data>(useCase: string, work: (run: Run) => Promise<Report<Data>>, settings = options): Promise<Report<Data>> => {
    const begun = performance.now();
    emit({ type: 'run.started', useCase });
    const report = await reported(useCase, work, settings);
    const milliseconds = Math.round(performance.now() - begun);
    emit({ type: 'run.finished', useCase, exitCode: exitCodeOf(report), problems: report.problems.length, milliseconds });
    return report;
  };
  /** What is done to the local stack does not depend on the one that runs. */
  const alone = { ...options, localStack: false };

  return {
    load: async (path, { offline = false } = {}) => {
      const run = await openRun(options, mask);
      return offline ? run.loadOffline(path) : run.load(path);
    },
    validate: (source) => perform('validate', async (run) => (await import('./validate.ts')).validate(run, source)),
    plan: (source, request = {}) => perform('plan', async (run) => (await import('./plan.ts')).plan(run, source, request)),
    drift: (source) => perform('drift', async (run) => (await import('./plan.ts')).drift(run, source)),
    fix: (path, request) => perform('drift --fix', async (run) => (await import('./fix.ts')).fix(run, path, request)),
    watch: (source, request = {}) => perform('drift', async (run) => (await import('./watch/index.ts')).watch(run, source, request)),
    accept: (path, request) => perform('accept', async (run) => (await import('./accept.ts')).accept(run, path, request)),
    apply: (source, request) => perform('apply', async (run) => (await import('./apply.ts')).apply(run, source, request)),
    destroy: (source, request) => perform('destroy', async (run) => (await import('./apply.ts')).destroy(run, source, request)),
    rollback: (path, request) => perform('rollback', async (run) => (await import('./rollback.ts')).rollback(run, path, request)),
    rotateKeys: (source, request) => perform('rotate keys', async (run) => (await import('./rotate/index.ts')).rotateKeys(run, source, request)),
    release: (source, request) => perform('release', async (run) => (await import('./release.ts')).release(run, source, request)),
    unlock: (source, request) => perform('unlock', async (run) => (await import('./lock.ts')).unlock(run, source, request)),
    history: (request = {}) => perform('history', async (run) => (await import('./history.ts')).history(run, request), alone),
    verify: (source, request = {}) => perform('verify', async (run) => (await import('./verify.ts')).verify(run, source, request)),
    matrix: (source, request = {}) => perform('matrix', async (run) => (await import('./matrix.ts')).matrix(run, source, request)),
    explain: (source, what) => perform('explain', async (run) => (await import('./explain.ts')).explain(run, source, what)),
    doctor: (source) => perform('doctor', async (run) => (await import('./doctor.ts')).doctor(run, source)),
    permissions: (source, request) => perform('permissions', async (run) => (await import('./permissions.ts')).permissions(run, source, request)),
    graph: (source, request = {}) => perform('graph', async (run) => (await import('./graph.ts')).graph(run, source, request)),
    render: (source, request) => perform('render', async (run) => (await import('./render.ts')).render(run, source, request)),
    init: (path, request = {}) => perform('init', async (run) => (await import('./init.ts')).init(run, path, request), alone),
    import: (request) => perform('import', async (run) => (await import('./import.ts')).importBlueprint(run, request)),
    inventory: (source) => perform('inventory', async (run) => (await import('./inventory.ts')).inventory(run, source)),
    stack: {
      up: (path, request = {}) => perform('stack up', async (run) => (await import('./stack.ts')).up(run, path, request), alone),
      down: () => perform('stack down', async (run) => (await import('./stack.ts')).down(run), alone),
      status: () => perform('stack status', async (run) => (await import('./stack.ts')).status(run), alone),
    },
    format: async (report, name, style) => (await import('./format.ts')).format(report, name, { mask: mask.apply, style }),
    mask: mask.apply,
  };
};

export type { Accepted, AcceptRequest } from './accept.ts';
export type { ApplyRequest, Approval, DestroyRequest, Proposal } from './apply.ts';
export type { Diagnosis } from './doctor.ts';
export type { Finding } from '../core/finding.ts';
export type { DryRun, WouldSend } from './dry-run.ts';
export type { FixRequest } from './fix.ts';
export type { GraphRequest } from './graph.ts';
export type { History, HistoryRequest } from './history.ts';
export type { RunRecord } from './journal.ts';
export type { Imported, ImportFrom, ImportRequest } from './import.ts';
export type { InitRequest, Initialized } from './init.ts';
export type { Inventory, InventoryItem, Whose } from './inventory.ts';
export type { LockRequest, Unlocked, UnlockRequest } from './lock.ts';
export type { MatrixFound, MatrixRequest } from './matrix.ts';
export type { PermissionsFound, PermissionsRequest } from './permissions.ts';
export type { PlanRequest } from './plan.ts';
export type { ReleaseRequest } from './release.ts';
export type { RenderRequest, RenderTarget } from './render.ts';
export type { RollbackRequest } from './rollback.ts';
export type { Rotated, RotateRequest, RotationProposal } from './rotate/index.ts';
export type { AuthctlOptions, BlueprintSource } from './run.ts';
export type { StackStarted, StackUpRequest } from './stack.ts';
export type { Validated } from './validate.ts';
export type { VerifyRequest } from './verify.ts';
export type { WatchRequest } from './watch/index.ts';
export type { WatchFinding } from './watch/findings.ts';
export type { WatchState } from './watch/loop.ts';
export type { AuthctlEvent, Events } from '../core/events.ts';
export type { FormatName } from '../report/index.ts';
export type { StackPart, StackPorts, StackServer, StackStatus } from '../stack/index.ts';
export { exitCodeOf } from '../core/report.ts';
export type { About, AboutTarget, Access, AccessCell, AccessChange, ApplyResult, Evidence, Limit, Part, Report, Verdict } from '../core/report.ts';
