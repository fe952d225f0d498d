import type { Report } from '../core/report.ts';
import { renderText } from '../report/text.ts';
import type { Context } from './context.ts';

/** What would be done, shown before it is asked for: on stderr, because it is not the result. */
export const proposed = ({ terminal }: Context, report: Report): void => terminal.say(renderText(report, terminal.err, () => undefined));

/** What is said when a command that writes is interrupted. */
export const finishing = ({ terminal }: Context) => (): void => terminal.say('interrupted: finishing what is under way');
