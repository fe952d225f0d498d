import type { Blueprint } from '../blueprint/types.ts';
import type { VerifyEvent } from '../core/events.ts';
import { problemsOf } from '../core/problem.ts';
import type { Provider } from '../core/provider.ts';
import type { Report, Verdict } from '../core/report.ts';
import { checks as catalogue } from './catalogue.ts';
import { limitsOf } from '../patterns/limits.ts';
import type { Check } from './contract.ts';
import { withHarness } from './kit/issuer-key.ts';
import { createKit, takesTokensOfOurMaking } from './kit/index.ts';
import { realNetwork } from './kit/network.ts';
import { runChecks } from './runner.ts';

interface VerifyInput {
  readonly blueprint: Blueprint;
  readonly providers: readonly Provider[];
  readonly env: NodeJS.ProcessEnv;
  /** The stack is ours and local: its stand-ins may be told to forget cached keys. */
  readonly local: boolean;
  /** Checks that write are allowed. */
  readonly disruptive: boolean;
  /** Check ids or groups; empty means all. */
  readonly only: readonly string[];
  readonly rate: number;
  readonly events: (event: VerifyEvent) => void;
}

/** Attacks the live stack. Exit 2 when a check failed, crashed or stayed inconclusive: an answer that is not known is not a yes. */
export const verify = async (input: VerifyInput): Promise<Report> => {
  const { blueprint, providers } = input;
  const begun = performance.now();
  const network = realNetwork();
  const limits = limitsOf(blueprint);
  const chosen = catalogue.filter(({ id }) => isChosen(id, input.only));
  const report = (part: Partial<Report>): Report => ({
    command: 'verify',
    blueprint: blueprint.name,
    ...(limits.length > 0 && { limits }),
    problems: [],
    seconds: Math.round(performance.now() - begun) / 1000,
    ...part,
  });
  try {
    // A target that is out of reach is exit 3, not a list of inconclusive verdicts.
    await Promise.all(providers.map((provider) => provider.kinds[0]?.list()));
    return await withHarness({ ...input, send: network.send }, takesForgedTokens(blueprint) && chosen.some(needsIssuerKey), async (harness) => {
      const kit = createKit({ blueprint, network, providers, disruptive: input.disruptive, harness, rate: input.rate });
      const verdicts = await runChecks(chosen, kit, input.events);
      // A run that proved nothing is no yes.
      return report({ verdicts, negative: verdicts.some(isNo) || !verdicts.some(({ status }) => status === 'passed') });
    });
  } catch (thrown) {
    const problems = problemsOf(thrown);
    if (problems === undefined) throw thrown;
    return report({ problems });
  } finally {
    network.close();
    await Promise.all(providers.map((provider) => provider.close?.()));
  }
};

const isNo = ({ status }: Verdict): boolean => status === 'failed' || status === 'crashed' || status === 'inconclusive';
const takesForgedTokens = ({ services }: Blueprint): boolean => Object.values(services).some(({ authentication }) => takesTokensOfOurMaking(authentication));
const needsIssuerKey = ({ needs }: Check): boolean => needs?.includes('issuer-key') === true;
/** True when a check is asked for: by its id, by its group, or because nothing is. */
export const isChosen = (id: string, only: readonly string[]): boolean =>
  only.length === 0 || only.some((name) => id === name || id.startsWith(`${name}-`));
