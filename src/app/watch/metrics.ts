import { groupBy } from '../../core/collections.ts';
import type { WatchState } from './loop.ts';

/** One number, with what tells it from others of its metric. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * What the watch measures, however it is asked for. The name is that of OpenTelemetry; Prometheus has the same with the unit and `_total` behind it, as a
 * collector that leads one to the other writes it (https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#otlp-metric-points-to-prometheus).
 */
export interface Metric {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  /** Of OpenTelemetry: `s`, or what is counted in braces. */
  readonly unit: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

export const metricsOf = ({ looks, failedLooks, seconds, findings, appeared, gone, lastGoodAt, pending }: WatchState): readonly Metric[] => [
  {
    name: 'authctl.drift.findings', type: 'gauge', unit: '{finding}', help: 'What differs from the blueprint now, by what it does.',
    samples: [...groupBy(findings, ({ sort }) => sort)].map(([sort, same]) => ({ labels: { sort }, value: same.length })),
  },
  {
    name: 'authctl.drift.changes', type: 'counter', unit: '{change}', help: 'Findings that appeared, and that are gone.',
    samples: [{ labels: { change: 'appeared' }, value: appeared }, { labels: { change: 'gone' }, value: gone }],
  },
  {
    name: 'authctl.drift.looks', type: 'counter', unit: '{look}', help: 'How often every target was read, or could not be.',
    samples: [{ labels: { outcome: 'seen' }, value: looks - failedLooks }, { labels: { outcome: 'failed' }, value: failedLooks }],
  },
  { name: 'authctl.drift.look', type: 'gauge', unit: 's', help: 'How long the last look took.', samples: [{ labels: {}, value: seconds }] },
  {
    name: 'authctl.drift.last_seen.timestamp', type: 'gauge', unit: 's', help: 'When every target was last read.',
    samples: lastGoodAt === undefined ? [] : [{ labels: {}, value: lastGoodAt }],
  },
  { name: 'authctl.drift.untold', type: 'gauge', unit: '{change}', help: 'Changes that the webhook could not be told yet.', samples: [{ labels: {}, value: pending }] },
];

/** The text format of Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format). */
export const prometheusText = (blueprint: string, state: WatchState): string =>
  metricsOf(state)
    .filter(({ name, samples }) => samples.length > 0 || name === 'authctl.drift.findings')
    .flatMap((metric) => {
      const name = `${metric.name.replaceAll('.', '_')}${metric.unit === 's' ? '_seconds' : ''}${metric.type === 'counter' ? '_total' : ''}`;
      return [
        `# HELP ${name} ${metric.help}`,
        `# TYPE ${name} ${metric.type}`,
        ...metric.samples.map(({ labels, value }) => `${name}${labelText({ blueprint, ...labels })} ${value}`),
      ];
    })
    .join('\n')
    .concat('\n');

const labelText = (labels: Sample['labels']): string =>
  `{${Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, (one) => (one === '\n' ? '\\n' : `\\${one}`))}"`).join(',')}}`;
