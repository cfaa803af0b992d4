const sampleCount = 16;

/** Mean rates over the last 16 samples, as Redis's `instantaneous_*` fields. Every thread samples the totals, so any can answer. */
export class RateSampler {
  private lastMs = 0;
  private lastCommands = 0;
  private lastInput = 0;
  private lastOutput = 0;
  private at = 0;
  private readonly commands: Float64Array = new Float64Array(sampleCount);
  private readonly input: Float64Array = new Float64Array(sampleCount);
  private readonly output: Float64Array = new Float64Array(sampleCount);

  /** @param nowMs wall clock; the other arguments are running totals (bytes for input and output) */
  sample(nowMs: number, commands: number, input: number, output: number): void {
    const elapsed = nowMs - this.lastMs;
    if (this.lastMs > 0 && elapsed > 0) {
      // After CONFIG RESETSTAT totals are smaller than before.
      this.commands[this.at] = Math.max(0, ((commands - this.lastCommands) * 1000) / elapsed);
      this.input[this.at] = Math.max(0, ((input - this.lastInput) * 1000) / elapsed);
      this.output[this.at] = Math.max(0, ((output - this.lastOutput) * 1000) / elapsed);
      this.at = (this.at + 1) % sampleCount;
    }
    this.lastMs = nowMs;
    this.lastCommands = commands;
    this.lastInput = input;
    this.lastOutput = output;
  }

  /** Commands per second. */
  opsPerSecond(): number {
    return Math.floor(mean(this.commands));
  }

  /** KiB per second, as INFO prints them (two decimals are the caller's). */
  inputKbps(): number {
    return mean(this.input) / 1024;
  }

  outputKbps(): number {
    return mean(this.output) / 1024;
  }

  reset(): void {
    this.commands.fill(0);
    this.input.fill(0);
    this.output.fill(0);
  }
}

function mean(samples: Float64Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample;
  return sum / samples.length;
}
