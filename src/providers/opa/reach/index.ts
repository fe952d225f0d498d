import type { PolicyAnswer, Question } from '../../../access/index.ts';
import { objectOf, textOf } from '../../../core/json.ts';
import { problemsOf } from '../../../core/problem.ts';
import type { Reach } from '../../../core/provider.ts';
import type { Danger, Desired, Live, Unseen } from '../../../core/resource.ts';
import type { Http } from '../../http.ts';
import { shownUrl } from '../../http.ts';
import { opa as specs } from '../specs/index.ts';
import { askedBeside, besideFindings } from './beside.ts';
import { configFindings } from './config.ts';
import type { Finding } from './config.ts';
import { decisionFindings, liveAnswers } from './decisions.ts';
import { digestsOf, readHoldings } from './read.ts';

interface Asking {
  /** The blueprint's name. */
  readonly name: string;
  readonly servers: readonly { readonly url: string; readonly http: Http; /** The same server, asked without the login. */ readonly stranger?: Pick<Http, 'send'> }[];
  /** Where bundles are published, when that is by http. */
  readonly store: string | undefined;
  readonly signed: boolean;
  /** The token itself is part of a question. */
  readonly tokens: boolean;
  /** What our bundle owns. */
  readonly roots: readonly string[];
  /** Told which version a server says it is. */
  readonly learn?: (version: string) => void;
  /** The field of an answer that says yes. */
  readonly answer: string;
  readonly questions: () => readonly Question[];
  /** The policy of the blueprint, evaluated here; `undefined` without an `opa`. */
  readonly evaluate: (files: Readonly<Record<string, string>>, questions: readonly Question[]) => Promise<ReadonlyMap<string, PolicyAnswer> | undefined>;
}

/** What can change an answer of OPA, or learn what was asked, beside the bundle that the blueprint publishes. */
export const reachOf = async (desired: readonly Desired[], live: readonly Live[], asking: Asking): Promise<Reach> => {
  const bundle = desired.find(specs.bundle.is);
  // Services that decide by a module of their own have no door to ask at: their revision is compared with the bundle.
  if (bundle === undefined || asking.servers.length === 0) return { dangers: [], unseen: [] };
  const published = live.filter(specs.bundle.is).find(({ id }) => id === asking.name);
  const rego = [bundle, ...(published ? [published] : [])].flatMap(({ spec }) => Object.entries(spec.files).flatMap(([path, text]) => (path.endsWith('.rego') && text !== null ? [text] : [])));
  const unseen: Unseen[] = [];
  const questions = published === undefined ? [] : asking.questions();
  const wanted = questions.length === 0 ? undefined : await evaluated(asking, bundle.spec.files, questions, unseen);
  const dangers = await Promise.all(
    asking.servers.map(async ({ url, http, stranger }): Promise<readonly Danger[]> => {
      const held = await readHoldings(http, shownUrl(url));
      unseen.push(...held.unseen);
      const version = textOf(objectOf(held.config?.['labels'])['version']);
      if (version !== undefined) asking.learn?.(version);
      const ours = { bundle: asking.name, roots: asking.roots, rego };
      const digests = await digestsOf(http, askedBeside(held, ours));
      const found: Finding[] = [
        ...(held.config ? configFindings(held.config, { bundle: asking.name, store: asking.store, signed: asking.signed, tokens: asking.tokens }) : []),
        ...besideFindings(held, { ...ours, digests }),
      ];
      if ((await stranger?.send('GET', '/v1/policies'))?.status === 200)
        found.push({ kind: 'opa.config', name: 'authorization', effect: 'opens', what: 'whoever reaches it may read its policies and put others there, without a token', seen: '' });
      if (wanted !== undefined) {
        const answers = await liveAnswers(http, asking.answer, questions);
        if (answers) found.push(...decisionFindings(answers, wanted, questions));
        else unseen.push({ target: 'opa', what: `what ${shownUrl(url)} answers`, why: 'it takes no queries' });
      }
      return found.map(({ kind, name, effect, what, seen }) => ({
        kind,
        id: `${hostOf(url)}/${name}`,
        effect,
        what: `OPA at ${shownUrl(url)}: ${what}`,
        origin: bundle.origin,
        hint: kind === 'opa.config' ? 'change its configuration, or accept it' : 'take it away there, or accept it',
        ...(seen !== '' && { seen }),
      }));
    }),
  );
  return { dangers: dangers.flat(), unseen };
};

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);

/** What the blueprint's own policy says; told as not looked at where it cannot be evaluated here. */
const evaluated = async ({ evaluate }: Asking, files: Readonly<Record<string, string | null>>, questions: readonly Question[], unseen: Unseen[]): Promise<ReadonlyMap<string, PolicyAnswer> | undefined> => {
  const present = Object.fromEntries(Object.entries(files).flatMap(([path, text]) => (text === null ? [] : [[path, text]])));
  const not = (why: string): undefined => void unseen.push({ target: 'opa', what: 'whether OPA answers as the policy of the blueprint', why });
  try {
    return (await evaluate(present, questions)) ?? not('there is no opa here to evaluate it with');
  } catch (thrown) {
    const problem = problemsOf(thrown)?.[0];
    if (problem === undefined) throw thrown;
    return not(problem.message);
  }
};
