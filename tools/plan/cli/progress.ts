import { SingleBar } from 'cli-progress';

/** A part of the work, and its share of the time that all takes, as far as one can know before. */
export interface Stage {
  readonly name: string;
  readonly weight: number;
}

/** What stands behind `Progress`: something that shows a share from 0 to 1 and a word. */
export interface ProgressView {
  show(share: number, stage: string): void;
  end(): void;
}

/**
 * Progress over several stages: a stage's own share counts for its weight. What was shown never goes back, and 100 % is shown only when the last stage
 * has ended.
 */
export class Progress {
  readonly #stages: readonly Stage[];
  readonly #view: ProgressView;
  #shown = 0;

  constructor(stages: readonly Stage[], view: ProgressView) {
    this.#stages = stages;
    this.#view = view;
  }

  /** Begins a stage, and gives what it reports its share from 0 to 1 to. */
  stage(name: string): (share: number) => void {
    this.report(name, 0);
    return (share) => this.report(name, share);
  }

  /** How far a stage is. The stages before it count as done. */
  report(name: string, share: number): void {
    const index = this.#stages.findIndex((stage) => stage.name === name);
    const total = sum(this.#stages);
    const before = sum(this.#stages.slice(0, index)) / total;
    const own = (this.#stages[index]?.weight ?? 0) / total;
    this.#shown = Math.max(this.#shown, before + own * Math.min(1, Math.max(0, share)));
    this.#view.show(this.#shown, name);
  }

  end(): void {
    this.#view.end();
  }
}

function sum(stages: readonly Stage[]): number {
  return stages.reduce((total, { weight }) => total + weight, 0);
}

const silent: ProgressView = { show() {}, end() {} };

/** A bar on `stream` where that is a terminal, and nothing otherwise. */
export function progressView(stream: NodeJS.WriteStream, quiet: boolean): ProgressView {
  if (quiet || stream.isTTY !== true) return silent;
  const bar = new SingleBar({
    stream,
    format: '{stage} {bar} {percentage}%  {duration_formatted}, {left} left',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    fps: 8,
    hideCursor: true,
    clearOnComplete: true,
    // Else a bar without steps is drawn forever at 0 of 0.
    emptyOnZero: true,
  });
  const startedMs = performance.now();
  let started = false;
  return {
    show(share, stage) {
      const left = remaining(share, performance.now() - startedMs);
      const payload = { stage: stage.padEnd(18), left };
      if (!started) bar.start(1000, Math.floor(share * 1000), payload);
      else bar.update(Math.floor(share * 1000), payload);
      started = true;
    },
    end() {
      if (started) bar.stop();
      started = false;
    },
  };
}

/** Time to go if the rest goes as fast as the work so far: known after some of it. */
export function remaining(share: number, elapsedMs: number): string {
  if (share < 0.02 || elapsedMs < 1000) return '…';
  const seconds = Math.ceil((elapsedMs * (1 - share)) / share / 1000);
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
