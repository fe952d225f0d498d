import { buildBundle } from '../../../../../src/providers/opa/bundle.ts';
import { packBundle } from '../../../../../src/providers/opa/archive.ts';
import type { Answer } from '../../../../../src/providers/http.ts';

/** An OPA, the real one or the fake of the unit tests. */
export interface Judged {
  /** Puts an archive into the store, or takes it away, and returns when OPA asked for it since. */
  readonly publish: (archive: Buffer | undefined) => Promise<void>;
  readonly status: () => Promise<Answer>;
  /** The same question to an OPA whose configuration has no `status`. */
  readonly statusWhereOff: () => Promise<Answer>;
}

const bundleOf = (rego: string): Promise<Buffer> =>
  packBundle(buildBundle({ name: 'shop', policyFiles: { 'authz.rego': `package shop.authz\n${rego}` }, data: {} }).files);

/** What is published, one after the other. */
const STEPS: readonly (readonly [string, string | undefined])[] = [
  ['nothing', undefined],
  ['a good bundle', 'default allow := false'],
  ['one that does not compile', 'syntax error'],
  ['another good one', 'default allow := true'],
  ['nothing any more', undefined],
];

interface Step {
  readonly published: string;
  readonly status: number;
  readonly bundle: unknown;
}
export interface Recording {
  readonly steps: readonly Step[];
  readonly off: Answer;
}

export const recordingOf = async ({ publish, status, statusWhereOff }: Judged): Promise<Recording> => {
  const steps: Step[] = [];
  for (const [published, rego] of STEPS) {
    await publish(rego === undefined ? undefined : await bundleOf(rego));
    const answer = await status();
    steps.push({ published, status: answer.status, bundle: lasting(bundleIn(answer)) });
  }
  return { steps, off: await statusWhereOff() };
};

export const bundleIn = ({ body }: Answer): Readonly<Record<string, unknown>> =>
  (body as { result?: { bundles?: { shop?: Record<string, unknown> } } }).result?.bundles?.shop ?? {};

/** Without what is different every time, and what nobody reads: times, sizes, measurements. */
const lasting = (bundle: Readonly<Record<string, unknown>>): unknown => {
  const { active_revision, code, message, http_code, errors } = bundle;
  const told = (errors as readonly { message: string; location?: { file: string; row: number } }[] | undefined)?.map((error) => ({
    message: error.message,
    ...(error.location && { location: { file: error.location.file, row: error.location.row } }),
  }));
  return { active_revision, asked: typeof bundle['last_request'] === 'string', code, message, http_code, errors: told };
};
