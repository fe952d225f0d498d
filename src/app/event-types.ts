import type { AuthctlEvent } from '../core/events.ts';

type EventType = AuthctlEvent['type'];
type FieldsOf<Type extends EventType> = Exclude<keyof Extract<AuthctlEvent, { readonly type: Type }>, 'type'>;
interface EventMeaning<Type extends EventType> {
  /** When it is told. */
  readonly when: string;
  readonly fields: { readonly [Field in FieldsOf<Type>]-?: string };
}

const milliseconds = 'how long it took';

/** What each event means, and each of its fields: another one does not compile without its line here. docs/api.md is made of it. */
export const eventTypes: { readonly [Type in EventType]: EventMeaning<Type> } = {
  'run.started': { when: 'A use case is called.', fields: { useCase: '`plan`, `stack up`, …: its name on the command line' } },
  'run.finished': {
    when: 'It has its report.',
    fields: { useCase: 'as at its start', exitCode: 'of the report', problems: 'how many the report has', milliseconds },
  },
  'blueprint.loaded': { when: 'The blueprint was read, and nothing is wrong with it.', fields: { blueprint: 'its name', file: 'where it stands' } },
  'blueprint.untried': {
    when: 'The blueprint asks for something that was written by documentation and never run.',
    fields: { blueprint: 'its name', notice: 'what, as a sentence' },
  },
  'policy.unjudged': { when: 'No `opa` was found: the servers will judge the policy.', fields: { blueprint: 'its name' } },
  'policy.read': { when: 'The bundle that somebody else publishes (`authorization.bundle`) was read.', fields: { bundle: 'its name', revision: 'of its manifest; empty where it has none', pinned: 'whether the blueprint states which one it must be', digest: 'of what it holds: `sha256:…`', held: 'whether the blueprint states that, or who must have signed it' } },
  'stack.used': { when: 'A running local stack supplies addresses and secrets that `env` lacks.', fields: { directory: 'where it keeps its files' } },
  'read.started': { when: 'Everything that a target holds is about to be read.', fields: { target: '`keycloak`, `kong`, …' } },
  'read.finished': {
    when: 'It was read, or it could not be.',
    fields: { target: 'as at its start', outcome: '`done` or `failed`', objects: 'how many were found', milliseconds },
  },
  'lock.waiting': { when: 'Somebody else is applying the same blueprint, and is waited for.', fields: { holder: 'who, as a sentence', where: 'what holds the lock on which target' } },
  'apply.planned': { when: 'A plan begins to be carried out.', fields: { writes: 'how many objects of it are to be written or deleted, by target; more come of what is known later (`deferred`)' } },
  'write.started': {
    when: 'One object is about to be written.',
    fields: { address: '`kong.route/shop.orders.list`', action: '`create`, `update`, `replace`, `adopt`, `delete`, `deferred`, `settle` for bringing a target into force, or `drain` for waiting until what was issued before has ended (and, in a rotation, until verifiers know the new key)', detail: 'what is waited for, where it takes long' },
  },
  'write.finished': {
    when: 'It was written, it could not be, or it was not begun.',
    fields: { address: 'as at its start', action: 'as at its start', outcome: '`done`, `failed` or `skipped`', problem: 'why not', milliseconds },
  },
  'watch.started': { when: '`drift --watch` begins to look.', fields: { url: 'where `/healthz` and `/metrics` are', seconds: 'from one look to the next' } },
  'watch.finished': { when: 'It was told to stop, and the look under way is finished.', fields: { looks: 'how many', appeared: 'how many things', gone: 'how many of them', milliseconds } },
  'watch.changed': { when: 'Something appeared since the look before, or is gone.', fields: { appeared: 'what, a sentence each', gone: 'what, a sentence each' } },
  'watch.failed': { when: 'A look could not see, or the webhook could not be told.', fields: { why: 'in words' } },
  'verify.group.started': { when: 'The checks of a group begin.', fields: { group: '`SIG`', checks: 'how many', subjects: 'what they are tried on: routes, clients, …', done: 'verdicts of the groups before', total: 'verdicts of all groups' } },
  'verify.group.finished': {
    when: 'The group is through.',
    fields: { group: 'as at its start', checks: 'as at its start', subjects: 'as at its start', verdicts: 'how many `passed`, `failed`, `crashed`, are `inconclusive`, `waived` or were `skipped`', milliseconds },
  },
  'stack.step.started': { when: 'A part of the local stack is looked for, fetched, built or started.', fields: { step: 'what, in words' } },
  'stack.step.finished': {
    when: 'It is there, or it failed.',
    fields: { step: 'as at its start', outcome: '`done` or `failed`', detail: 'how it was done, or why it failed', milliseconds },
  },
};

/** The table of docs/api.md. */
export const eventReference = (): string =>
  [
    '| event | when | what it carries |',
    '| --- | --- | --- |',
    ...Object.entries<{ readonly when: string; readonly fields: Readonly<Record<string, string>> }>(eventTypes).map(
      ([type, { when, fields }]) =>
        `| \`${type}\` | ${when} | ${Object.entries(fields)
          .map(([field, meaning]) => `\`${field}\`: ${meaning}`)
          .join('; ')} |`,
    ),
  ].join('\n');
