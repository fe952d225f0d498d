import type { Report } from '../../core/report.ts';
import { harmless } from '../harmless.ts';
import { partWords } from '../part.ts';
import { marksOf } from './marks.ts';
import { drawTopology } from './svg.ts';

/** A picture that stands alone, with what the report says of each part; of a report with nothing to draw an empty one that says so. */
export const renderSvg = (given: Report): string => {
  const report = harmless(given);
  const topology = report.topology ?? { name: `authctl ${report.command}: nothing to draw`, clusters: [], edges: [] };
  return `${drawTopology(topology, marksOf(report, topology), { alone: true, ...(report.part && { note: partWords(report.part) }) }).toString()}\n`;
};
