import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ReadTimeSummary } from '../../tiers/cold/read-times.ts';

type Labels = Readonly<Record<string, string | number>>;

/** A histogram whose counts come from elsewhere. */
class CountedHistogram extends Histogram {
  private readonly times: ReadTimeSummary;
  /** Says what a histogram of that name is, without values. */
  private readonly empty: Histogram;
  private readonly metricName: string;

  constructor(name: string, help: string, times: ReadTimeSummary, registry: Registry) {
    super({ name, help, registers: [registry] });
    this.times = times;
    this.metricName = name;
    this.empty = new Histogram({ name, help, registers: [] });
  }

  override async get(): ReturnType<Histogram['get']> {
    const { times, metricName } = this;
    const bucket = (le: string | number, value: number) => ({
      metricName: `${metricName}_bucket`,
      labels: { le },
      value,
    });
    return {
      ...(await this.empty.get()),
      values: [
        ...times.below.map(([usec, count]) => bucket(usec / 1e6, count)),
        bucket('+Inf', times.count),
        { metricName: `${metricName}_sum`, labels: {}, value: times.sumUsec / 1e6 },
        { metricName: `${metricName}_count`, labels: {}, value: times.count },
      ],
    };
  }

  /** This is what prom-client's registry asks for. */
  getForPromString(): ReturnType<Histogram['get']> {
    return this.get();
  }
}

/** The metrics of one scrape. A metric comes to be with its first value; all its values have labels of the same names. */
export class MetricsPage {
  private readonly registry = new Registry();
  private readonly counters: Map<string, Counter> = new Map();
  private readonly gauges: Map<string, Gauge> = new Map();

  get contentType(): string {
    return this.registry.contentType;
  }

  /** A count that only grows, until the process ends or CONFIG RESETSTAT. */
  counter(name: string, help: string, value: number, labels: Labels = {}): void {
    let counter = this.counters.get(name);
    if (counter === undefined) {
      counter = new Counter({ name, help, labelNames: Object.keys(labels), registers: [this.registry] });
      this.counters.set(name, counter);
    }
    counter.inc({ ...labels }, Math.max(0, value));
  }

  gauge(name: string, help: string, value: number, labels: Labels = {}): void {
    let gauge = this.gauges.get(name);
    if (gauge === undefined) {
      gauge = new Gauge({ name, help, labelNames: Object.keys(labels), registers: [this.registry] });
      this.gauges.set(name, gauge);
    }
    gauge.set({ ...labels }, value);
  }

  histogram(name: string, help: string, times: ReadTimeSummary): void {
    new CountedHistogram(name, help, times, this.registry);
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }
}
