import { SingleBar } from 'cli-progress';

/** A part of the work, and its share of the time that all takes, as far as one can know before. */
export interface Stage {
  readonly name: string;
  readonly weight: number;
}

/** What stands behind `Progress`: something that shows a share from 0 to 1, a word, and the milliseconds that are left where they can be told. */
export interface ProgressView {
  show(share: number, stage: string, leftMs: number | undefined): void;
  end(): void;
}

/** Before so much of a stage, and for so long, its speed is not known. */
const KNOWN_SHARE = 0.02;
const KNOWN_MS = 1000;

/**
 * Progress over several stages: a stage's own share counts for its weight. What was shown never goes back, and 100 % is shown only when the last stage
 * has ended. The time that is left follows from the speed of the stage under way, and for those after it from the weights.
 */
export class Progress {
  readonly #stages: readonly Stage[];
  readonly #view: ProgressView;
  readonly #now: () => number;
  #current = '';
  #startedMs = 0;
  #shown = 0;

  constructor(stages: readonly Stage[], view: ProgressView, now: () => number = () => performance.now()) {
    this.#stages = stages;
    this.#view = view;
    this.#now = now;
  }

  /** Begins a stage, and gives what it reports its share from 0 to 1 to. */
  stage(name: string): (share: number) => void {
    this.report(name, 0);
    return (share) => this.report(name, share);
  }

  /** How far a stage is. The stages before it count as done. */
  report(name: string, share: number): void {
    if (name !== this.#current) {
      this.#current = name;
      this.#startedMs = this.#now();
    }
    const index = this.#stages.findIndex((stage) => stage.name === name);
    const total = sum(this.#stages);
    const own = (this.#stages[index]?.weight ?? 0) / total;
    const before = sum(this.#stages.slice(0, index)) / total;
    const done = Math.min(1, Math.max(0, share));
    this.#shown = Math.max(this.#shown, before + own * done);
    const tookMs = this.#now() - this.#startedMs;
    const known = done >= KNOWN_SHARE && tookMs >= KNOWN_MS;
    this.#view.show(this.#shown, name, known ? (tookMs * (1 - before - own * done)) / (own * done) : undefined);
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
  let started = false;
  return {
    show(share, stage, leftMs) {
      const payload = { stage: stage.padEnd(18), left: leftInWords(leftMs) };
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

export function leftInWords(leftMs: number | undefined): string {
  if (leftMs === undefined) return '…';
  const seconds = Math.ceil(leftMs / 1000);
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
