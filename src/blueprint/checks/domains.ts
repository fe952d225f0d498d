import { suggestion } from '../nearest.ts';
import type { Context } from './context.ts';

/** Each path of a domain leads one way, and to a stage that there is. */
export const checkDomains = ({ blueprint: { targets }, findings }: Context): void => {
  const { domains = [], stages = ['$default'] } = targets.aws ?? {};
  const at = (index: number, field: string): string[] => ['targets', 'aws', 'domains', String(index), field];
  const seen = new Set<string>();
  for (const [index, { name, path = '', stage }] of domains.entries()) {
    if (stage !== undefined && !stages.includes(stage))
      findings.add('BLUEPRINT_AWS_DOMAIN', at(index, 'stage'), `there is no stage "${stage}"`, { expected: `one of ${stages.join(', ')}`, hint: suggestion(stage, stages) });
    const place = `${name}/${path}`;
    if (seen.has(place)) findings.add('BLUEPRINT_AWS_DOMAIN', at(index, path === '' ? 'name' : 'path'), `${place} is stated twice`);
    seen.add(place);
  }
};
