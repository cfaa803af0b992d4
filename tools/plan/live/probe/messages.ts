import type { DeviceProfile } from '../../plan.ts';

/** What is to be measured, as the probe's own process gets it. */
export interface ProbeTask {
  readonly folder: string;
  readonly bytes: number;
  readonly seconds: number;
  readonly depths: readonly number[];
}

export interface ProbeResult {
  readonly profile: DeviceProfile;
  /** Sentences for people: why the figures may be better, or worse, than the device's. */
  readonly warnings: readonly string[];
}

/** From the probe's process to who started it; `failed` carries one line for people. */
export type FromProbe =
  | { readonly kind: 'progress'; readonly share: number; readonly doing: string }
  | { readonly kind: 'done'; readonly result: ProbeResult }
  | { readonly kind: 'failed'; readonly message: string };
