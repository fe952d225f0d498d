import { suggestion } from '../nearest.ts';
import type { Context } from './context.ts';

/** Of a resource of API Gateway (AWS, "Tagging your API Gateway resources"): tags, and characters of a value. Three may be authctl's own. */
const MOST_TAGS = 50;
const OWN_TAGS = 3;
const MOST_NOTED = 256;

/** Each path of a domain leads one way, and to a stage that there is. */
export const checkDomains = ({ blueprint: { targets }, findings }: Context): void => {
  const { domains = [], stages = ['$default'] } = targets.aws ?? {};
  const at = (index: number, field: string): string[] => ['targets', 'aws', 'domains', String(index), field];
  const seen = new Set<string>();
  for (const [index, { name, path = '', stage }] of domains.entries()) {
    if (stage !== undefined && !stages.includes(stage))
      findings.add('BLUEPRINT_AWS_DOMAIN', at(index, 'stage'), `there is no stage "${stage}"`, { expected: `one of ${stages.join(', ')}`, hint: suggestion(stage, stages) });
    const place = `${name}/${path}`;
    if (place.length > MOST_NOTED) findings.add('BLUEPRINT_AWS_DOMAIN', at(index, path === '' ? 'name' : 'path'), `${place.slice(0, 40)}… is longer than the mark by which authctl knows what it has made`, { expected: `at most ${MOST_NOTED} characters, the domain and the path` });
    if (seen.has(place)) findings.add('BLUEPRINT_AWS_DOMAIN', at(index, path === '' ? 'name' : 'path'), `${place} is stated twice`);
    seen.add(place);
  }
  const tags = Object.keys(targets.aws?.tags ?? {}).length + OWN_TAGS + domains.length;
  if (domains.length > 0 && tags > MOST_TAGS)
    findings.add('BLUEPRINT_AWS_QUOTA', ['targets', 'aws', 'domains'], `${tags} tags on one API`, { expected: `at most ${MOST_TAGS}`, hint: 'each path of a domain is noted in one, beside yours and three of authctl' });
};
