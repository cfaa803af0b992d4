import type { Configuration, Curve, Prediction, Predictor, WorkloadFacts } from '../../plan.ts';

/** Half reads, half writes; 1,000 requests a second for 100 seconds. */
export const madeFacts: WorkloadFacts = {
  totals: {
    requests: 100_000,
    reads: 50_000,
    writes: 50_000,
    deletes: 0,
    requestedBytes: 1e8,
    seconds: 100,
    distinctKeys: 10_000,
    meanKeyBytes: 20,
    meanValueBytes: 950,
  },
  sampledKeys: 10_000,
  sampledRequests: 100_000,
  oneHitWonders: 0,
  valueSizes: [],
  reuseRequests: [],
  reuseSeconds: [],
  workingSet: [],
};

/** A predictor that answers by a formula, and notes what it was asked. */
export class MadePredictor implements Predictor {
  readonly facts: WorkloadFacts = madeFacts;
  readonly asked: Configuration[] = [];
  private readonly formula: (configuration: Configuration) => Partial<Prediction>;

  constructor(formula: (configuration: Configuration) => Partial<Prediction>) {
    this.formula = formula;
  }

  async predict(configurations: readonly Configuration[]): Promise<readonly Prediction[]> {
    this.asked.push(...configurations);
    return configurations.map((configuration) => ({
      ...configuration,
      ramHitRatio: 0.5,
      nvmeHitRatio: 0,
      ramError: undefined,
      nvmeError: undefined,
      nvmeBytesWrittenPerRequest: 0,
      nvmeReadsPerRequest: 0,
      indexBytes: 0,
      ...this.formula(configuration),
    }));
  }

  async curves(): Promise<readonly Curve[]> {
    return [];
  }
}
